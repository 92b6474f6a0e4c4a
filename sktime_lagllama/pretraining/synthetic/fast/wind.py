"""Speed of the wind, and the power of turbines in it."""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import Float32Array
from sktime_lagllama.pretraining.synthetic.fast.clock import Clock, clock_of
from sktime_lagllama.pretraining.synthetic.fast.smooth_paths import smooth_path
from sktime_lagllama.pretraining.synthetic.fast.weather import daily_cycle
from sktime_lagllama.pretraining.synthetic.noise import log_uniform
from sktime_lagllama.pretraining.synthetic.traits import Traits

_START_SPEED, _RATED_SPEED = np.float32(3), np.float32(12)


def wind_speed_signal(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw speeds of the wind: never negative, and the gustier the stronger.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
        Of series whose steps are shorter than a day.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In metres per second, in series time.
    """
    return _speed(rng, clock_of(traits, length), gustiness=(0.03, 0.35))


def wind_power_signal(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw the power of turbines: nothing in weak wind, the rated power in a strong one.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
        Of series whose steps are shorter than a day.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        As a share of the rated power, between 0 and 1, in series time.
    """
    speed = _speed(rng, clock_of(traits, length), gustiness=(0.01, 0.12))
    # Turbines stand where the wind blows, and higher than instruments.
    speed *= rng.uniform(1.3, 2.2, (speed.shape[0], 1)).astype(np.float32)
    share = np.clip((speed - _START_SPEED) / (_RATED_SPEED - _START_SPEED), 0, 1)
    return share * share * (3 - 2 * share)


def _speed(rng: np.random.Generator, clock: Clock, gustiness: tuple[float, float]) -> Float32Array:
    """Draw speeds, of shape (num_series, length), with gusts by a range of shares of the speed."""
    shape = (clock.hour.shape[0], 1)
    calm = smooth_path(rng, clock.elapsed, 8.0, 0.7)
    calm += 0.45 * smooth_path(rng, clock.elapsed, 1.2, 0.6)
    calm += rng.uniform(0, 0.5, shape).astype(np.float32) * daily_cycle(clock.hour)
    # The root of a sum of squares is about Rayleigh-distributed, as speeds of winds are.
    across = smooth_path(rng, clock.elapsed, 8.0, 0.7)
    speed = np.sqrt((calm + rng.uniform(0, 1.2, shape).astype(np.float32)) ** 2 + across**2)
    gusts = smooth_path(rng, clock.elapsed, 0.2, 0.4)
    gusts += rng.standard_normal(gusts.shape, dtype=np.float32)
    speed *= np.maximum(1 + log_uniform(rng, *gustiness, shape) * gusts, 0.05)
    return log_uniform(rng, 1.5, 6.0, shape) * speed
