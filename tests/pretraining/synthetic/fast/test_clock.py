"""The clock of fast series."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama.data.calendar import calendar_features
from sktime_lagllama.pretraining.synthetic.calendar import calendar_of_ordinals
from sktime_lagllama.pretraining.synthetic.fast.clock import clock_of

SECONDS = {
    "secondly": 1,
    "minutely": 60,
    "5-minutely": 300,
    "10-minutely": 600,
    "15-minutely": 900,
    "30-minutely": 1800,
    "hourly": 3600,
}


@pytest.mark.parametrize("name", SECONDS)
def test_signals_and_calendar_features_see_the_same_times(name, traits_of) -> None:
    length = 700
    traits = traits_of(name, 5, length)
    clock = clock_of(traits, length)
    ordinals = traits.first_ordinals[:, None] + np.arange(length)
    for row, series_ordinals in enumerate(ordinals):
        seconds = series_ordinals * SECONDS[name]
        times = pd.DatetimeIndex(seconds.astype("datetime64[s]"))
        hours = times.hour + times.minute / 60 + times.second / 3600
        np.testing.assert_allclose(clock.hour[row], hours, atol=1e-4)
        days = clock.day[row]
        np.testing.assert_array_equal(clock.weekday[row, days], times.dayofweek)
        np.testing.assert_array_equal(clock.day_of_year[row, days], times.dayofyear - 1)
        np.testing.assert_array_equal(
            calendar_of_ordinals(name, series_ordinals), calendar_features(times)
        )
        assert clock.steps_per_hour[row, 0] == pytest.approx(3600 / SECONDS[name])


def test_values_by_day_change_at_midnight(traits_of) -> None:
    clock = clock_of(traits_of("hourly", 3, 60), 60)
    by_day = np.arange(3 * clock.weekday.shape[1], dtype=np.float32).reshape(3, -1)
    changes = np.diff(clock.on_days(by_day), axis=1)
    np.testing.assert_array_equal(changes != 0, clock.hour[:, 1:] == 0)
