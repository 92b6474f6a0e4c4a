"""What synthetic series are about: frequency, history, seasons and calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sktime_lagllama._typing import BoolArray, Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic.calendar import (
    DUMMY_CALENDAR_START,
    FREQUENCIES,
    SUNDAY,
    WEEKEND_START_PHASE,
    calendar_features,
    start_ordinals,
)
from sktime_lagllama.pretraining.synthetic.components import Season, log_uniform

MIN_OBSERVED = 8
LONGEST_SHORT_SERIES = 150
DUMMY_CALENDAR_SHARE = 0.25
ARBITRARY_PERIOD_SHARE = 0.04


@dataclass(frozen=True)
class Traits:
    """What a batch of series is about, before any value is drawn.

    Attributes
    ----------
    frequency : numpy.ndarray of int64, shape (num_series,)
        Indices into `FREQUENCIES`.
    counts : numpy.ndarray of int64, shape (num_series,)
        Points from the first observed one to the last.
    first_ordinals : numpy.ndarray of int64, shape (num_series,)
        Ordinal of the first observed point, see `calendar`.
    steps_per_year : numpy.ndarray of float64, shape (num_series,)
    main_season, other_season : Season
        Seasons of each series, either of which may be absent.
    rising : numpy.ndarray of bool, shape (num_series,)
        Whether its trend rises, if it has any.
    """

    frequency: IntArray
    counts: IntArray
    first_ordinals: IntArray
    steps_per_year: NDArray[np.float64]
    main_season: Season
    other_season: Season
    rising: BoolArray

    @property
    def sub_daily(self) -> BoolArray:
        """Whether a step is shorter than a day."""
        return np.asarray(self.steps_per_year > 400)

    def of(self, rows: IntArray) -> Traits:
        """Return the traits of some of the series, repeated where `rows` repeats."""
        return Traits(
            self.frequency[rows],
            self.counts[rows],
            self.first_ordinals[rows],
            self.steps_per_year[rows],
            self.main_season.of(rows),
            self.other_season.of(rows),
            self.rising[rows],
        )


def draw_traits(rng: np.random.Generator, num_series: int, length: int) -> Traits:
    """Draw frequency, history, start, seasons and direction of each series."""
    shares = np.array([frequency.share for frequency in FREQUENCIES])
    frequency = rng.choice(len(FREQUENCIES), num_series, p=shares / shares.sum())
    counts = np.empty(num_series, dtype=np.int64)
    ordinals = np.empty(num_series, dtype=np.int64)
    periods = np.zeros((2, num_series))
    for index, kind in enumerate(FREQUENCIES):
        rows = np.flatnonzero(frequency == index)
        counts[rows] = _history_lengths(rng, kind.short_share, rows.size, length)
        ordinals[rows] = start_ordinals(rng, kind, rows.size)
        periods[0, rows] = _draw_periods(rng, kind.main_periods, kind.main_share, rows.size)
        periods[1, rows] = _draw_periods(rng, kind.other_periods, kind.other_share, rows.size)
    # A series with a single season has it as its main one, the only one that some signals use.
    lone = periods[0] == 0
    periods[0, lone] = periods[1, lone]
    periods[1, periods[1] == periods[0]] = 0
    per_day = np.array([kind.steps_per_day for kind in FREQUENCIES])[frequency]
    arbitrary = rng.random(num_series) < np.where(per_day > 0, 0.2, 1.0) * ARBITRARY_PERIOD_SHARE
    periods[0, arbitrary] = rng.integers(2, 61, arbitrary.sum())
    periods[1, arbitrary] = 0
    steps = {
        name: np.array([getattr(kind, name) for kind in FREQUENCIES], dtype=float)[frequency]
        for name in ("steps_per_week", "steps_per_year")
    }
    main, other = (_season_on_calendar(rng, period, ordinals, **steps) for period in periods)
    rise_share = np.array([kind.rise_share for kind in FREQUENCIES])[frequency]
    rising = rng.random(num_series) < rise_share
    return Traits(frequency, counts, ordinals, steps["steps_per_year"], main, other, rising)


def _history_lengths(
    rng: np.random.Generator, short_share: float, num_series: int, length: int
) -> IntArray:
    """Draw how many points of each series are observed: 8 to 150, longer, or all."""
    longest_short = min(LONGEST_SHORT_SERIES, length)
    short = log_uniform(rng, MIN_OBSERVED, longest_short + 1, num_series)
    # Log-uniform alone leaves few of the usual 40 to 150 points.
    even = rng.uniform(MIN_OBSERVED, longest_short + 1, num_series)
    short = np.where(rng.random(num_series) < 0.5, short, even)
    long = rng.uniform(longest_short, length + 1, num_series)
    long = np.where(rng.random(num_series) < 0.35, length, long)
    counts = np.where(rng.random(num_series) < short_share, short, long)
    return np.clip(counts.astype(np.int64), MIN_OBSERVED, length)


def _draw_periods(
    rng: np.random.Generator, weighted: Sequence[tuple[float, float]], share: float, size: int
) -> NDArray[np.float64]:
    """Draw one of the weighted periods for a share of the series, 0 for the others."""
    periods, weights = np.array(weighted).T
    drawn = rng.choice(periods, size, p=weights / weights.sum())
    return np.where(rng.random(size) < share, drawn, 0.0)


def _season_on_calendar(
    rng: np.random.Generator,
    period: NDArray[np.float64],
    ordinals: IntArray,
    steps_per_week: NDArray[np.float64],
    steps_per_year: NDArray[np.float64],
) -> Season:
    """Tie seasons to the calendar: the phase is that of the ordinal within its period.

    A block that may stand out is the weekend in weekly cycles, and December or August in yearly
    ones.
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
    """Draw calendar features of shape (num_series, length, 6) of series that end at the last step.

    Weeks mostly end on Sundays; a quarter of the series has the calendar of series without dates.
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
        calendar[rows] = calendar_features(kind.name, ordinals, week_end)
    _replace_by_dummy_calendar(rng, calendar, counts)
    return calendar


def _replace_by_dummy_calendar(
    rng: np.random.Generator, calendar: Float32Array, counts: IntArray
) -> None:
    """Make some calendars daily from 2010-01-01, in place, as series without dates have them."""
    num_series, length, _ = calendar.shape
    rows = np.flatnonzero(rng.random(num_series) < DUMMY_CALENDAR_SHARE)
    offsets = np.where(rng.random(rows.size) < 0.7, 0, rng.integers(0, 2000, rows.size))
    positions = np.arange(length) - (length - counts[rows, None]) + offsets[:, None]
    calendar[rows] = calendar_features("daily", DUMMY_CALENDAR_START + positions)
