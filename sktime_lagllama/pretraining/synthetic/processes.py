"""Stochastic processes simulated step by step, with the conventions of `components`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sktime_lagllama._typing import BoolArray, Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic.components import (
    Season,
    log_uniform,
    noise,
    seasonality,
    standardise,
)

LONGEST_STATE_PERIOD = 400
_FOURIER_FEATURES_PER_KERNEL = 10
_FLOOR = np.float32(0.05)


def compound_growth(
    rng: np.random.Generator,
    counts: IntArray,
    steps_per_year: NDArray[np.float64],
    rising: BoolArray,
    length: int,
) -> Float32Array:
    """Logarithms of levels that grow at slowly changing annual rates, as economies do.

    A local linear trend with a mean-reverting slope: slope' = g + phi (slope - g) + small shocks
    and level' = level + slope + shocks (Harvey, 1989, Forecasting, Structural Time Series Models
    and the Kalman Filter, section 2.3.2). The long-run rate g is 0 for one series in four, whose
    initial growth fades. One series in three has a cycle of 3 to 12 years on top.
    """
    size = counts.size
    years = counts / steps_per_year
    annual = np.where(
        rng.random(size) < 0.65,
        np.abs(rng.normal(0.03, 0.04, size)),
        log_uniform(rng, 0.05, 0.35, size),
    )
    # Short histories show any rate; over long ones only moderate rates can have lasted.
    annual = np.minimum(annual, 3.5 / years) * np.where(rising, 1.0, -0.7)
    persistence = np.exp(-1 / (log_uniform(rng, 0.7, 10.0, size) * np.maximum(steps_per_year, 1)))
    long_run = np.where(rng.random(size) < 0.75, annual, 0) / steps_per_year
    slope = annual / steps_per_year
    variability = (0.005 + log_uniform(rng, 0.1, 1.0, size) * np.abs(annual)) / steps_per_year
    shocks = rng.standard_normal((length, size), dtype=np.float32)
    shocks *= (variability * np.sqrt(1 - persistence**2)).astype(np.float32)
    slopes = np.empty((length, size), dtype=np.float32)
    state = (slope - long_run).astype(np.float32)
    keep = persistence.astype(np.float32)
    for step in range(length):
        state = keep * state + shocks[step]
        slopes[step] = state
    slopes += long_run.astype(np.float32)
    wander = log_uniform(rng, 0.002, 0.08, size) * (rng.random(size) < 0.75)
    per_step = (wander / np.sqrt(steps_per_year)).astype(np.float32)
    slopes += per_step * rng.standard_normal((length, size), dtype=np.float32)
    values = np.cumsum(slopes, axis=0, dtype=np.float32).T
    cyclic = np.flatnonzero(rng.random(size) < 0.33)
    shape = (cyclic.size, 1)
    frequency = 1 / (steps_per_year[cyclic, None] * log_uniform(rng, 3.0, 12.0, shape))
    angle = 2 * np.pi * (frequency * np.arange(length) + rng.random(shape))
    values[cyclic] += log_uniform(rng, 0.01, 0.08, shape) * np.sin(angle)
    return np.ascontiguousarray(np.clip(values, -6, 6))


def volatile_walk(rng: np.random.Generator, num_series: int, length: int) -> Float32Array:
    """Logarithms of prices: random walks whose daily returns follow a GARCH(1, 1) process.

    variance' = w + a return^2 + b variance, with w = 1 - a - b in units of the mean variance
    (Bollerslev, 1986).
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
    return np.ascontiguousarray(np.clip(np.cumsum(returns, axis=0).T, -6, 6))


def _states_of_season(
    rng: np.random.Generator, season: Season
) -> tuple[IntArray, Float32Array, BoolArray]:
    """Whole periods (1 without season), first cycles (longest period, num_series), season mask."""
    seasonal = (season.period > 1.5) & (season.period < LONGEST_STATE_PERIOD)
    periods = np.where(seasonal, np.rint(season.period), 1).astype(np.int64)
    cycle = seasonality(rng, season, int(periods.max()))
    cycle, _, _ = standardise(cycle, periods)
    cycle *= seasonal[:, None]
    return periods, np.ascontiguousarray(cycle.T), seasonal


