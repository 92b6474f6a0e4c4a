"""Weather: what changes over several days, under a daily and a yearly cycle."""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import Float32Array
from sktime_lagllama.pretraining.synthetic.fast.clock import DAYS_OF_YEAR, Clock, clock_of
from sktime_lagllama.pretraining.synthetic.fast.smooth_paths import smooth_path
from sktime_lagllama.pretraining.synthetic.noise import log_uniform, noise
from sktime_lagllama.pretraining.synthetic.traits import Traits


def temperature_signal(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw temperatures of the air, or dew points, in degrees Celsius, Fahrenheit or Kelvin.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
        Of series whose steps are shorter than a day.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time.
    """
    clock = clock_of(traits, length)
    num_series = traits.counts.size
    celsius, _ = temperature(rng, clock)
    fine = smooth_path(rng, clock.elapsed, 0.7, persistence=0.5)
    fine *= log_uniform(rng, 0.05, 0.8, (num_series, 1))
    celsius += fine
    celsius += log_uniform(rng, 0.01, 0.2, (num_series, 1)) * rng.standard_normal(
        celsius.shape, dtype=np.float32
    )
    unit = rng.random((num_series, 1))
    slope = np.where((unit > 0.65) & (unit < 0.9), np.float32(1.8), np.float32(1))
    offset = np.where(unit < 0.65, 0.0, np.where(unit < 0.9, 32.0, 273.15)).astype(np.float32)
    return slope * celsius + offset


def humidity_signal(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw relative humidities, which fall by day and stay at 100 % in fog.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
        Of series whose steps are shorter than a day.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In percent, in series time; between 5 and 100.
    """
    clock = clock_of(traits, length)
    shape = (traits.counts.size, 1)
    celsius, clear = temperature(rng, clock)
    by_day = smooth_path(rng, clock.elapsed, 300.0, persistence=0.5)
    values = rng.normal(70, 12, shape).astype(np.float32) + 5 * by_day
    values += log_uniform(rng, 4, 16, shape) * smooth_path(rng, clock.elapsed, 7.0, 0.75)
    daily = daily_cycle(clock.hour) * np.maximum(0.3, 1 + 0.6 * clear)
    values -= log_uniform(rng, 3, 18, shape) * daily
    values -= 0.3 * (celsius - celsius.mean(axis=1, keepdims=True))
    values += log_uniform(rng, 0.5, 4.0, shape) * smooth_path(rng, clock.elapsed, 1.0, 0.6)
    values += log_uniform(rng, 0.1, 2.5, shape) * noise(rng, *clock.hour.shape)
    return np.clip(values, 5, 100)


def pressure_signal(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw pressures of the air, with the slight wave of twelve hours that they have.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
        Of series whose steps are shorter than a day.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In hectopascals, in series time.
    """
    clock = clock_of(traits, length)
    shape = (traits.counts.size, 1)
    values = log_uniform(rng, 2, 11, shape) * smooth_path(rng, clock.elapsed, 9.0, 0.85)
    wave = np.cos(np.float32(4 * np.pi / 24) * (clock.hour - np.float32(10)))
    values += log_uniform(rng, 0.05, 1.2, shape) * wave
    values += log_uniform(rng, 0.01, 0.15, shape) * rng.standard_normal(
        values.shape, dtype=np.float32
    )
    at_sea = rng.random(shape) < 0.7
    level = np.where(at_sea, rng.normal(1014, 4, shape), rng.uniform(700, 1000, shape))
    return level.astype(np.float32) + values


def rain_signal(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw rain: mostly none, then spells of a few hours with showers.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
        Of series whose steps are shorter than a day.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In tenths of a millimetre per step, whole numbers, in series time.
    """
    clock = clock_of(traits, length)
    shape = (traits.counts.size, 1)
    spell = smooth_path(rng, clock.elapsed, 5.0, 0.7) - rng.uniform(-0.2, 1.2, shape)
    shower = smooth_path(rng, clock.elapsed, 0.5, 0.4)
    rate = np.maximum(spell, 0) * np.exp(rng.uniform(0.5, 1.2, shape) * shower)
    amount = rate * log_uniform(rng, 5, 40, shape) / clock.steps_per_hour
    return rng.poisson(amount).astype(np.float32)


def temperature(rng: np.random.Generator, clock: Clock) -> tuple[Float32Array, Float32Array]:
    """Draw smooth temperatures: climate, time of the year, weather and time of day.

    Parameters
    ----------
    rng : np.random.Generator
    clock : Clock

    Returns
    -------
    celsius : float32 array of shape (num_series, length)
    clear : float32 array of shape (num_series, length)
        How clear the sky is, around 0 with a standard deviation of about 1: on clear days the
        difference of day and night is large.
    """
    shape = (clock.hour.shape[0], 1)
    latitude = rng.uniform(0, 1, shape)
    yearly = rng.uniform(0.5, 1.2, shape) * 14 * latitude
    warmest = np.where(rng.random(shape) < 0.8, 200, 17)
    season = np.cos(2 * np.pi / DAYS_OF_YEAR * (clock.day_of_year - warmest))
    climate = (26 - 20 * latitude + rng.normal(0, 3, shape) + yearly * season).astype(np.float32)
    # From midnight to midnight, so that no day begins with a step.
    values = _between_days(climate, clock)
    values += rng.uniform(0.5, 5.0, shape).astype(np.float32) * smooth_path(
        rng, clock.elapsed, 10.0, 0.8
    )
    clear = smooth_path(rng, clock.elapsed, 24.0, 0.5)
    amplitude = log_uniform(rng, 0.5, 7.0, shape)
    values += amplitude * np.maximum(0.15, 1 + 0.5 * clear) * daily_cycle(clock.hour)
    return values, clear


def daily_cycle(hour: Float32Array) -> Float32Array:
    """Return the course of the temperature over a clear day: fast up, slowly down.

    Parameters
    ----------
    hour : float32 array of any shape

    Returns
    -------
    float32 array of the shape of the hours
        Lowest, at about -0.9, around 4 o'clock and highest, at about 1.2, around 14 o'clock.
    """
    angle = np.float32(2 * np.pi / 24) * (hour - np.float32(14.5))
    cosine = np.cos(angle)
    return cosine + np.float32(0.2) * np.cos(2 * angle + np.float32(0.8))


def _between_days(by_day: Float32Array, clock: Clock) -> Float32Array:
    """Interpolate values by day, of shape (num_series, days), to (num_series, length)."""
    next_day = np.concatenate([by_day[:, 1:], by_day[:, -1:]], axis=1)
    change = ((next_day - by_day) / 24).astype(np.float32)
    values: Float32Array = clock.on_days(by_day) + clock.hour * clock.on_days(change)
    return values
