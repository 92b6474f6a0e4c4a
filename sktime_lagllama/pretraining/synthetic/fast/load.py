"""Electricity, heat and gas that people use: by the clock and by the weather."""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import Float32Array
from sktime_lagllama.pretraining.synthetic.fast.clock import clock_of
from sktime_lagllama.pretraining.synthetic.fast.daily_profiles import activity
from sktime_lagllama.pretraining.synthetic.fast.smooth_paths import smooth_path
from sktime_lagllama.pretraining.synthetic.fast.weather import temperature
from sktime_lagllama.pretraining.synthetic.noise import log_uniform, noise
from sktime_lagllama.pretraining.synthetic.traits import Traits

_HEATING_BELOW, _COOLING_ABOVE = np.float32(15), np.float32(21)


def load_signal(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw loads of regions and buildings: activity, and heating and cooling by temperature.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
        Of series whose steps are shorter than a day.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time, positive.
    """
    clock = clock_of(traits, length)
    num_series = traits.counts.size
    shape = (num_series, 1)
    use = activity(rng, clock)
    celsius, _ = temperature(rng, clock)
    base = log_uniform(rng, 0.15, 2.5, shape)
    heating = log_uniform(rng, 0.003, 0.08, shape) * (rng.random(shape) < 0.6)
    cooling = log_uniform(rng, 0.01, 0.1, shape) * (rng.random(shape) < 0.5)
    comfort = heating * np.maximum(_HEATING_BELOW - celsius, 0)
    comfort += cooling * np.maximum(celsius - _COOLING_ABOVE, 0)
    values = base + use + comfort * (0.5 + 0.5 * np.minimum(use, 1))
    drift = smooth_path(rng, clock.elapsed, 6.0, 0.7)
    drift += 0.4 * smooth_path(rng, clock.elapsed, 1.0, 0.5)
    values *= np.maximum(1 + log_uniform(rng, 0.003, 0.05, shape) * drift, 0.2)
    # Many households together are smooth, a single one is not.
    is_small = rng.random(shape) < 0.3
    noise_scale = np.where(
        is_small, log_uniform(rng, 0.05, 0.5, shape), log_uniform(rng, 0.001, 0.03, shape)
    )
    disturbance = noise_scale * noise(rng, num_series, length)
    return values * np.where(
        is_small, np.exp(np.clip(disturbance, -3, 3)), np.maximum(1 + disturbance, 0.05)
    )