def exponential_smoothing(
    rng: np.random.Generator, season: Season, counts: IntArray, rising: BoolArray, length: int
) -> Float32Array:
    """Simulate exponential smoothing state space models around a level of 1.

    With mean m = (l + phi b) * s or (l + phi b) + s and error e, l += phi b + alpha e / s,
    b = phi b + beta e / s and s += gamma e / (l + phi b), the divisors only for multiplicative
    seasons. Hyndman, Koehler, Ord and Snyder (2008), Forecasting with Exponential Smoothing,
    chapter 2, tables 2.2 and 2.3. Errors are additive or proportional to the mean.
    """
    size = counts.size
    periods, seasons, seasonal = _states_of_season(rng, season)
    multiplicative = (seasonal & (rng.random(size) < 0.5)).astype(np.float32)
    spread = log_uniform(rng, 0.02, 0.4, size)
    seasons *= spread
    sigma = log_uniform(rng, 0.004, 0.15, size)
    # Long cycles (days of hours) are cleaner than short ones.
    sigma = np.where(
        seasonal, np.minimum(sigma, np.where(periods >= 20, 0.3, 0.7) * spread), sigma
    ).astype(np.float32)
    proportional = (rng.random(size) < 0.5).astype(np.float32)

    style = rng.random(size)
    alpha = np.where(
        style < 0.4,
        0.2 * rng.random(size) ** 2,
        np.where(style < 0.85, rng.uniform(0.1, 0.9, size), rng.uniform(0.9, 1.0, size)),
    ).astype(np.float32)
    # A level that moves further within a cycle than the season does would hide the season.
    wandering = spread / (sigma * np.sqrt(periods)) * log_uniform(rng, 0.2, 1.5, size)
    alpha = np.where(seasonal, np.minimum(alpha, wandering), alpha).astype(np.float32)
    trending = rng.random(size) < 0.65
    beta = np.where(trending, alpha * 0.25 * rng.random(size) ** 3, 0).astype(np.float32)
    gamma = (
        np.where(rng.random(size) < 0.75, 0.1 * rng.random(size) ** 2, 0.4 * rng.random(size))
        * (1 - alpha)
        * seasonal
    ).astype(np.float32)
    damping = np.where(rng.random(size) < 0.6, 1 - log_uniform(rng, 0.01, 0.2, size), 1.0)
    damping = damping.astype(np.float32)
    growth = np.abs(rng.normal(0.3, 0.8, size)) * np.where(rising, 1, -0.6) * trending
    # Growth per history or, for one series in three, per span that knows nothing of its length.
    span = np.where(rng.random(size) < 0.33, log_uniform(rng, 15, 200, size), counts)
    slope = growth / np.maximum(np.maximum(span, counts / 8), 20)
    # A damped slope covers slope / (1 - phi) in all, so it may start steeper.
    slope = slope * np.where(damping < 1, np.minimum(np.maximum(counts, 20) * (1 - damping), 8), 1)
    slope = slope.astype(np.float32)
    level = np.ones(size, dtype=np.float32)

    values = rng.standard_normal((length, size), dtype=np.float32)
    values *= sigma
    flat_seasons = seasons.reshape(-1)
    columns = np.arange(size)
    slot = np.zeros(size, dtype=np.int64)
    additive = 1 - multiplicative
    lower_bound = np.where(multiplicative > 0, _FLOOR, np.float32(-1e4))
    for step in range(length):
        place = slot * size + columns
        states = flat_seasons[place]
        slope *= damping
        level += slope
        np.maximum(level, lower_bound, out=level)
        gain = np.maximum(1 + multiplicative * states, _FLOOR)
        mean = level * gain + additive * states
        error = values[step] * (1 + proportional * (np.abs(mean) - 1))
        values[step] = mean + error
        states += gamma * error / (additive + multiplicative * level)
        flat_seasons[place] = states
        error /= gain
        level += alpha * error
        slope += beta * error
        slot += 1
        slot[slot == periods] = 0
    return np.ascontiguousarray(values.T)


