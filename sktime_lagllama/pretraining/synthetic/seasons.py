"""Seasons of synthetic series, vectorised over series.

For series time see the docstring of this package.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sktime_lagllama._typing import BoolArray, Float32Array, Float64Array, IntArray
from sktime_lagllama.pretraining.synthetic.noise import log_uniform
from sktime_lagllama.pretraining.synthetic.scaling import standardise

MAX_STATE_PERIOD = 400
"""Processes keep a state for each step of a season only if the season is shorter than this."""

_MAX_PATTERN_BINS = 168
_NUM_HARMONICS = 8


@dataclass(frozen=True)
class Season:
    """One seasonal period per series.

    Attributes
    ----------
    period : float64 array of shape (num_series,)
        Length in steps; 0 for series without this season.
    phase : float64 array of shape (num_series,)
        Phase in [0, 1) of the first point; phases follow the calendar.
    block_phase : float64 array of shape (num_series,)
        Phase in [0, 1) at which a block of days or months that may stand out begins (a weekend,
        December); negative if the calendar names none, so that it may begin anywhere.
    block_width : float64 array of shape (num_series,)
        Length of the block as a share of the period.
    """

    period: Float64Array
    phase: Float64Array
    block_phase: Float64Array
    block_width: Float64Array

    def concatenate(self, other: Season) -> Season:
        """Return these seasons, followed by other ones.

        Parameters
        ----------
        other : Season
            Of other_series series.

        Returns
        -------
        Season
            Of num_series + other_series series.
        """
        return Season(
            np.concatenate([self.period, other.period]),
            np.concatenate([self.phase, other.phase]),
            np.concatenate([self.block_phase, other.block_phase]),
            np.concatenate([self.block_width, other.block_width]),
        )

    def select(self, rows: IntArray | BoolArray) -> Season:
        """Return the seasons of some of the series.

        Parameters
        ----------
        rows : int64 array of shape (rows,) or bool array of shape (num_series,)

        Returns
        -------
        Season
        """
        return Season(
            self.period[rows], self.phase[rows], self.block_phase[rows], self.block_width[rows]
        )


def seasonality(rng: np.random.Generator, season: Season, length: int) -> Float32Array:
    """Repeat a random pattern over the cycle.

    The pattern mixes a few harmonics with falling amplitudes, independent values per phase, a
    block of consecutive phases that stands out, and a peak of von Mises shape, exp(k cos(angle)).

    Parameters
    ----------
    rng : np.random.Generator
    season : Season
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time. Of mean 0 and standard deviation 1 over the cycle; 0 for series without
        this season.
    """
    values = np.zeros((season.period.size, length), dtype=np.float32)
    rows = np.flatnonzero(season.period > 0)
    if not rows.size:
        return values
    season = season.select(rows)
    bins = np.clip(np.rint(season.period), 2, _MAX_PATTERN_BINS).astype(np.int64)
    patterns = _draw_patterns(rng, season, bins)
    position = season.phase[:, None] + np.arange(length) / season.period[:, None]
    position = ((position % 1.0) * bins[:, None]).astype(np.float32)
    # Integer periods fall onto whole bins, where rounding errors must not pick the bin before.
    position += np.float32(1e-3)
    bin_before = position.astype(np.int32)
    fraction = np.maximum(position - bin_before - np.float32(2e-3), 0)
    place = bin_before + (np.arange(rows.size, dtype=np.int32) * patterns.shape[1])[:, None]
    before = np.take(patterns, place)
    after = np.take(patterns, place + 1)
    values[rows] = before + fraction * (after - before)
    return values


def initial_cycle(
    rng: np.random.Generator, season: Season
) -> tuple[IntArray, Float32Array, BoolArray]:
    """Draw the cycle from which a process with a seasonal state starts.

    Parameters
    ----------
    rng : np.random.Generator
    season : Season

    Returns
    -------
    periods : int64 array of shape (num_series,)
        In whole steps; 1 without a season of 2 to ``MAX_STATE_PERIOD`` steps.
    cycle : float32 array of shape (longest period, num_series)
        The values of the first cycle, of mean 0 and standard deviation 1; 0 without a season.
    seasonal : bool array of shape (num_series,)
        Whether there is such a season.
    """
    seasonal = (season.period > 1.5) & (season.period < MAX_STATE_PERIOD)
    periods = np.where(seasonal, np.rint(season.period), 1).astype(np.int64)
    cycle = seasonality(rng, season, int(periods.max()))
    cycle, _, _ = standardise(cycle, periods)
    cycle *= seasonal[:, None]
    return periods, np.ascontiguousarray(cycle.T), seasonal


def day_type_seasonality(
    rng: np.random.Generator, daily: Season, weekly: Season, length: int
) -> Float32Array:
    """Repeat a random week whose days have profiles by type of day.

    Working days share a profile. Saturdays and Sundays have flatter or different ones and another
    level, as electricity load, traffic and pedestrian counts do.

    Parameters
    ----------
    rng : np.random.Generator
    daily : Season
        Of whole steps.
    weekly : Season
        Seven times as long as the daily one. Phase 0 is a Thursday, as 1970-01-01 was.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time. Of mean 0 and standard deviation 1 over the week.
    """
    num_series = daily.period.size
    steps_per_day = daily.period.astype(np.int64)
    week = _draw_week(rng, daily, steps_per_day)
    step = np.rint(weekly.phase * weekly.period).astype(np.int64)[:, None] + np.arange(length)
    step %= 7 * steps_per_day[:, None]
    day, step_of_day = np.divmod(step, steps_per_day[:, None])
    values = week[np.arange(num_series)[:, None], day, step_of_day]
    kept = np.arange(week.shape[2]) < steps_per_day[:, None, None]
    kept = np.broadcast_to(kept, week.shape)
    mean = week.mean(axis=(1, 2), where=kept)[:, None]
    deviation = week.std(axis=(1, 2), where=kept)[:, None]
    return (values - mean) / np.maximum(deviation, 1e-3)


def evolving_amplitude(rng: np.random.Generator, counts: IntArray, length: int) -> Float32Array:
    """Draw amplitudes that hardly move for most series and drift slowly for some.

    Parameters
    ----------
    rng : np.random.Generator
    counts : int64 array of shape (num_series,)
        Points of each series that are kept.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time. Factors between 0.4 and 1.6.
    """
    num_series = counts.size
    strength = np.where(
        rng.random(num_series) < 0.3, rng.uniform(0.1, 0.6, num_series), 0.0
    ).astype(np.float32)
    cycles_per_step = rng.uniform(0.1, 1.0, (num_series, 1)) / counts[:, None]
    offset = rng.uniform(0, 2 * np.pi, (num_series, 1)).astype(np.float32)
    angular_frequency = (2 * np.pi * cycles_per_step).astype(np.float32)
    angle = angular_frequency * np.arange(length, dtype=np.float32) + offset
    return 1 + strength[:, None] * np.sin(angle)


def _draw_patterns(rng: np.random.Generator, season: Season, bins: IntArray) -> Float32Array:
    """Draw seasonal patterns of mean 0 and standard deviation 1 over their bins.

    Parameters
    ----------
    rng : np.random.Generator
    season : Season
    bins : int64 array of shape (num_series,)
        Values in each pattern.

    Returns
    -------
    float32 array of shape (num_series, max(bins) + 2)
        The pattern, then its first two values again, for interpolation; then 0.
    """
    num_series = bins.size
    max_bins = int(bins.max())
    phase = (np.arange(max_bins) / bins[:, None]).astype(np.float32)
    pattern = _draw_harmonics(rng, phase, bins)
    _add_peaks(rng, pattern, phase, bins)

    rough_share = np.where(bins <= 12, 0.55, 0.2)
    roughness = np.where(rng.random(num_series) < rough_share, rng.uniform(0.1, 2.0, num_series), 0)
    roughness = np.where((bins > 24) & (roughness > 0), 0.15 * roughness, roughness)
    block_share = np.where(season.block_phase >= 0, 0.45, 0.08)
    block_height = np.where(
        rng.random(num_series) < block_share, rng.normal(0.4, 2.0, num_series) * 1.5, 0
    )
    block_start = np.where(
        season.block_phase >= 0, season.block_phase, np.floor(rng.random(num_series) * bins) / bins
    )
    block_width = np.maximum(season.block_width, 1 / bins)
    in_block = (phase - block_start[:, None] + 1e-4) % 1.0 < block_width[:, None] - 1e-4
    pattern = (
        pattern
        + roughness[:, None].astype(np.float32)
        * rng.standard_normal((num_series, max_bins), dtype=np.float32)
        + block_height[:, None].astype(np.float32) * in_block
    )
    pattern, _, _ = standardise(pattern.astype(np.float32), bins)
    table = np.zeros((num_series, max_bins + 2), dtype=np.float32)
    table[:, :max_bins] = pattern
    rows = np.arange(num_series)
    table[rows, bins] = pattern[:, 0]
    table[rows, bins + 1] = pattern[rows, np.minimum(1, max_bins - 1)]
    return table


def _draw_harmonics(rng: np.random.Generator, phase: Float32Array, bins: IntArray) -> Float32Array:
    """Draw sums of harmonics at phases of shape (num_series, max(bins)), with that shape."""
    num_series = bins.size
    decay = rng.uniform(0.3, 2.5, (num_series, 1))
    orders = np.arange(1, _NUM_HARMONICS + 1)
    amplitudes = rng.standard_normal((num_series, _NUM_HARMONICS)) / orders**decay
    amplitudes = np.where(orders <= np.maximum(bins[:, None] / 2, 1), amplitudes, 0)
    offsets = rng.uniform(0, 2 * np.pi, (num_series, _NUM_HARMONICS)).astype(np.float32)
    values = np.zeros_like(phase)
    for index in range(_NUM_HARMONICS):
        angle = np.float32(2 * np.pi * (index + 1)) * phase + offsets[:, index, None]
        values += amplitudes[:, index, None].astype(np.float32) * np.cos(angle)
    return values


def _add_peaks(
    rng: np.random.Generator, pattern: Float32Array, phase: Float32Array, bins: IntArray
) -> None:
    """Give 3 in 10 patterns a peak, next to weaker harmonics, in place.

    Pattern and phase have shape (num_series, max(bins)), the bins (num_series,).
    """
    rows = np.flatnonzero((rng.random(bins.size) < 0.3) & (bins > 4))
    sharpness = log_uniform(rng, 0.8, 12.0, (rows.size, 1))
    peak_phase = rng.random((rows.size, 1)).astype(np.float32)
    cosine = np.cos(np.float32(2 * np.pi) * (phase[rows] - peak_phase))
    pattern[rows] *= rng.uniform(0, 0.6, (rows.size, 1))
    pattern[rows] += np.sqrt(sharpness) * np.exp(sharpness * (cosine - 1))


def _draw_week(rng: np.random.Generator, daily: Season, steps_per_day: IntArray) -> Float32Array:
    """Draw the profiles of the days of a week, of shape (num_series, 7, max(steps_per_day)).

    Day 0 is a Thursday.
    """
    num_series = daily.period.size
    max_steps = int(steps_per_day.max(initial=1))
    working_day = _draw_patterns(rng, daily, steps_per_day)[:, :max_steps]
    blend = rng.uniform(0.3, 1.0, (num_series, 1)).astype(np.float32)
    sunday = (
        blend * working_day
        + np.sqrt(1 - blend**2) * _draw_patterns(rng, daily, steps_per_day)[:, :max_steps]
    )
    sunday *= log_uniform(rng, 0.35, 1.1, (num_series, 1))
    sunday += rng.normal(-0.5, 0.7, (num_series, 1)).astype(np.float32)
    sunday_share = np.where(
        rng.random((num_series, 1)) < 0.4, 1, rng.random((num_series, 1))
    ).astype(np.float32)
    saturday = sunday_share * sunday + (1 - sunday_share) * working_day
    week = np.repeat(working_day[:, None, :], 7, axis=1)
    week += rng.normal(0, 0.08, (num_series, 7, 1)).astype(np.float32)
    week[:, 2], week[:, 3] = saturday, sunday
    return week
