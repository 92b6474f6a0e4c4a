"""Calendar features of synthetic series, by table lookups instead of date arithmetic per point.

Points in time are ordinals, see ``frequencies``.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float32Array, IntArray
from sktime_lagllama.data.calendar import calendar_features
from sktime_lagllama.data.grids import DAYS_OF_GREGORIAN_CYCLE
from sktime_lagllama.pretraining.synthetic.frequencies import FREQUENCIES, FREQUENCY_NAMES

SUNDAY = 3
"""Days from Thursday, 1970-01-01, to the first Sunday."""

_FIRST_MONDAY = 4
_SECONDS_PER_DAY = 86_400
_MONTHS_OF_GREGORIAN_CYCLE = 4_800


def calendar_of_ordinals(
    frequency_name: str, ordinals: IntArray, week_end: int | IntArray = SUNDAY
) -> Float32Array:
    """Return the calendar features of periods, those of ``data.calendar.calendar_features``.

    A period longer than a day is described by its last day.

    Parameters
    ----------
    frequency_name : str
        One of ``FREQUENCY_NAMES``.
    ordinals : int64 array of any shape
        Periods since 1970-01-01. Business days count from 1970-01-05, a Monday.
    week_end : int or int64 array that broadcasts against the ordinals, default=3
        Last day of week 0, in days since Thursday, 1970-01-01. Only weekly series use it.

    Returns
    -------
    float32 array of shape (*ordinals.shape, 6)
        In [-0.5, 0.5].
    """
    frequency = FREQUENCIES[FREQUENCY_NAMES.index(frequency_name)]
    features = np.full((*ordinals.shape, 6), -0.5, dtype=np.float32)
    if frequency.steps_per_day:
        days, steps = np.divmod(ordinals, frequency.steps_per_day)
        features[..., :3] = _clock_table(frequency.steps_per_day)[steps]
    else:
        days = _last_days(frequency_name, ordinals, week_end)
    features[..., 3:] = _day_table()[days % DAYS_OF_GREGORIAN_CYCLE]
    return features


def _last_days(frequency_name: str, ordinals: IntArray, week_end: int | IntArray) -> IntArray:
    """Return the last day of periods of a day or longer, in days since 1970-01-01.

    The result has the shape of the ordinals.
    """
    if frequency_name == "daily":
        return ordinals
    if frequency_name == "business-daily":
        weeks, days = np.divmod(ordinals, 5)
        return _FIRST_MONDAY + 7 * weeks + days
    if frequency_name == "weekly":
        return 7 * ordinals + week_end
    months = {"monthly": 1, "quarterly": 3, "yearly": 12}[frequency_name]
    cycles, last_months = np.divmod((ordinals + 1) * months - 1, _MONTHS_OF_GREGORIAN_CYCLE)
    return _month_end_table()[last_months] + cycles * DAYS_OF_GREGORIAN_CYCLE


@lru_cache(maxsize=1)
def _day_table() -> Float32Array:
    """Return day of week, day of month and day of year features, of shape (146097, 3).

    Row 0 is 1970-01-01.
    """
    return _features_at(np.arange(DAYS_OF_GREGORIAN_CYCLE) * _SECONDS_PER_DAY)[:, 3:]


@lru_cache(maxsize=8)
def _clock_table(steps_per_day: int) -> Float32Array:
    """Return second, minute and hour features of a day's steps, of shape (steps_per_day, 3)."""
    return _features_at(np.arange(steps_per_day) * (_SECONDS_PER_DAY // steps_per_day))[:, :3]


def _features_at(seconds: IntArray) -> Float32Array:
    """Return the six features of times in seconds since 1970-01-01, of shape (times, 6)."""
    return calendar_features(pd.DatetimeIndex(seconds.astype("datetime64[s]")))


@lru_cache(maxsize=1)
def _month_end_table() -> IntArray:
    """Return the last days of 4800 months, in days since 1970-01-01, of shape (4800,)."""
    next_months = np.arange(1, _MONTHS_OF_GREGORIAN_CYCLE + 1).astype("datetime64[M]")
    return next_months.astype("datetime64[D]").astype(np.int64) - 1
