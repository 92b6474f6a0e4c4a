"""Profiles of what people do by the clock: working days, Saturdays, Sundays and holidays."""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import Float32Array, Float64Array, IntArray
from sktime_lagllama.pretraining.synthetic.fast.clock import DAYS_OF_YEAR, Clock, clock_of
from sktime_lagllama.pretraining.synthetic.fast.smooth_paths import smooth_path
from sktime_lagllama.pretraining.synthetic.noise import log_uniform, noise
from sktime_lagllama.pretraining.synthetic.traits import Traits

_BINS = 96
_HOURS = np.arange(_BINS, dtype=np.float32) * np.float32(24 / _BINS)
_WORKING_DAY, _SATURDAY, _SUNDAY = range(3)
# 1 January, 1 May, 15 August, 25 and 26 December, of years of 365 days; from March on a day earlier
# in leap years.
_COMMON_HOLIDAYS = (0, 120, 226, 358, 359)


def daily_profile_signal(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw activity by the clock with noise in proportion to it.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
        Of series whose steps are shorter than a day.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time, positive, at most about 3.
    """
    clock = clock_of(traits, length)
    num_series = traits.counts.size
    values = activity(rng, clock) + log_uniform(rng, 0.02, 1.5, (num_series, 1))
    noise_scale = log_uniform(rng, 0.005, 0.25, (num_series, 1))
    return values * np.maximum(1 + noise_scale * noise(rng, num_series, length), 0.05)


def activity(rng: np.random.Generator, clock: Clock) -> Float32Array:
    """Draw activity by the clock: profiles of types of days that drift over months.

    Parameters
    ----------
    rng : np.random.Generator
    clock : Clock

    Returns
    -------
    float32 array of shape (num_series, length)
        At least 0; about 1 in the middle of a working day.
    """
    num_series = clock.hour.shape[0]
    day_types = draw_day_types(rng, clock)
    profiles = draw_profiles(rng, num_series)
    # All series of a call are of one hemisphere.
    winter = np.cos(2 * np.pi / DAYS_OF_YEAR * (clock.day_of_year - rng.choice((15, 197))))
    winter = np.float32(0.5) * (1 + winter.astype(np.float32))
    change = rng.uniform(0, 0.35, (num_series, 1, 1)).astype(np.float32)
    other_profiles = (1 - change) * profiles + change * draw_profiles(rng, num_series)
    drifting = smooth_path(
        rng, np.broadcast_to(np.arange(winter.shape[1], dtype=np.float32), winter.shape), 30.0
    )
    share = np.clip(winter + np.float32(0.2) * drifting, 0, 1)
    values = _at_clock(profiles, clock, day_types, 1 - share)
    values += _at_clock(other_profiles, clock, day_types, share)
    # No day is like another, and the difference does not wait for midnight.
    wander = log_uniform(rng, 0.005, 0.15, (num_series, 1)) * smooth_path(rng, clock.elapsed, 12.0)
    return values * np.maximum(1 + wander, 0.2)


def draw_day_types(rng: np.random.Generator, clock: Clock) -> IntArray:
    """Draw which days are working days, Saturdays, and Sundays or holidays.

    One series in fifteen has its weekend on Fridays and Saturdays, one in five has no holidays.

    Parameters
    ----------
    rng : np.random.Generator
    clock : Clock

    Returns
    -------
    int64 array of shape (num_series, days)
        0 on working days, 1 on Saturdays, 2 on Sundays and holidays.
    """
    num_series = clock.weekday.shape[0]
    weekday = (clock.weekday + (rng.random((num_series, 1)) < 1 / 15)) % 7
    types = np.where(weekday < 5, _WORKING_DAY, np.where(weekday == 5, _SATURDAY, _SUNDAY))
    is_holiday = rng.random((num_series, DAYS_OF_YEAR)) < 6 / DAYS_OF_YEAR
    is_holiday[:, _COMMON_HOLIDAYS] = rng.random((num_series, len(_COMMON_HOLIDAYS))) < 0.7
    is_holiday &= rng.random((num_series, 1)) < 0.8
    return np.where(np.take_along_axis(is_holiday, clock.day_of_year, axis=1), _SUNDAY, types)


def draw_profiles(rng: np.random.Generator, num_series: int) -> Float32Array:
    """Draw activity over the day: a night, a plateau between waking and sleeping, and two peaks.

    Saturdays and Sundays start later, without the morning's peak, and are calmer or, where people
    go in their free time, busier.

    Parameters
    ----------
    rng : np.random.Generator
    num_series : int

    Returns
    -------
    float32 array of shape (num_series, 3, 96)
        By type of day and quarter of an hour; at least 0.
    """
    shape = (num_series, 1)
    wake, sleep = rng.normal(6.5, 1.0, shape), rng.normal(21.5, 1.5, shape)
    pace = rng.uniform(0.35, 1.2, shape)
    night = log_uniform(rng, 0.01, 0.6, shape)
    morning, evening = rng.normal(1.8, 0.8, shape), rng.normal(11.5, 1.2, shape)
    morning_height = np.where(rng.random(shape) < 0.65, rng.exponential(0.5, shape), 0.0)
    evening_height = np.where(rng.random(shape) < 0.7, rng.exponential(0.6, shape), 0.0)
    morning_width, evening_width = rng.uniform(0.6, 2.0, shape), rng.uniform(0.8, 2.5, shape)
    slope = rng.normal(0, 0.25, shape)
    noon_dip = rng.uniform(0, 0.25, shape) * (rng.random(shape) < 0.5)
    later, calm = rng.uniform(0.3, 2.2, shape), rng.uniform(0.0, 0.5, shape)
    free_time = rng.random(shape) < 0.15
    sunday_level = np.where(free_time, rng.uniform(1.0, 1.7, shape), rng.uniform(0.25, 1.0, shape))
    between = np.where(rng.random(shape) < 0.3, 1.0, rng.uniform(0, 1, shape))
    saturday_level = between * sunday_level + (1 - between)
    profiles = np.empty((num_series, 3, _BINS), dtype=np.float32)
    ones = np.ones(shape)
    days = ((0.0, ones, ones), (0.7, saturday_level, calm), (1.0, sunday_level, 0.7 * calm))
    for type_of_day, (delay, level, peak) in enumerate(days):
        start, end = wake + delay * later, sleep + 0.3 * delay * later
        # Hours from waking on, so that the night across midnight has no seam.
        hour = (_HOURS - start + 3) % 24 - 3
        plateau = _step((hour - 0) / pace) * _step((end - start - hour) / (1.5 * pace))
        plateau *= np.maximum(1 + slope * (hour / 15 - 0.5), 0.1)
        plateau *= 1 - noon_dip * _bump((hour - 6) / 1.2)
        peaks = peak * morning_height * _bump((hour - morning) / morning_width)
        peaks = peaks + (0.4 + 0.6 * peak) * evening_height * _bump(
            (hour - evening) / evening_width
        )
        profiles[:, type_of_day] = night + (1 - night) * level * (plateau + peaks)
    return profiles


def _at_clock(
    profiles: Float32Array, clock: Clock, day_types: IntArray, weights: Float32Array
) -> Float32Array:
    """Look profiles up, interpolated between quarters of an hour, times a weight by day.

    Profiles have shape (num_series, 3, 96), types and weights (num_series, days), the result
    (num_series, length).
    """
    num_series, num_types, _ = profiles.shape
    # Midnight belongs to both days; a step between their levels is smoothed by the night itself.
    table = np.concatenate([profiles, profiles[:, :, :1]], axis=2)
    row = (np.arange(num_series)[:, None] * num_types + day_types) * (_BINS + 1)
    position = clock.hour * np.float32(_BINS / 24)
    bin_before = position.astype(np.int64)
    position = (position - bin_before).astype(np.float32)
    bin_before += np.take_along_axis(row, clock.day, axis=1)
    before = np.take(table, bin_before)
    values: Float32Array = before + position * (np.take(table, bin_before + 1) - before)
    return values * clock.on_days(weights.astype(np.float32))


def _step(ratio: Float64Array) -> Float64Array:
    """Rise from 0 to 1 around 0."""
    return 1 / (1 + np.exp(-np.clip(3 * ratio, -30, 30)))


def _bump(ratio: Float64Array) -> Float64Array:
    """Return a bell of height 1 around 0."""
    return np.exp(-0.5 * ratio**2)
