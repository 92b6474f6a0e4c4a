"""Times and dtypes at the limits of pandas: forecasts have the right index, or say why not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sktime.forecasting.base import ForecastingHorizon
from sktime.split import ExpandingWindowSplitter

from sktime_lagllama import LagLlamaForecaster


def fitted(times: pd.Index) -> LagLlamaForecaster:
    y = pd.Series(np.arange(len(times)) % 5.0, index=times)
    return LagLlamaForecaster(num_samples=2, context_length=4, random_state=0, device="cpu").fit(y)


@pytest.mark.parametrize("freq", ["ns", "7ns", "250ns", "us", "D", "MS"])
@pytest.mark.parametrize("tz", [None, "Europe/Berlin"])
@pytest.mark.parametrize("has_freq", [True, False])
def test_nanoseconds_are_kept(freq: str, tz: str | None, has_freq: bool) -> None:
    times = pd.date_range("2020-10-25 00:59:59.999999991", periods=30, freq=freq, tz=tz, unit="ns")
    known = times[:25] if has_freq else pd.DatetimeIndex(times[:25], freq=None)  # type: ignore[arg-type]
    forecast = fitted(known).predict(fh=[-3, 0, 1, 5])
    pd.testing.assert_index_equal(forecast.index, times[[21, 24, 25, 29]], exact="equiv")


def test_nanoseconds_are_kept_where_the_clock_is_changed() -> None:
    times = pd.date_range(
        "2020-10-25 00:59:59.999999990", periods=30, freq="ns", tz="UTC", unit="ns"
    )
    times = times.tz_convert("Europe/Berlin")
    forecast = fitted(times[:8]).predict(fh=range(1, 23))
    pd.testing.assert_index_equal(forecast.index, times[8:], exact="equiv", check_names=False)


@pytest.mark.parametrize(
    ("times", "fh"),
    [
        (pd.date_range("2262-03-01", periods=30, freq="D", unit="ns"), [20]),
        (pd.date_range("2262-04-11 20:00", periods=3, freq="h", unit="ns"), [1, 2]),
        (pd.date_range("2250-01-31", periods=10, freq="YE", unit="ns"), [3]),
        (pd.date_range("2020-01-01", periods=10, freq="B", unit="ns"), [10**5]),
        (pd.date_range("2020-01-01", periods=10, freq="D", tz="Asia/Tokyo", unit="ns"), [10**12]),
        (pd.date_range("2020-01-01", periods=10, freq="bh", unit="ns"), [2**62]),
        (pd.date_range("9999-12-01", periods=10, freq="D", unit="s"), [40]),
        (pd.date_range("1677-09-23", periods=10, freq="D", unit="ns"), [-15]),
        (pd.date_range("0001-01-02", periods=5, freq=pd.offsets.Easter(2), unit="us"), [-8]),
    ],
)
def test_a_horizon_beyond_the_last_datetime_is_an_error_that_names_it(
    times: pd.DatetimeIndex, fh: list[int]
) -> None:
    message = r"no datetime \d+ steps of .* (after|before) .*, pandas ends at .*; ask for fewer"
    with pytest.raises(ValueError, match=message):
        fitted(times).predict(fh=fh)
    with pytest.raises(ValueError, match=message):
        fitted(times).predict_samples(fh=fh)


@pytest.mark.parametrize("fh", [[2**62], [2**63 - 1]])
def test_a_horizon_beyond_the_last_period_is_an_error_that_names_it(fh: list[int]) -> None:
    with pytest.raises(ValueError, match=r"no period .* steps|has the step .*no time lies so far"):
        fitted(pd.period_range("2020-01-01", periods=10, freq="100us")).predict(fh=fh)


@pytest.mark.parametrize(
    "times",
    [
        pd.date_range("2262-04-11 20:00", periods=5, freq="W-WED", unit="us"),
        pd.date_range("0001-01-02", periods=60, freq="2YE-JUL", unit="ms"),
        pd.date_range("2262-04-11 20:00", periods=6, freq="3BYE-NOV", unit="s"),
        pd.date_range("1066-10-14", periods=40, freq="D", unit="s"),
        pd.date_range("2261-12-31 23:00", periods=30, freq="D", unit="ns"),
        pd.date_range("1678-05-31", periods=1, freq="15YE-MAY", unit="ns"),
        pd.date_range("1677-09-22", periods=10, freq="60YS", unit="ns"),
        pd.period_range("1066-10-14", periods=30, freq="D"),
        pd.period_range("3000", periods=30, freq="15Y"),
    ],
)
def test_series_near_and_beyond_the_limits_of_nanoseconds_are_forecast(times: pd.Index) -> None:
    known = times[: max(1, len(times) - 2)]
    forecaster = fitted(known)
    forecast = forecaster.predict(fh=range(1 - len(known), len(times) - len(known) + 1))
    pd.testing.assert_index_equal(forecast.index, times, exact="equiv", check_names=False)
    assert np.isfinite(forecaster.predict_residuals()).all()


@pytest.mark.parametrize("tz", [None, "Asia/Kolkata"])
def test_panels_beyond_nanoseconds_are_forecast(tz: str | None) -> None:
    times = pd.date_range("2260-07-31", periods=12, freq="BYE-JUL", tz=tz, unit="us")
    known = pd.DatetimeIndex(times[:10], freq=None)  # type: ignore[arg-type]
    one = pd.DataFrame({"y": np.arange(10.0)}, index=known)
    y = pd.concat({"a": one, "b": 2 * one}, names=["line", "time"])
    forecaster = LagLlamaForecaster(num_samples=2, context_length=4, random_state=0, device="cpu")
    forecasts = forecaster.fit(y.drop(known[-1], level=1)).update(y).predict(fh=[-3, 1, 2])
    for line in ("a", "b"):
        assert list(forecasts.loc[line].index) == list(times[[6, 10, 11]])


def test_datetimes_farther_apart_than_a_timedelta_can_tell_are_counted() -> None:
    times = pd.date_range("1678-01-01", periods=5, freq="36500D", unit="ns")
    forecast = fitted(times[:4]).predict(fh=[-3, 1])
    pd.testing.assert_index_equal(forecast.index, times[[0, 4]], check_names=False)


def test_a_horizon_of_another_resolution_is_read() -> None:
    times = pd.date_range("2020-01-01", periods=12, freq="D", unit="s")
    for unit in ("s", "ms", "ns"):
        fh = ForecastingHorizon(times[10:].as_unit(unit), is_relative=False)
        forecast = fitted(times[:10]).predict(fh=fh)
        np.testing.assert_array_equal(forecast, fitted(times[:10]).predict(fh=[1, 2]))
    stray = pd.DatetimeIndex(["2020-01-11 00:00:00.000000001"])
    with pytest.raises(ValueError, match="does not lie on the series' grid"):
        fitted(times[:10]).predict(fh=ForecastingHorizon(stray, is_relative=False))


def test_steps_of_months_and_days_are_followed_one_by_one() -> None:
    """pandas' date_range stops early for them: 17 were asked for, and 16 came."""
    step = pd.DateOffset(months=1, days=1)
    times = [pd.Timestamp("1677-09-22").as_unit("ns")]
    while len(times) < 18:
        times.append(times[-1] + step)
    forecast = fitted(pd.date_range(times[0], periods=15, freq=step, unit="ns")).predict(
        fh=[-14, 0, 1, 2, 3]
    )
    assert list(forecast.index) == [times[0], *times[14:]]