def seasonal_arima(
    rng: np.random.Generator, season: Season, counts: IntArray, rising: BoolArray, length: int
) -> Float32Array:
    """Simulate SARIMA (p, d, q) (P, D, Q) processes with drift and coefficients of stable ones.

    With p, q of 0 to 2 and P, D, Q of 0 or 1, as in SarSim0 (arXiv 2601.00970): polynomials come
    from partial autocorrelations in (-1, 1) by the Durbin-Levinson recursion (Monahan, 1984, A note
    on enforcing stationarity in autoregressive-moving average models). Two differences are rare.
    The first cycle is a random pattern, so that even a stationary series has a season for a while.
    """
    size = counts.size
    periods, cycle, seasonal = _states_of_season(rng, season)
    longest = cycle.shape[0]
    orders = rng.choice(3, size, p=[0.42, 0.52, 0.06])
    first, second = _stable_pair(rng, size, positive_share=np.where(orders == 0, 0.85, 0.6))
    # Differencing leaves little correlation in real series; integrating twice needs none at all.
    shrink = np.array([1.0, 0.6, 0.0], dtype=np.float32)[orders]
    first, second = _scale_roots(first, second, shrink)
    moving = _scale_roots(*_stable_pair(rng, size, np.where(orders == 0, 0.5, 0.2)), np.float32(1))
    integrated = seasonal & (rng.random(size) < 0.55)
    autoregressive = np.where(
        rng.random(size) < 0.75, 1 - 0.3 * rng.random(size) ** 2, rng.uniform(-1, 1, size)
    )
    # Long cycles are few in a series, so theirs must not die out.
    autoregressive = np.where(periods >= 20, np.maximum(autoregressive, 0.9), autoregressive)
    extra = rng.uniform(-0.5, 0.5, size) * (rng.random(size) < 0.2)
    autoregressive = np.where(integrated, extra, autoregressive) * seasonal
    near = (autoregressive + integrated).astype(np.float32)
    far = (-autoregressive * integrated).astype(np.float32)
    seasonal_moving = np.where(rng.random(size) < 0.7, rng.uniform(-0.95, 0.1, size), 0)
    seasonal_moving = np.where(integrated, seasonal_moving, 0).astype(np.float32)

    history = 2 * longest
    shocks = np.zeros((history + length, size), dtype=np.float32)
    shocks[history:] = rng.standard_normal((length, size), dtype=np.float32)
    strength = np.where(
        periods >= 20, log_uniform(rng, 4.0, 30.0, size), log_uniform(rng, 1.0, 15.0, size)
    )
    buffer = np.empty((history + length, size), dtype=np.float32)
    columns = np.arange(size)
    # Each history ends just before step 0, so its last `period` rows hold one whole cycle.
    buffer[:history] = cycle[(np.arange(history)[:, None] - history) % periods, columns] * strength
    flat, flat_shocks = buffer.reshape(-1), shocks.reshape(-1)
    place = (history - periods) * size + columns
    back = periods * size
    lagged = far.any()
    for step in range(history, history + length):
        current = near * flat[place] + shocks[step] + seasonal_moving * flat_shocks[place]
        if lagged:
            current += far * flat[place - back]
        buffer[step] = current
        place += size
    driven = buffer[history:].copy()
    driven[1:] += moving[0] * buffer[history:-1]
    driven[2:] += moving[1] * buffer[history:-2]
    values = driven
    for step in range(1, length):
        values[step] += first * values[step - 1]
        if step > 1:
            values[step] += second * values[step - 2]
    drift = np.abs(rng.normal(0, 1, size)) * (orders == 1) * (rng.random(size) < 0.6)
    drift *= log_uniform(rng, 0.05, 1.0, size) * np.sqrt(periods) * np.where(rising, 1, -1)
    values += drift.astype(np.float32)
    for order in (1, 2):
        rows = np.flatnonzero(orders >= order)
        values[:, rows] = np.cumsum(values[:, rows], axis=0)
    return np.ascontiguousarray(values.T)


