"""Frequencies of synthetic series: their calendars, their seasons and how common they are.

A point in time is an *ordinal*: the number of periods of a frequency since 1970-01-01. Ordinals
turn into the six calendar features by table lookups, so a batch costs no per-date Python work.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sktime_lagllama._typing import Float32Array, IntArray

DAYS_PER_YEAR = 365.2425
DAYS_PER_MONTH = DAYS_PER_YEAR / 12
FIRST_START_YEAR = 1950
LAST_START_YEAR = 2030
DUMMY_CALENDAR_START = int(np.datetime64("2010-01-01", "D").astype(np.int64))
SUNDAY = 3
WEEKEND_START_PHASE = 2 / 7

_DAYS_PER_GREGORIAN_CYCLE = 146_097
_MONTHS_PER_GREGORIAN_CYCLE = 4_800
_FIRST_MONDAY = 4


@dataclass(frozen=True)
class Frequency:
    """How one frequency looks in the corpus.

    Parameters
    ----------
    name : str
        One of the names in `FREQUENCIES`.
    share : float
        Relative number of series with this frequency.
    steps_per_year : float
        Periods in an average year.
    short_share : float
        Share of the series with at most 150 observed points.
    main_periods, other_periods : tuple of (float, float)
        Seasonal periods in steps with relative weights.
    main_share, other_share : float
        Share of the series that have a main season, and another season besides.
    """

    name: str
    share: float
    steps_per_year: float
    short_share: float
    main_periods: tuple[tuple[float, float], ...]
    main_share: float
    other_periods: tuple[tuple[float, float], ...] = ((0.0, 1.0),)
    other_share: float = 0.0

    @property
    def rise_share(self) -> float:
        """Share of trends that rise: growth shows over years more than over days."""
        if self.steps_per_day:
            return 0.5
        return 0.62 if self.steps_per_year > 200 else 0.74

    @property
    def steps_per_day(self) -> int:
        """Steps in a day; 0 for frequencies of a day and longer."""
        return {
            "secondly": 86_400,
            "minutely": 1_440,
            "15-minutely": 96,
            "30-minutely": 48,
            "hourly": 24,
        }.get(self.name, 0)

    @property
    def steps_per_week(self) -> float:
        """Steps in a week; 0 for frequencies of a week and longer."""
        if self.steps_per_day:
            return 7.0 * self.steps_per_day
        return {"daily": 7.0, "business-daily": 5.0}.get(self.name, 0.0)


FREQUENCIES: tuple[Frequency, ...] = (
    Frequency("secondly", 0.01, DAYS_PER_YEAR * 86_400, 0.35, ((60.0, 1.0),), 0.5),
    Frequency(
        "minutely", 0.015, DAYS_PER_YEAR * 1_440, 0.3, ((60.0, 1.0),), 0.5, ((1_440.0, 1.0),), 0.5
    ),
    Frequency(
        "15-minutely", 0.02, DAYS_PER_YEAR * 96, 0.2, ((96.0, 1.0),), 0.95, ((672.0, 1.0),), 0.65
    ),
    Frequency(
        "30-minutely", 0.02, DAYS_PER_YEAR * 48, 0.2, ((48.0, 1.0),), 0.95, ((336.0, 1.0),), 0.65
    ),
    Frequency("hourly", 0.10, DAYS_PER_YEAR * 24, 0.25, ((24.0, 1.0),), 0.97, ((168.0, 1.0),), 0.7),
    Frequency(
        "daily",
        0.13,
        DAYS_PER_YEAR,
        0.4,
        ((7.0, 0.85), (DAYS_PER_YEAR, 0.15)),
        0.75,
        ((DAYS_PER_YEAR, 0.7), (DAYS_PER_MONTH, 0.3)),
        0.45,
    ),
    Frequency(
        "business-daily",
        0.04,
        DAYS_PER_YEAR * 5 / 7,
        0.35,
        ((5.0, 0.8), (DAYS_PER_YEAR * 5 / 7, 0.2)),
        0.55,
        ((DAYS_PER_YEAR * 5 / 7, 0.7), (DAYS_PER_MONTH * 5 / 7, 0.3)),
        0.35,
    ),
    Frequency(
        "weekly",
        0.125,
        DAYS_PER_YEAR / 7,
        0.4,
        ((DAYS_PER_YEAR / 7, 0.9), (DAYS_PER_MONTH / 7, 0.1)),
        0.65,
        ((DAYS_PER_YEAR / 28, 0.5), (DAYS_PER_MONTH / 7, 0.5)),
        0.2,
    ),
    Frequency(
        "monthly",
        0.28,
        12.0,
        0.65,
        ((12.0, 0.95), (6.0, 0.02), (4.0, 0.015), (3.0, 0.015)),
        0.8,
        ((6.0, 0.4), (4.0, 0.2), (3.0, 0.4)),
        0.1,
    ),
    Frequency("quarterly", 0.15, 4.0, 0.9, ((4.0, 0.97), (2.0, 0.03)), 0.75),
    Frequency(
        "yearly",
        0.11,
        1.0,
        0.97,
        ((5.0, 1.0), (6.0, 1.0), (7.0, 1.0), (8.0, 1.0), (9.0, 1.0), (10.0, 1.0), (11.0, 1.0)),
        0.2,
    ),
)
FREQUENCY_NAMES: tuple[str, ...] = tuple(frequency.name for frequency in FREQUENCIES)


def start_ordinals(rng: np.random.Generator, frequency: Frequency, num_series: int) -> IntArray:
    """Draw the ordinals of random start dates between 1950 and 2030.

    Returns
    -------
    numpy.ndarray of int64, shape (num_series,)
    """
    years = rng.uniform(FIRST_START_YEAR - 1970, LAST_START_YEAR - 1970, num_series)
    return np.floor(years * frequency.steps_per_year).astype(np.int64)


def calendar_features(
    frequency_name: str, ordinals: IntArray, week_end: int | IntArray = SUNDAY
) -> Float32Array:
    """Calendar features of periods, of the last day's midnight where a period is longer than a day.

    Parameters
    ----------
    frequency_name : str
        A name in `FREQUENCY_NAMES`.
    ordinals : numpy.ndarray of int64, any shape
        Periods since 1970-01-01; business days count from 1970-01-05, a Monday.
    week_end : int or array that broadcasts against `ordinals`, default=3
        Last day of week 0 as days since Thursday, 1970-01-01; only weekly series use it.

    Returns
    -------
    numpy.ndarray of float32, shape (*ordinals.shape, 6)
        second / 59, minute / 59, hour / 23, day of week / 6 (Monday 0), (day of month - 1) / 30 and
        (day of year - 1) / 365, each minus 0.5.
    """
    frequency = FREQUENCIES[FREQUENCY_NAMES.index(frequency_name)]
    features = np.full((*ordinals.shape, 6), -0.5, dtype=np.float32)
    if frequency.steps_per_day:
        days, steps = np.divmod(ordinals, frequency.steps_per_day)
        features[..., :3] = _clock_table(frequency.steps_per_day)[steps]
    else:
        days = _last_days(frequency_name, ordinals, week_end)
    features[..., 3:] = _day_table()[days % _DAYS_PER_GREGORIAN_CYCLE]
    return features


def _last_days(frequency_name: str, ordinals: IntArray, week_end: int | IntArray) -> IntArray:
    """Days since 1970-01-01 of the last day of each period of a day or longer."""
    if frequency_name == "daily":
        return ordinals
    if frequency_name == "business-daily":
        weeks, days = np.divmod(ordinals, 5)
        return _FIRST_MONDAY + 7 * weeks + days
    if frequency_name == "weekly":
        return 7 * ordinals + week_end
    months = {"monthly": 1, "quarterly": 3, "yearly": 12}[frequency_name]
    cycles, last_months = np.divmod((ordinals + 1) * months - 1, _MONTHS_PER_GREGORIAN_CYCLE)
    return _month_end_table()[last_months] + cycles * _DAYS_PER_GREGORIAN_CYCLE


@lru_cache(maxsize=1)
def _day_table() -> Float32Array:
    """Day of week, day of month and day of year features, shape (146097, 3), from 1970-01-01.

    The Gregorian calendar repeats, days of the week included, every 400 years.
    """
    days = np.arange(_DAYS_PER_GREGORIAN_CYCLE).astype("datetime64[D]")
    day_of_week = (days.astype(np.int64) + 3) % 7
    day_of_month = (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)
    day_of_year = (days - days.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
    features = np.stack([day_of_week / 6, day_of_month / 30, day_of_year / 365], axis=1) - 0.5
    return features.astype(np.float32)


@lru_cache(maxsize=1)
def _month_end_table() -> IntArray:
    """Days since 1970-01-01 of the last day of each of 4800 months, shape (4800,)."""
    next_months = np.arange(1, _MONTHS_PER_GREGORIAN_CYCLE + 1).astype("datetime64[M]")
    return next_months.astype("datetime64[D]").astype(np.int64) - 1


@lru_cache(maxsize=8)
def _clock_table(steps_per_day: int) -> Float32Array:
    """Second, minute and hour features of the steps of a day, shape (steps_per_day, 3)."""
    seconds = np.arange(steps_per_day) * (86_400 // steps_per_day)
    features = np.stack([seconds % 60 / 59, seconds // 60 % 60 / 59, seconds // 3600 / 23], axis=1)
    return (features - 0.5).astype(np.float32)
