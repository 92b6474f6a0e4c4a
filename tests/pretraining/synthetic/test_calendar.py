"""The calendar of synthetic series, by table lookups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama.data.calendar import calendar_features
from sktime_lagllama.pretraining.synthetic.calendar import calendar_of_ordinals


def expected_features(times: pd.DatetimeIndex) -> np.ndarray:
    columns = [
        times.second / 59,
        times.minute / 59,
        times.hour / 23,
        times.dayofweek / 6,
        (times.day - 1) / 30,
        (times.dayofyear - 1) / 365,
    ]
    return np.stack([np.asarray(column) for column in columns], axis=1) - 0.5


@pytest.mark.parametrize(
    ("name", "period", "first"),
    [
        ("monthly", "M", "1963-05"),
        ("quarterly", "Q", "1958-03"),
        ("yearly", "Y", "1960"),
        ("weekly", "W-SUN", "1961-01-04"),
    ],
)
def test_calendar_matches_the_last_days_of_pandas_periods(
    name: str, period: str, first: str
) -> None:
    index = pd.period_range(first, periods=200, freq=period)
    if name == "weekly":
        ordinals = (index.end_time.normalize() - pd.Timestamp("1970-01-04")).days.to_numpy() // 7
    else:
        ordinals = index.asi8
    expected = expected_features(index.end_time.normalize())
    actual = calendar_of_ordinals(name, np.asarray(ordinals, dtype=np.int64))
    np.testing.assert_allclose(actual, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "step", "seconds"),
    [
        ("daily", "D", 86_400),
        ("hourly", "h", 3600),
        ("30-minutely", "30min", 1800),
        ("15-minutely", "15min", 900),
        ("10-minutely", "10min", 600),
        ("5-minutely", "5min", 300),
        ("minutely", "min", 60),
        ("secondly", "s", 1),
    ],
)
def test_calendar_matches_pandas_timestamps(name: str, step: str, seconds: int) -> None:
    times = pd.date_range("1967-12-30 21:17:00", periods=3000, freq=step).floor(step)
    ordinals = times.as_unit("s").asi8 // seconds
    np.testing.assert_allclose(
        calendar_of_ordinals(name, ordinals), expected_features(times), atol=1e-6
    )


def test_business_days_skip_weekends() -> None:
    times = pd.bdate_range("1970-01-05", periods=1000)
    actual = calendar_of_ordinals("business-daily", np.arange(1000, dtype=np.int64))
    np.testing.assert_allclose(actual, expected_features(times), atol=1e-6)


@pytest.mark.parametrize("year", [1890, 1970, 2000, 2100, 2368])
def test_synthetic_series_have_the_calendar_that_forecasts_see(year: int) -> None:
    first_day = np.datetime64(f"{year}-01-01", "D").astype(np.int64)
    days = first_day + np.arange(800)
    times = pd.DatetimeIndex(days.astype("datetime64[D]").astype("datetime64[s]"))
    np.testing.assert_array_equal(calendar_of_ordinals("daily", days), calendar_features(times))
    hours = 24 * days[55] + np.arange(100)
    times = pd.DatetimeIndex(hours.astype("datetime64[h]").astype("datetime64[s]"))
    np.testing.assert_array_equal(calendar_of_ordinals("hourly", hours), calendar_features(times))
