"""Output of solar panels and radiation of the sun."""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import Float32Array
from sktime_lagllama.pretraining.synthetic.fast.clock import Clock, clock_of
from sktime_lagllama.pretraining.synthetic.fast.smooth_paths import autoregression, smooth_path
from sktime_lagllama.pretraining.synthetic.noise import log_uniform
from sktime_lagllama.pretraining.synthetic.traits import Traits

_TILT = np.deg2rad(23.44)
_DAYS_FROM_WINTER_SOLSTICE = 10


def solar_signal(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw a clear sky's curve times what clouds let through: by days, and from minute to minute.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
        Of series whose steps are shorter than a day.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        Between 0 and 1, in series time; 0 while the sun is down.
    """
    clock = clock_of(traits, length)
    shape = (traits.counts.size, 1)
    latitude = np.deg2rad(rng.uniform(20, 60, shape)) * np.where(rng.random(shape) < 0.8, 1, -1)
    # Clocks are off from the sun by zones and by summer time.
    noon = rng.normal(12.4, 0.5, shape).astype(np.float32)
    height = sine_of_elevation(clock, latitude.astype(np.float32), noon)
    output = np.maximum(height, 0) ** rng.uniform(1.0, 1.4, shape).astype(np.float32)
    output *= _passed_by_clouds(rng, clock)
    # Small inverters of large fields cut the tops off; weak light does not start them.
    limit = np.where(rng.random(shape) < 0.2, rng.uniform(0.35, 0.7, shape), 1.0)
    output = np.minimum(output, limit.astype(np.float32))
    threshold = np.where(rng.random(shape) < 0.5, rng.uniform(0, 0.03, shape), 0.0)
    return np.where(output > threshold, output, np.float32(0))


def sine_of_elevation(clock: Clock, latitude: Float32Array, noon: Float32Array) -> Float32Array:
    """Return the sine of the height of the sun over the horizon.

    Cooper, The absorption of radiation in solar stills (1969), for the declination.

    Parameters
    ----------
    clock : Clock
    latitude : float32 array of shape (num_series, 1)
        In radians, positive in the north.
    noon : float32 array of shape (num_series, 1)
        Hour of the clock at which the sun is highest.

    Returns
    -------
    float32 array of shape (num_series, length)
        Negative while the sun is down.
    """
    angle = 2 * np.pi / 365.25 * (clock.day_of_year + _DAYS_FROM_WINTER_SOLSTICE)
    declination = (-_TILT * np.cos(angle)).astype(np.float32)
    constant = clock.on_days(np.sin(latitude) * np.sin(declination))
    swing = clock.on_days(np.cos(latitude) * np.cos(declination))
    return constant + swing * np.cos(np.float32(2 * np.pi / 24) * (clock.hour - noon))


def _passed_by_clouds(rng: np.random.Generator, clock: Clock) -> Float32Array:
    """Draw which share of the light passes, of shape (num_series, length), in (0, 1].

    Days are clear, cloudy or changing; on changing days clouds come and go within minutes.
    """
    num_series, num_days = clock.weekday.shape
    shape = (num_series, 1)
    sunny = rng.normal(0.6, 1.0, shape).astype(np.float32)
    clearness = sunny + 1.2 * autoregression(rng, 0.4, num_series, num_days)
    changing = np.exp(-0.5 * (clearness / 0.8) ** 2)
    restless = log_uniform(rng, 0.5, 3.0, shape) * (0.15 + changing)
    course = clock.on_days(clearness) + 0.5 * smooth_path(rng, clock.elapsed, 3.0, 0.5)
    flicker = smooth_path(rng, clock.elapsed, log_uniform(rng, 0.05, 0.5, shape), 0.3)
    course += clock.on_days(restless.astype(np.float32)) * flicker
    darkest = rng.uniform(0.08, 0.25, shape).astype(np.float32)
    return darkest + (1 - darkest) / (1 + np.exp(-2 * np.clip(course, -10, 10)))