def _stable_pair(
    rng: np.random.Generator, size: int, positive_share: NDArray[np.float64]
) -> tuple[Float32Array, Float32Array]:
    """Draw coefficients of stable polynomials 1 - a B - b B^2 of order 0 to 2.

    By Durbin and Levinson, a = r1 (1 - r2) and b = r2 with partial autocorrelations r1 and r2.
    """
    order = rng.choice(3, size, p=[0.3, 0.4, 0.3])
    sign = np.where(rng.random(size) < positive_share, 1, -1)
    partial = sign * rng.uniform(0, 0.98, size) * (order > 0)
    other = rng.uniform(-0.95, 0.9, size) * (order > 1)
    return (partial * (1 - other)).astype(np.float32), other.astype(np.float32)


def _scale_roots(
    first: Float32Array, second: Float32Array, factor: Float32Array | np.float32
) -> tuple[Float32Array, Float32Array]:
    """Multiply the inverse roots of 1 - first B - second B^2 by a factor of at most 1."""
    return first * factor, second * factor**2


def gaussian_process(
    rng: np.random.Generator, season: Season, counts: IntArray, length: int
) -> Float32Array:
    """Draw from Gaussian processes with sums and products of kernels by random Fourier features.

    A stationary kernel is the Fourier transform of a density of frequencies (Rahimi and Recht,
    2007): normal for the squared exponential, multiples of 1 / period for the periodic kernel, and
    sums of both for their product. The kernel bank follows KernelSynth (arXiv 2403.07815).
    """
    size = counts.size
    shape = (size, _FOURIER_FEATURES_PER_KERNEL)
    time = np.arange(length, dtype=np.float32)
    period = season.period[:, None]
    cycles_per_step = np.where(period > 0, 1 / np.maximum(period, 2), 0)
    growth = rng.normal(0, 3.0, (size, 1)) * (rng.random((size, 1)) < 0.4) / counts[:, None]
    values = growth.astype(np.float32) * time
    long_scale = counts[:, None] * log_uniform(rng, 0.1, 1.0, (size, 1))
    local_scale = np.maximum(period, 2) * log_uniform(rng, 3.0, 20.0, (size, 1))
    short_scale = log_uniform(rng, 2.0, 20.0, (size, 1))
    # Whether the kernel is periodic, its bandwidth in radians per step, and how many have it.
    kernels = (
        (False, 1 / long_scale, 0.8),
        (True, np.zeros((size, 1)), 0.9),
        (True, 1 / local_scale, 0.3),
        (False, 1 / short_scale, 0.25),
    )
    for periodic, bandwidth, share in kernels:
        harmonics = np.minimum(rng.geometric(0.5, shape), np.maximum(period // 2, 1))
        frequency = float(periodic) * harmonics * cycles_per_step
        frequency = frequency + bandwidth * rng.standard_normal(shape) / (2 * np.pi)
        weight = rng.standard_normal(shape) * (rng.random((size, 1)) < share)
        weight *= log_uniform(rng, 0.2, 1.0, (size, 1))
        angular = (2 * np.pi * frequency).astype(np.float32)
        weights = (weight / np.sqrt(_FOURIER_FEATURES_PER_KERNEL)).astype(np.float32)
        offset = rng.uniform(0, 2 * np.pi, shape).astype(np.float32)
        rows = np.flatnonzero(weights.any(axis=1))
        for index in range(_FOURIER_FEATURES_PER_KERNEL):
            angle = angular[rows, index, None] * time + offset[rows, index, None]
            values[rows] += weights[rows, index, None] * np.cos(angle)
    values, _, _ = standardise(values, counts)
    scale = log_uniform(rng, 0.003, 0.6, (size, 1))
    return values + scale * noise(rng, size, length)
