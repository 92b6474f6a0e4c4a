"""Frequencies of synthetic series: how common they are, and which seasons they have.

A point in time is an *ordinal*: the number of periods of a frequency since 1970-01-01.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sktime_lagllama._typing import Float64Array, IntArray

DAYS_PER_YEAR = 365.2425
DAYS_PER_MONTH = DAYS_PER_YEAR / 12
FIRST_START_YEAR = 1950
LAST_START_YEAR = 2030

_STEPS_PER_DAY = {
    "secondly": 86_400,
    "minutely": 1_440,
    "5-minutely": 288,
    "10-minutely": 144,
    "15-minutely": 96,
    "30-minutely": 48,
    "hourly": 24,
}
_STEPS_PER_WEEK = {"daily": 7.0, "business-daily": 5.0}


@dataclass(frozen=True)
class Frequency:
    """How one frequency looks in the synthetic series.

    Parameters
    ----------
    name : str
        One of ``FREQUENCY_NAMES``.
    share : float
        Relative number of series with this frequency.
    steps_per_year : float
        Periods in an average year.
    short_share : float
        Share of the series with at most 150 observed points.
    main_periods : tuple of (float, float)
        Periods of the main season, in steps, with relative weights.
    main_share : float
        Share of the series that have a main season.
    other_periods : tuple of (float, float), default=((0.0, 1.0),)
        Periods of a second season, in steps, with relative weights.
    other_share : float, default=0.0
        Share of the series that have a second season.
    max_count : int, default=100_000
        Largest number of points of a series: months do not go on for centuries.
    """

    name: str
    share: float
    steps_per_year: float
    short_share: float
    main_periods: tuple[tuple[float, float], ...]
    main_share: float
    other_periods: tuple[tuple[float, float], ...] = ((0.0, 1.0),)
    other_share: float = 0.0
    max_count: int = 100_000

    @property
    def rise_share(self) -> float:
        """Share of trends that rise: growth shows over years more than over days."""
        if self.steps_per_day:
            return 0.5
        return 0.62 if self.steps_per_year > 200 else 0.74

    @property
    def steps_per_day(self) -> int:
        """Steps in a day; 0 for frequencies of a day and longer."""
        return _STEPS_PER_DAY.get(self.name, 0)

    @property
    def steps_per_week(self) -> float:
        """Steps in a week; 0 for frequencies of a week and longer."""
        if self.steps_per_day:
            return 7.0 * self.steps_per_day
        return _STEPS_PER_WEEK.get(self.name, 0.0)


FREQUENCIES: tuple[Frequency, ...] = (
    Frequency("secondly", 0.01, DAYS_PER_YEAR * 86_400, 0.35, ((60.0, 1.0),), 0.5),
    Frequency(
        "minutely",
        0.03,
        DAYS_PER_YEAR * 1_440,
        0.25,
        ((60.0, 0.4), (1_440.0, 0.6)),
        0.7,
        ((10_080.0, 1.0),),
        0.4,
    ),
    Frequency(
        "5-minutely", 0.05, DAYS_PER_YEAR * 288, 0.15, ((288.0, 1.0),), 0.9, ((2_016.0, 1.0),), 0.6
    ),
    Frequency(
        "10-minutely",
        0.045,
        DAYS_PER_YEAR * 144,
        0.15,
        ((144.0, 1.0),),
        0.93,
        ((1_008.0, 1.0),),
        0.6,
    ),
    Frequency(
        "15-minutely", 0.065, DAYS_PER_YEAR * 96, 0.15, ((96.0, 1.0),), 0.95, ((672.0, 1.0),), 0.65
    ),
    Frequency(
        "30-minutely", 0.06, DAYS_PER_YEAR * 48, 0.2, ((48.0, 1.0),), 0.95, ((336.0, 1.0),), 0.65
    ),
    Frequency("hourly", 0.09, DAYS_PER_YEAR * 24, 0.25, ((24.0, 1.0),), 0.97, ((168.0, 1.0),), 0.7),
    Frequency(
        "daily",
        0.11,
        DAYS_PER_YEAR,
        0.4,
        ((7.0, 0.85), (DAYS_PER_YEAR, 0.15)),
        0.75,
        ((DAYS_PER_YEAR, 0.7), (DAYS_PER_MONTH, 0.3)),
        0.45,
    ),
    Frequency(
        "business-daily",
        0.03,
        DAYS_PER_YEAR * 5 / 7,
        0.35,
        ((5.0, 0.8), (DAYS_PER_YEAR * 5 / 7, 0.2)),
        0.55,
        ((DAYS_PER_YEAR * 5 / 7, 0.7), (DAYS_PER_MONTH * 5 / 7, 0.3)),
        0.35,
    ),
    Frequency(
        "weekly",
        0.10,
        DAYS_PER_YEAR / 7,
        0.4,
        ((DAYS_PER_YEAR / 7, 0.9), (DAYS_PER_MONTH / 7, 0.1)),
        0.65,
        ((DAYS_PER_YEAR / 28, 0.5), (DAYS_PER_MONTH / 7, 0.5)),
        0.2,
        1_000,
    ),
    Frequency(
        "monthly",
        0.22,
        12.0,
        0.65,
        ((12.0, 0.95), (6.0, 0.02), (4.0, 0.015), (3.0, 0.015)),
        0.8,
        ((6.0, 0.4), (4.0, 0.2), (3.0, 0.4)),
        0.1,
        700,
    ),
    Frequency("quarterly", 0.11, 4.0, 0.9, ((4.0, 0.97), (2.0, 0.03)), 0.75, max_count=700),
    Frequency(
        "yearly",
        0.08,
        1.0,
        0.97,
        ((5.0, 1.0), (6.0, 1.0), (7.0, 1.0), (8.0, 1.0), (9.0, 1.0), (10.0, 1.0), (11.0, 1.0)),
        0.2,
        max_count=700,
    ),
)
FREQUENCY_NAMES: tuple[str, ...] = tuple(frequency.name for frequency in FREQUENCIES)


def frequency_shares(overrides: Mapping[str, float] | None = None) -> Float64Array:
    """Return the share of each frequency.

    Parameters
    ----------
    overrides : mapping of str to float, optional
        Relative shares by name of frequency, in place of those of the table.

    Returns
    -------
    float64 array of shape (frequencies,)
        In the order of ``FREQUENCIES``, of sum 1.

    Raises
    ------
    ValueError
        If a name is no frequency, or if no share is positive.
    """
    shares = {frequency.name: frequency.share for frequency in FREQUENCIES}
    for name, share in (overrides or {}).items():
        if name not in shares:
            raise ValueError(f"no frequency is named {name!r}: choose from {FREQUENCY_NAMES}")
        shares[name] = share
    values = np.array(list(shares.values()), dtype=float)
    if values.min() < 0 or values.sum() <= 0:
        raise ValueError(
            f"shares must not be negative, and one must be positive, but found {shares}"
        )
    return values / values.sum()


def start_ordinals(rng: np.random.Generator, frequency: Frequency, num_series: int) -> IntArray:
    """Draw random start dates between 1950 and 2030.

    Parameters
    ----------
    rng : np.random.Generator
    frequency : Frequency
    num_series : int

    Returns
    -------
    int64 array of shape (num_series,)
        Ordinals; negative before 1970.
    """
    years = rng.uniform(FIRST_START_YEAR - 1970, LAST_START_YEAR - 1970, num_series)
    return np.floor(years * frequency.steps_per_year).astype(np.int64)
