"""What synthetic series are about: frequency, number of points, seasons and calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sktime_lagllama._typing import BoolArray, Float32Array, Float64Array, IntArray
from sktime_lagllama.data.grids import INTEGER_CALENDAR_START
from sktime_lagllama.pretraining.synthetic.calendar import SUNDAY, calendar_of_ordinals
from sktime_lagllama.pretraining.synthetic.frequencies import (
    FREQUENCIES,
    frequency_shares,
    start_ordinals,
)
from sktime_lagllama.pretraining.synthetic.noise import log_uniform
from sktime_lagllama.pretraining.synthetic.seasons import Season

MIN_OBSERVED = 8
MAX_SHORT_SERIES = 150
DUMMY_CALENDAR_START = int(INTEGER_CALENDAR_START.astype("datetime64[D]").astype(np.int64))
DUMMY_CALENDAR_SHARE = 0.25
ARBITRARY_PERIOD_SHARE = 0.04
WEEKEND_START_PHASE = 2 / 7
"""A week begins on Thursday, like 1970-01-01."""


@dataclass(frozen=True)
class Traits:
    """What series are about, before any value is drawn.

    Attributes
    ----------
    frequency : int64 array of shape (num_series,)
        Indices into ``FREQUENCIES``.
    counts : int64 array of shape (num_series,)
        Points from the first observed one to the last.
    first_ordinals : int64 array of shape (num_series,)
        Ordinal of the first observed point, see ``frequencies``.
    steps_per_year : float64 array of shape (num_series,)
    main_season, other_season : Season
        Seasons of each series, either of which may be absent.
    rising : bool array of shape (num_series,)
        Whether its trend rises, if it has any.
    """

    frequency: IntArray
    counts: IntArray
    first_ordinals: IntArray
    steps_per_year: Float64Array
    main_season: Season
    other_season: Season
    rising: BoolArray

    @property
    def sub_daily(self) -> BoolArray:
        """Whether a step is shorter than a day, of shape (num_series,)."""
        return np.asarray(self.steps_per_year > 400)

    def select(self, rows: IntArray) -> Traits:
        """Return the traits of some of the series.

        Parameters
        ----------
        rows : int64 array of shape (rows,)
            Numbers of the series, which may repeat.

        Returns
        -------
        Traits
        """
        return Traits(
            self.frequency[rows],
            self.counts[rows],
            self.first_ordinals[rows],
            self.steps_per_year[rows],
            self.main_season.select(rows),
            self.other_season.select(rows),
            self.rising[rows],
        )


def draw_traits(
    rng: np.random.Generator,
    num_series: int,
    length: int,
    shares: Mapping[str, float] | None = None,
) -> Traits:
    """Draw frequency, number of points, start, seasons and direction of each series.

    Parameters
    ----------
    rng : np.random.Generator
    num_series : int
    length : int
        Largest number of points of a series.
    shares : mapping of str to float, optional
        See ``frequency_shares``.

    Returns
    -------
    Traits
    """
    frequency = rng.choice(len(FREQUENCIES), num_series, p=frequency_shares(shares))
    counts = np.empty(num_series, dtype=np.int64)
    ordinals = np.empty(num_series, dtype=np.int64)
    periods = np.zeros((2, num_series))
    for index, kind in enumerate(FREQUENCIES):
        rows = np.flatnonzero(frequency == index)
        counts[rows] = _draw_counts(rng, kind.short_share, rows.size, min(length, kind.max_count))
        ordinals[rows] = start_ordinals(rng, kind, rows.size)
        periods[0, rows] = _draw_periods(rng, kind.main_periods, kind.main_share, rows.size)
        periods[1, rows] = _draw_periods(rng, kind.other_periods, kind.other_share, rows.size)
    # A single season is the main one, the only one that some signals use.
    without_main = periods[0] == 0
    periods[0, without_main] = periods[1, without_main]
    periods[1, periods[1] == periods[0]] = 0
    steps_per_day = np.array([kind.steps_per_day for kind in FREQUENCIES])[frequency]
    arbitrary_share = np.where(steps_per_day > 0, 0.2, 1.0) * ARBITRARY_PERIOD_SHARE
    arbitrary = rng.random(num_series) < arbitrary_share
    periods[0, arbitrary] = rng.integers(2, 61, arbitrary.sum())
    periods[1, arbitrary] = 0
    steps_per_week = np.array([kind.steps_per_week for kind in FREQUENCIES], dtype=float)[frequency]
    steps_per_year = np.array([kind.steps_per_year for kind in FREQUENCIES], dtype=float)[frequency]
    main_season, other_season = (
        _season_on_calendar(rng, period, ordinals, steps_per_week, steps_per_year)
        for period in periods
    )
    rise_share = np.array([kind.rise_share for kind in FREQUENCIES])[frequency]
    rising = rng.random(num_series) < rise_share
    return Traits(frequency, counts, ordinals, steps_per_year, main_season, other_season, rising)


def _draw_counts(
    rng: np.random.Generator, short_share: float, num_series: int, length: int
) -> IntArray:
    """Draw how many points series have: 8 to 150, more, or all; of shape (num_series,)."""
    max_short = min(MAX_SHORT_SERIES, length)
    short_counts = log_uniform(rng, MIN_OBSERVED, max_short + 1, num_series)
    # Log-uniform numbers alone would seldom be the 40 to 150 points that are common.
    uniform_counts = rng.uniform(MIN_OBSERVED, max_short + 1, num_series)
    short_counts = np.where(rng.random(num_series) < 0.5, short_counts, uniform_counts)
    long_counts = rng.uniform(max_short, length + 1, num_series)
    long_counts = np.where(rng.random(num_series) < 0.35, length, long_counts)
    counts = np.where(rng.random(num_series) < short_share, short_counts, long_counts)
    return np.clip(counts.astype(np.int64), MIN_OBSERVED, length)


def _draw_periods(
    rng: np.random.Generator,
    weighted_periods: Sequence[tuple[float, float]],
    share: float,
    num_series: int,
) -> Float64Array:
    """Draw periods for a share of the series, 0 for the others; of shape (num_series,)."""
    periods, weights = np.array(weighted_periods).T
    drawn = rng.choice(periods, num_series, p=weights / weights.sum())
    return np.where(rng.random(num_series) < share, drawn, 0.0)


def _season_on_calendar(
    rng: np.random.Generator,
    period: Float64Array,
    ordinals: IntArray,
    steps_per_week: Float64Array,
    steps_per_year: Float64Array,
) -> Season:
    """Tie seasons to the calendar: the phase is that of the ordinal within its period.

    A block that may stand out is the weekend in weekly cycles, and December or August in yearly
    ones. Every array has shape (num_series,).
    """
    safe_period = np.where(period > 0, period, 1.0)
    phase = np.where(period > 0, ordinals / safe_period % 1.0, 0.0)
    # Ordinal 0 of business days is a Monday, so a five-day week has no weekend to mark.
    weekly = (period > 5) & (period == steps_per_week)
    yearly = (period > 4) & (period == steps_per_year)
    month = np.where(rng.random(period.size) < 0.7, 11, 7) / 12
    block_phase = np.where(weekly, WEEKEND_START_PHASE, np.where(yearly, month, -1.0))
    block_width = np.where(weekly, 2 / 7, np.where(yearly, 1 / 12, 0.1))
    return Season(period, phase, block_phase, block_width)


def draw_calendar(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw the calendar of series that end at the last step.

    Weeks mostly end on Sundays. A quarter of the series has the calendar of series without dates,
    daily from 2010-01-01 or a later day.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
    length : int

    Returns
    -------
    float32 array of shape (num_series, length, 6)
        The features of ``data.calendar.calendar_features``, also before the first point.
    """
    counts = traits.counts
    calendar = np.empty((counts.size, length, 6), dtype=np.float32)
    for index, kind in enumerate(FREQUENCIES):
        rows = np.flatnonzero(traits.frequency == index)
        positions = np.arange(length) - (length - counts[rows, None])
        week_end = np.where(
            rng.random((rows.size, 1)) < 0.75, SUNDAY, rng.integers(0, 7, (rows.size, 1))
        )
        ordinals = traits.first_ordinals[rows, None] + positions
        calendar[rows] = calendar_of_ordinals(kind.name, ordinals, week_end)
    _replace_by_dummy_calendar(rng, calendar, counts)
    return calendar


def _replace_by_dummy_calendar(
    rng: np.random.Generator, calendar: Float32Array, counts: IntArray
) -> None:
    """Give some series the calendar of series without dates, in place.

    The calendar has shape (num_series, length, 6), the counts (num_series,).
    """
    num_series, length, _ = calendar.shape
    rows = np.flatnonzero(rng.random(num_series) < DUMMY_CALENDAR_SHARE)
    offsets = np.where(rng.random(rows.size) < 0.7, 0, rng.integers(0, 2000, rows.size))
    positions = np.arange(length) - (length - counts[rows, None]) + offsets[:, None]
    calendar[rows] = calendar_of_ordinals("daily", DUMMY_CALENDAR_START + positions)
