"""Prices of electricity: bounded, mean-reverting, spiky and sometimes negative."""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import Float32Array
from sktime_lagllama.pretraining.synthetic.fast.clock import clock_of
from sktime_lagllama.pretraining.synthetic.fast.daily_profiles import activity
from sktime_lagllama.pretraining.synthetic.fast.smooth_paths import smooth_path
from sktime_lagllama.pretraining.synthetic.noise import log_uniform, noise
from sktime_lagllama.pretraining.synthetic.traits import Traits

_LOWEST, _HIGHEST = -3.0, 12.0


def electricity_price_signal(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw prices that follow demand and the sun, return to their mean and jump for a while.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
        Of series whose steps are shorter than a day.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        Around 1, between -3 and 12, in series time.
    """
    clock = clock_of(traits, length)
    shape = (traits.counts.size, 1)
    demand = activity(rng, clock)
    demand -= demand.mean(axis=1, keepdims=True)
    values = 1 + log_uniform(rng, 0.2, 0.9, shape) * demand
    # Sun makes midday cheap, on some days for nothing and less.
    midday = np.exp(-0.5 * ((clock.hour - 13) / np.float32(2.2)) ** 2)
    sunny = np.maximum(0.7 + smooth_path(rng, clock.elapsed, 24.0, 0.4), 0)
    solar_share = rng.uniform(0, 0.8, shape) * (rng.random(shape) < 0.5)
    values -= solar_share.astype(np.float32) * midday * sunny
    values += log_uniform(rng, 0.08, 0.4, shape) * smooth_path(rng, clock.elapsed, 10.0, 0.75)
    values += log_uniform(rng, 0.03, 0.2, shape) * smooth_path(rng, clock.elapsed, 1.5, 0.5)
    values += log_uniform(rng, 0.005, 0.12, shape) * noise(rng, *clock.hour.shape)
    values += log_uniform(rng, 0.2, 3.0, shape) * _spikes(rng, clock.steps_per_hour, length)
    # Markets settle by the hour even where values are read more often.
    by_hour = np.flatnonzero((rng.random(shape) < 0.3) & (clock.steps_per_hour > 1))
    if by_hour.size:
        steps = np.rint(clock.steps_per_hour[by_hour]).astype(np.int64)
        step_of_hour = np.rint(clock.hour[by_hour] * steps).astype(np.int64) % steps
        first = np.maximum(np.arange(length) - step_of_hour, 0)
        values[by_hour] = np.take_along_axis(values[by_hour], first, axis=1)
    return np.clip(values, _LOWEST, _HIGHEST)


def _spikes(rng: np.random.Generator, steps_per_hour: Float32Array, length: int) -> Float32Array:
    """Draw rare jumps that fade within hours, of shape (num_series, length), mostly upwards."""
    num_series = steps_per_hour.shape[0]
    per_hour = log_uniform(rng, 0.001, 0.03, (num_series, 1))
    jumps = rng.random((num_series, length), dtype=np.float32) < per_hour / steps_per_hour
    rows, steps = np.nonzero(jumps)
    heights = np.zeros((num_series, length), dtype=np.float32)
    down = rng.random(rows.size) < 0.15
    heights[rows, steps] = rng.exponential(1.0, rows.size) * np.where(down, -0.6, 1.0)
    hours = log_uniform(rng, 0.2, 1.5, (num_series, 1))
    kept = np.exp(-1 / (hours * steps_per_hour))[:, 0]
    by_step = np.ascontiguousarray(heights.T)
    for step in range(1, length):
        by_step[step] += kept * by_step[step - 1]
    return by_step.T
