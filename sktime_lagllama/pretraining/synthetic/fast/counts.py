"""Counts by the clock: traffic, calls, visits."""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import Float32Array
from sktime_lagllama.pretraining.synthetic.fast.clock import Clock, clock_of
from sktime_lagllama.pretraining.synthetic.fast.daily_profiles import activity
from sktime_lagllama.pretraining.synthetic.fast.smooth_paths import smooth_path
from sktime_lagllama.pretraining.synthetic.noise import log_uniform
from sktime_lagllama.pretraining.synthetic.traits import Traits

_LARGEST_RATE = 1e6


def count_signal(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw Poisson and negative-binomial counts whose intensity is activity by the clock.

    A third of the series is closed at night, and half of those on Sundays too, or on Saturdays and
    Sundays, whatever their days of rest are otherwise.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
        Of series whose steps are shorter than a day.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        Whole numbers, in series time.
    """
    clock = clock_of(traits, length)
    shape = (traits.counts.size, 1)
    rate = activity(rng, clock)
    rate *= log_uniform(rng, 0.2, 500.0, shape)
    # What moves everybody for hours overdisperses counts too, but smoothly.
    common = smooth_path(rng, clock.elapsed, 4.0, 0.7)
    rate *= np.exp(log_uniform(rng, 0.01, 0.3, shape) * common)
    rate *= _is_open(rng, clock)
    mixed = np.flatnonzero(rng.random(shape[0]) < 0.6)
    gamma_shape = log_uniform(rng, 2.0, 100.0, (mixed.size, 1))
    shape_of_point = np.broadcast_to(gamma_shape, (mixed.size, length))
    rate[mixed] *= rng.standard_gamma(shape_of_point, dtype=np.float32) / gamma_shape
    return rng.poisson(np.minimum(rate, _LARGEST_RATE)).astype(np.float32)


def _is_open(rng: np.random.Generator, clock: Clock) -> Float32Array:
    """Draw opening hours, 1 while open and 0 while closed, of shape (num_series, length)."""
    shape = (clock.hour.shape[0], 1)
    closes = rng.random(shape) < 1 / 3
    opening = np.rint(2 * rng.normal(7.5, 1.0, shape)) / 2
    closing = np.rint(2 * rng.normal(19.5, 2.0, shape)) / 2
    is_open = (clock.hour >= opening) & (clock.hour < closing)
    weekday = np.take_along_axis(clock.weekday, clock.day, axis=1)
    num_open_days = np.where(rng.random(shape) < 0.5, rng.choice((5, 6), shape), 7)
    is_open &= weekday < num_open_days
    return np.where(closes, is_open, True).astype(np.float32)