@pytest.mark.parametrize("start", ["2021-03-26 02:30", "2020-10-23 02:30"])
def test_a_time_that_the_clock_skips_or_shows_twice_is_an_error_that_names_it(start: str) -> None:
    forecaster = fitted(pd.date_range(start, periods=2, freq="D", tz="Europe/Berlin", unit="ns"))
    with pytest.raises(ValueError, match=r"clock in Europe/Berlin is changed at 202\d-\d\d-2\d 02"):
        forecaster.predict(fh=[1])
    assert forecaster.predict(fh=[2]).index[0].hour == 2


@pytest.mark.parametrize("freq", ["CBMS", "CBME", "SMS", "SME", "BMS", "bh", "cbh", "WOM-2FRI"])
def test_residuals_do_not_need_a_frequency_that_periods_have(freq: str) -> None:
    times = pd.date_range("2020-01-01", periods=20, freq=freq, unit="ns")
    forecaster = fitted(times)
    forecaster.predict(fh=[1])  # a horizon that sktime would count the steps of y for
    residuals = forecaster.predict_residuals()
    assert residuals.index.equals(times)
    assert np.isfinite(residuals).all()


@pytest.mark.parametrize("dtype", ["Int64", "Float32", "boolean", "double[pyarrow]"])
@pytest.mark.parametrize("in_frame", [False, True])
def test_residuals_of_nullable_numbers_are_missing_where_the_numbers_are(
    dtype: Any, in_frame: bool
) -> None:
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    y = pd.Series([1, 0, None, 1, 0, 1], name="y").astype("Float64").astype(dtype)
    y.index = pd.period_range("2020-01", periods=6, freq="M")
    container = y.to_frame() if in_frame else y
    forecaster = LagLlamaForecaster(num_samples=2, context_length=4, device="cpu").fit(container)
    for residuals in (forecaster.predict_residuals(), forecaster.predict_residuals(container)):
        assert type(residuals) is type(container)
        assert np.isnan(residuals.to_numpy()).ravel().tolist() == [False] * 2 + [True] + [False] * 3


def test_residuals_of_large_integers_are_computed() -> None:
    pytest.importorskip("pyarrow")
    y = pd.Series([2**62, 2**61, 2**62 - 1], dtype="int64[pyarrow]")
    forecaster = LagLlamaForecaster(num_samples=2, context_length=4, device="cpu").fit(y)
    assert np.isfinite(forecaster.predict_residuals(y)).all()


def test_truth_values_of_pyarrow_are_numbers_as_other_truth_values_are() -> None:
    pytest.importorskip("pyarrow")
    y = pd.Series([True, False, True, True])
    forecasts = [
        LagLlamaForecaster(num_samples=2, context_length=4, random_state=0, device="cpu")
        .fit(y.astype(dtype))
        .predict(fh=[1])
        for dtype in ("bool", "bool[pyarrow]")
    ]
    assert forecasts[0].iloc[0] == forecasts[1].iloc[0]


def test_truth_values_of_pyarrow_are_rolled_in_one_batch_as_others_are() -> None:
    pytest.importorskip("pyarrow")
    # sktime's loop counts back from the first time, which unsigned integers cannot do.
    y = pd.Series([True, False, True, True] * 3, index=pd.Index(np.arange(12, dtype="uint8")))
    splitter = ExpandingWindowSplitter(fh=[1, 2], initial_window=4, step_length=2)
    forecasts = [
        LagLlamaForecaster(num_samples=2, context_length=4, random_state=0, device="cpu")
        .fit(y.astype(dtype))
        .update_predict(y.astype(dtype), cv=splitter)
        for dtype in ("bool", "bool[pyarrow]")
    ]
    pd.testing.assert_frame_equal(*forecasts)
