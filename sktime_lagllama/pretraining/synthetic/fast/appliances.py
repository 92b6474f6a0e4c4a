"""Appliances and machines that switch between levels."""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic.fast.clock import clock_of
from sktime_lagllama.pretraining.synthetic.fast.daily_profiles import activity
from sktime_lagllama.pretraining.synthetic.noise import log_uniform
from sktime_lagllama.pretraining.synthetic.traits import Traits

_MAX_LEVELS = 5


def appliance_signal(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw a semi-Markov process: states with durations, used when people are active.

    States alternate between off and one of a few levels. Where nobody is active an appliance seldom
    runs; a third of the series are machines that run by themselves, whatever the hour.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
        Of series whose steps are shorter than a day.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time, at least 0.
    """
    clock = clock_of(traits, length)
    num_series = traits.counts.size
    shape = (num_series, 1)
    segment, start = _segments(rng, clock.steps_per_hour, length)
    num_segments = int(segment.max()) + 1
    levels = np.sort(log_uniform(rng, 0.2, 1.0, (num_series, _MAX_LEVELS)), axis=1)
    num_levels = rng.integers(1, _MAX_LEVELS, shape)
    chosen = (rng.random((num_series, num_segments)) ** 1.5 * num_levels).astype(np.int64)
    level_of_segment = np.take_along_axis(levels, chosen, axis=1)
    standby = np.where(rng.random(shape) < 0.5, 0, rng.uniform(0, 0.15, shape)).astype(np.float32)
    # Whether a segment is used depends on the hour at which it begins.
    use = np.take_along_axis(activity(rng, clock), start, axis=1)
    threshold = np.take_along_axis(
        rng.random((num_series, num_segments), dtype=np.float32), segment, axis=1
    )
    by_itself = rng.random(shape) < 1 / 3
    is_on = (segment % 2 == 1) & (by_itself | (threshold < 0.1 + 0.7 * use))
    values = np.where(is_on, np.take_along_axis(level_of_segment, segment, axis=1), standby)
    noise_scale = np.where(rng.random(shape) < 0.4, log_uniform(rng, 0.002, 0.05, shape), 0)
    wobble = rng.standard_normal(values.shape, dtype=np.float32) * noise_scale
    return (values * np.maximum(1 + wobble, 0)).astype(np.float32)


def _segments(
    rng: np.random.Generator, steps_per_hour: Float32Array, length: int
) -> tuple[IntArray, IntArray]:
    """Cut series into segments of log-normal durations, odd ones for on.

    Both results have shape (num_series, length): the number of each point's segment and the step
    at which that begins.
    """
    num_series = steps_per_hour.shape[0]
    shape = (num_series, 1)
    hours_on, hours_off = log_uniform(rng, 0.1, 3.0, shape), log_uniform(rng, 0.15, 6.0, shape)
    # Slower than a few steps, or steps would hide the switching.
    hours_on = np.maximum(hours_on, 2 / steps_per_hour)
    hours_off = np.maximum(hours_off, 3 / steps_per_hour)
    spread = rng.uniform(0.05, 0.7, shape).astype(np.float32)
    hours = np.where(np.arange(length) % 2, hours_on, hours_off)
    hours = hours * np.exp(spread * rng.standard_normal((num_series, length), dtype=np.float32))
    durations = np.maximum(np.rint(hours * steps_per_hour), 1).astype(np.int64)
    ends = np.cumsum(durations, axis=1) - rng.integers(0, durations[:, :1])
    begins = np.zeros((num_series, length + 1), dtype=np.int64)
    np.put_along_axis(begins, np.minimum(ends, length), 1, axis=1)
    begins = begins[:, :length]
    start = np.maximum.accumulate(np.where(begins, np.arange(length), 0), axis=1)
    return np.cumsum(begins, axis=1), start
