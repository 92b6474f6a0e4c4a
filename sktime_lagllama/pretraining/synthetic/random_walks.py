"""Logarithms of levels and prices that walk randomly.

For series time see the docstring of this package.
"""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import BoolArray, Float32Array, Float64Array, IntArray
from sktime_lagllama.pretraining.synthetic.noise import log_uniform

_MAX_LOG_LEVEL = 6


def compound_growth(
    rng: np.random.Generator,
    counts: IntArray,
    steps_per_year: Float64Array,
    rising: BoolArray,
    length: int,
) -> Float32Array:
    """Draw logarithms of levels that grow at slowly changing annual rates, as economies do.

    A local linear trend with a mean-reverting slope: slope' = g + phi (slope - g) + small shocks
    and level' = level + slope + shocks (Harvey, 1989, Forecasting, Structural Time Series Models
    and the Kalman Filter, section 2.3.2). The long-run rate g is 0 for one series in four, whose
    initial growth fades. The growth of three series in ten fades from a time on that may lie after
    the last kept point. One series in three has a cycle of 3 to 12 years on top.

    Parameters
    ----------
    rng : np.random.Generator
    counts : int64 array of shape (num_series,)
        Points of each series that are kept.
    steps_per_year : float64 array of shape (num_series,)
    rising : bool array of shape (num_series,)
        Whether the initial growth is positive.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time. Natural logarithms, starting near 0 and clipped to [-6, 6].
    """
    num_series = counts.size
    years = counts / steps_per_year
    annual_rate = np.where(
        rng.random(num_series) < 0.65,
        np.abs(rng.normal(0.03, 0.04, num_series)),
        log_uniform(rng, 0.05, 0.35, num_series),
    )
    # Short histories show any rate; over long ones only moderate rates can have lasted.
    annual_rate = np.minimum(annual_rate, 3.5 / years) * np.where(rising, 1.0, -0.7)
    slopes = _mean_reverting_slopes(rng, annual_rate, steps_per_year, length)
    _slow_down(rng, slopes, counts)
    annual_deviation = log_uniform(rng, 0.002, 0.08, num_series) * (rng.random(num_series) < 0.75)
    step_deviation = (annual_deviation / np.sqrt(steps_per_year)).astype(np.float32)
    slopes += step_deviation * rng.standard_normal((length, num_series), dtype=np.float32)
    values = np.cumsum(slopes, axis=0, dtype=np.float32).T
    cyclic_rows = np.flatnonzero(rng.random(num_series) < 0.33)
    shape = (cyclic_rows.size, 1)
    frequency = 1 / (steps_per_year[cyclic_rows, None] * log_uniform(rng, 3.0, 12.0, shape))
    angle = 2 * np.pi * (frequency * np.arange(length) + rng.random(shape))
    values[cyclic_rows] += log_uniform(rng, 0.01, 0.08, shape) * np.sin(angle)
    return np.ascontiguousarray(np.clip(values, -_MAX_LOG_LEVEL, _MAX_LOG_LEVEL))


def _mean_reverting_slopes(
    rng: np.random.Generator, annual_rate: Float64Array, steps_per_year: Float64Array, length: int
) -> Float32Array:
    """Draw growth per step, of shape (length, num_series), from annual rates.

    The rates have shape (num_series,).
    """
    num_series = annual_rate.size
    time_constant = log_uniform(rng, 0.7, 10.0, num_series) * np.maximum(steps_per_year, 1)
    persistence = np.exp(-1 / time_constant)
    long_run = np.where(rng.random(num_series) < 0.75, annual_rate, 0) / steps_per_year
    initial_slope = annual_rate / steps_per_year
    deviation = (
        0.005 + log_uniform(rng, 0.1, 1.0, num_series) * np.abs(annual_rate)
    ) / steps_per_year
    shocks = rng.standard_normal((length, num_series), dtype=np.float32)
    shocks *= (deviation * np.sqrt(1 - persistence**2)).astype(np.float32)
    slopes = np.empty((length, num_series), dtype=np.float32)
    excess = (initial_slope - long_run).astype(np.float32)
    phi = persistence.astype(np.float32)
    for step in range(length):
        excess = phi * excess + shocks[step]
        slopes[step] = excess
    slopes += long_run.astype(np.float32)
    return slopes


def _slow_down(rng: np.random.Generator, slopes: Float32Array, counts: IntArray) -> None:
    """Let the growth of three series in ten fade from some time on, in place.

    Slopes have shape (length, num_series), counts (num_series,).
    """
    rows = np.flatnonzero(rng.random(counts.size) < 0.3)
    kept = counts[rows]
    start = rng.uniform(0, 1.2, rows.size) * kept
    rate = log_uniform(rng, 0.7, 10.0, rows.size) / kept
    after = np.maximum(np.arange(len(slopes))[:, None] - start, 0)
    slopes[:, rows] *= np.exp(-rate * after).astype(np.float32)


def volatile_walk(rng: np.random.Generator, num_series: int, length: int) -> Float32Array:
    """Draw logarithms of prices: random walks whose returns follow a GARCH(1, 1) process.

    variance' = w + a return^2 + b variance, with w = 1 - a - b in units of the mean variance
    (Bollerslev, 1986, Generalized autoregressive conditional heteroskedasticity).

    Parameters
    ----------
    rng : np.random.Generator
    num_series, length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        Natural logarithms, starting near 0 and clipped to [-6, 6].
    """
    reaction = rng.uniform(0.03, 0.15, num_series).astype(np.float32)
    memory = (rng.uniform(0.93, 0.995, num_series) - reaction).astype(np.float32)
    returns = rng.standard_normal((length, num_series), dtype=np.float32)
    variance = np.ones(num_series, dtype=np.float32)
    for step in range(length):
        returns[step] *= np.sqrt(variance)
        square = np.minimum(returns[step] ** 2, 60)
        variance = 1 - reaction - memory + reaction * square + memory * variance
    drift = rng.normal(0.02, 0.05, num_series)
    returns += drift.astype(np.float32)
    returns *= log_uniform(rng, 0.002, 0.03, num_series)
    log_prices = np.cumsum(returns, axis=0).T
    return np.ascontiguousarray(np.clip(log_prices, -_MAX_LOG_LEVEL, _MAX_LOG_LEVEL))
