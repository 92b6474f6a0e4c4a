"""Time of day, day of the week and day of the year of every point of fast series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sktime_lagllama._typing import Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic.frequencies import FREQUENCIES
from sktime_lagllama.pretraining.synthetic.traits import Traits

DAYS_OF_YEAR = 366
_THURSDAY = 3


@dataclass(frozen=True)
class Clock:
    """When the points of series are.

    Attributes
    ----------
    hour : float32 array of shape (num_series, length)
        Time of day in hours, in [0, 24).
    day : int64 array of shape (num_series, length)
        Days since the day of the series' first point.
    elapsed : float32 array of shape (num_series, length)
        Hours since the series' first point.
    weekday : int64 array of shape (num_series, days)
        Day of the week of each of these days; Monday is 0.
    day_of_year : int64 array of shape (num_series, days)
        1 January is 0.
    steps_per_hour : float32 array of shape (num_series, 1)
    """

    hour: Float32Array
    day: IntArray
    elapsed: Float32Array
    weekday: IntArray
    day_of_year: IntArray
    steps_per_hour: Float32Array

    def on_days(self, by_day: Float32Array) -> Float32Array:
        """Return for every point the value of its day.

        Parameters
        ----------
        by_day : float32 array of shape (num_series, days)

        Returns
        -------
        float32 array of shape (num_series, length)
        """
        return np.take_along_axis(by_day, self.day, axis=1)


def clock_of(traits: Traits, length: int) -> Clock:
    """Read the clock of series.

    Parameters
    ----------
    traits : Traits
        Of series whose steps are shorter than a day.
    length : int

    Returns
    -------
    Clock
    """
    steps_per_day = np.array([kind.steps_per_day for kind in FREQUENCIES])[traits.frequency]
    first_day, first_step = np.divmod(traits.first_ordinals, steps_per_day)
    day, step = np.divmod(first_step[:, None] + np.arange(length), steps_per_day[:, None])
    hours_per_step = (24 / steps_per_day)[:, None].astype(np.float32)
    days = first_day[:, None] + np.arange(int(day.max(initial=0)) + 1)
    dates = days.astype("datetime64[D]")
    new_year = dates.astype("datetime64[Y]").astype("datetime64[D]")
    return Clock(
        hour=step.astype(np.float32) * hours_per_step,
        day=day,
        elapsed=np.arange(length, dtype=np.float32) * hours_per_step,
        weekday=(days + _THURSDAY) % 7,
        day_of_year=(dates - new_year).astype(np.int64),
        steps_per_hour=(steps_per_day / 24)[:, None].astype(np.float32),
    )
