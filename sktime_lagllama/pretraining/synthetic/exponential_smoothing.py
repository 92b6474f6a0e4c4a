"""Exponential smoothing state space models.

For series time see the docstring of this package.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sktime_lagllama._typing import BoolArray, Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic.noise import log_uniform
from sktime_lagllama.pretraining.synthetic.seasons import Season, initial_cycle

_MIN_LEVEL = np.float32(0.05)


@dataclass(frozen=True)
class _Parameters:
    """Parameters of exponential smoothing, each a float32 array of shape (num_series,).

    Attributes
    ----------
    sigma
        Standard deviation of the errors.
    alpha, beta, gamma
        Smoothing of the level, the slope and the season.
    damping
        phi, by which the slope is multiplied at every step.
    slope
        Initial slope per step.
    season_scale
        Standard deviation of the season.
    multiplicative
        1 if the season multiplies the level, 0 if it is added.
    proportional
        1 if errors are proportional to the mean, 0 if they are added.
    """

    sigma: Float32Array
    alpha: Float32Array
    beta: Float32Array
    gamma: Float32Array
    damping: Float32Array
    slope: Float32Array
    season_scale: Float32Array
    multiplicative: Float32Array
    proportional: Float32Array


def exponential_smoothing(
    rng: np.random.Generator, season: Season, counts: IntArray, rising: BoolArray, length: int
) -> Float32Array:
    """Simulate exponential smoothing state space models.

    With mean m = (l + phi b) * s or (l + phi b) + s and error e, l += phi b + alpha e / s,
    b = phi b + beta e / s and s += gamma e / (l + phi b), the divisors only for multiplicative
    seasons. Hyndman, Koehler, Ord and Snyder (2008), Forecasting with Exponential Smoothing,
    chapter 2, tables 2.2 and 2.3. Errors are additive or proportional to the mean.

    Parameters
    ----------
    rng : np.random.Generator
    season : Season
    counts : int64 array of shape (num_series,)
        Points of each series that are kept.
    rising : bool array of shape (num_series,)
        Whether the initial slope, if any, is positive.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time. The level starts at 1.
    """
    periods, cycle, seasonal = initial_cycle(rng, season)
    parameters = _draw_parameters(rng, periods, seasonal, counts, rising)
    cycle *= parameters.season_scale
    errors = rng.standard_normal((length, counts.size), dtype=np.float32)
    errors *= parameters.sigma
    return np.ascontiguousarray(_simulate(errors, parameters, periods, cycle).T)


def _draw_parameters(
    rng: np.random.Generator,
    periods: IntArray,
    seasonal: BoolArray,
    counts: IntArray,
    rising: BoolArray,
) -> _Parameters:
    """Draw parameters; every argument and result has shape (num_series,)."""
    size = counts.size
    multiplicative = (seasonal & (rng.random(size) < 0.5)).astype(np.float32)
    season_scale = log_uniform(rng, 0.02, 0.4, size)
    sigma = log_uniform(rng, 0.004, 0.15, size)
    # Long cycles (days of hours) are cleaner than short ones.
    max_sigma = np.where(periods >= 20, 0.3, 0.7) * season_scale
    sigma = np.where(seasonal, np.minimum(sigma, max_sigma), sigma).astype(np.float32)
    proportional = (rng.random(size) < 0.5).astype(np.float32)

    style = rng.random(size)
    alpha = np.where(
        style < 0.4,
        0.2 * rng.random(size) ** 2,
        np.where(style < 0.85, rng.uniform(0.1, 0.9, size), rng.uniform(0.9, 1.0, size)),
    ).astype(np.float32)
    # A level that moves further within a cycle than the season does would hide the season.
    max_alpha = season_scale / (sigma * np.sqrt(periods)) * log_uniform(rng, 0.2, 1.5, size)
    alpha = np.where(seasonal, np.minimum(alpha, max_alpha), alpha).astype(np.float32)
    has_slope = rng.random(size) < 0.65
    beta = np.where(has_slope, alpha * 0.25 * rng.random(size) ** 3, 0).astype(np.float32)
    gamma = (
        np.where(rng.random(size) < 0.75, 0.1 * rng.random(size) ** 2, 0.4 * rng.random(size))
        * (1 - alpha)
        * seasonal
    ).astype(np.float32)
    damping = np.where(rng.random(size) < 0.6, 1 - log_uniform(rng, 0.01, 0.2, size), 1.0)
    damping = damping.astype(np.float32)
    growth = np.abs(rng.normal(0.3, 0.8, size)) * np.where(rising, 1, -0.6) * has_slope
    # Growth over the kept points or, for one series in three, over a span that is drawn without
    # regard to them.
    span = np.where(rng.random(size) < 0.33, log_uniform(rng, 15, 200, size), counts)
    slope = growth / np.maximum(np.maximum(span, counts / 8), 20)
    # A damped slope covers slope / (1 - phi) in all, so it may start steeper.
    slope = slope * np.where(damping < 1, np.minimum(np.maximum(counts, 20) * (1 - damping), 8), 1)
    return _Parameters(
        sigma=sigma,
        alpha=alpha,
        beta=beta,
        gamma=gamma,
        damping=damping,
        slope=slope.astype(np.float32),
        season_scale=season_scale,
        multiplicative=multiplicative,
        proportional=proportional,
    )


def _simulate(
    errors: Float32Array, parameters: _Parameters, periods: IntArray, cycle: Float32Array
) -> Float32Array:
    """Run the recursion, in place of the errors.

    Parameters
    ----------
    errors : float32 array of shape (length, num_series)
        Relative to the mean where they are proportional to it.
    parameters : _Parameters
    periods : int64 array of shape (num_series,)
        In steps.
    cycle : float32 array of shape (longest period, num_series)
        Seasonal states of the first cycle; changed in place.

    Returns
    -------
    float32 array of shape (length, num_series)
    """
    values = errors
    length, size = values.shape
    multiplicative, additive = parameters.multiplicative, 1 - parameters.multiplicative
    min_level = np.where(multiplicative > 0, _MIN_LEVEL, np.float32(-1e4))
    level, slope = np.ones(size, dtype=np.float32), parameters.slope.copy()
    flat_cycle = cycle.reshape(-1)
    columns = np.arange(size)
    step_of_cycle = np.zeros(size, dtype=np.int64)
    for step in range(length):
        place = step_of_cycle * size + columns
        state = flat_cycle[place]
        slope *= parameters.damping
        level += slope
        np.maximum(level, min_level, out=level)
        seasonal_factor = np.maximum(1 + multiplicative * state, _MIN_LEVEL)
        mean = level * seasonal_factor + additive * state
        error = values[step] * (1 + parameters.proportional * (np.abs(mean) - 1))
        values[step] = mean + error
        state += parameters.gamma * error / (additive + multiplicative * level)
        flat_cycle[place] = state
        error /= seasonal_factor
        level += parameters.alpha * error
        slope += parameters.beta * error
        step_of_cycle += 1
        step_of_cycle[step_of_cycle == periods] = 0
    return values
