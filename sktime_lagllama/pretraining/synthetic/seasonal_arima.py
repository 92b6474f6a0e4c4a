"""Seasonal ARIMA processes.

For series time see the docstring of this package.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sktime_lagllama._typing import BoolArray, Float32Array, Float64Array, IntArray
from sktime_lagllama.pretraining.synthetic.noise import log_uniform
from sktime_lagllama.pretraining.synthetic.seasons import Season, initial_cycle


@dataclass(frozen=True)
class _SeasonalPart:
    """Seasonal coefficients, each a float32 array of shape (num_series,).

    Attributes
    ----------
    one_period, two_periods
        Of the values one and two periods ago, seasonal differences included.
    moving_average
        Of the shock one period ago.
    """

    one_period: Float32Array
    two_periods: Float32Array
    moving_average: Float32Array


def seasonal_arima(
    rng: np.random.Generator, season: Season, rising: BoolArray, length: int
) -> Float32Array:
    """Simulate seasonal ARIMA (p, d, q) (P, D, Q) processes with drift and stable coefficients.

    With p, q of 0 to 2 and P, D, Q of 0 or 1, as in SarSim0 (arXiv 2601.00970). Two differences are
    rare. The first cycle is a random pattern, so that even a stationary series has a season for a
    while.

    Parameters
    ----------
    rng : np.random.Generator
    season : Season
    rising : bool array of shape (num_series,)
        Whether the drift, if any, is positive.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time, in units of the shocks' standard deviation.
    """
    size = season.period.size
    periods, cycle, seasonal = initial_cycle(rng, season)
    num_differences = rng.choice(3, size, p=[0.42, 0.52, 0.06])
    autoregressive = stable_polynomials(
        rng, size, positive_share=np.where(num_differences == 0, 0.85, 0.6)
    )
    # Differencing leaves little correlation in real series; integrating twice needs none at all.
    shrink = np.array([1.0, 0.6, 0.0], dtype=np.float32)[num_differences]
    autoregressive = _scale_inverse_roots(*autoregressive, shrink)
    moving_average = stable_polynomials(
        rng, size, positive_share=np.where(num_differences == 0, 0.5, 0.2)
    )
    seasonal_part = _draw_seasonal_part(rng, periods, seasonal)
    values = _simulate_seasonal_part(rng, seasonal_part, periods, cycle, length)
    values = _moving_average(values, *moving_average)
    _add_autoregression(values, *autoregressive)
    drift = np.abs(rng.normal(0, 1, size)) * (num_differences == 1) * (rng.random(size) < 0.6)
    drift *= log_uniform(rng, 0.05, 1.0, size) * np.sqrt(periods) * np.where(rising, 1, -1)
    values += drift.astype(np.float32)
    for order in (1, 2):
        rows = np.flatnonzero(num_differences >= order)
        values[:, rows] = np.cumsum(values[:, rows], axis=0)
    return np.ascontiguousarray(values.T)


def stable_polynomials(
    rng: np.random.Generator, num_series: int, positive_share: Float64Array
) -> tuple[Float32Array, Float32Array]:
    """Draw coefficients of stable polynomials 1 - a B - b B^2 of order 0 to 2.

    By the Durbin-Levinson recursion, a = r1 (1 - r2) and b = r2 with partial autocorrelations r1
    and r2 in (-1, 1) (Monahan, 1984, A note on enforcing stationarity in autoregressive-moving
    average models).

    Parameters
    ----------
    rng : np.random.Generator
    num_series : int
    positive_share : float64 array of shape (num_series,)
        Probability that r1 is positive.

    Returns
    -------
    a, b : float32 arrays of shape (num_series,)
    """
    order = rng.choice(3, num_series, p=[0.3, 0.4, 0.3])
    sign = np.where(rng.random(num_series) < positive_share, 1, -1)
    r1 = sign * rng.uniform(0, 0.98, num_series) * (order > 0)
    r2 = rng.uniform(-0.95, 0.9, num_series) * (order > 1)
    return (r1 * (1 - r2)).astype(np.float32), r2.astype(np.float32)


def _scale_inverse_roots(
    a: Float32Array, b: Float32Array, factor: Float32Array
) -> tuple[Float32Array, Float32Array]:
    """Multiply the inverse roots of 1 - a B - b B^2 by a factor of at most 1."""
    return a * factor, b * factor**2


def _draw_seasonal_part(
    rng: np.random.Generator, periods: IntArray, seasonal: BoolArray
) -> _SeasonalPart:
    """Draw seasonal coefficients, 0 without a season; the arguments have shape (num_series,)."""
    size = periods.size
    differenced = seasonal & (rng.random(size) < 0.55)
    coefficient = np.where(
        rng.random(size) < 0.75, 1 - 0.3 * rng.random(size) ** 2, rng.uniform(-1, 1, size)
    )
    # A series has few long cycles, so a long season must not die out.
    coefficient = np.where(periods >= 20, np.maximum(coefficient, 0.9), coefficient)
    if_differenced = rng.uniform(-0.5, 0.5, size) * (rng.random(size) < 0.2)
    coefficient = np.where(differenced, if_differenced, coefficient) * seasonal
    moving_average = np.where(rng.random(size) < 0.7, rng.uniform(-0.95, 0.1, size), 0)
    return _SeasonalPart(
        one_period=(coefficient + differenced).astype(np.float32),
        two_periods=(-coefficient * differenced).astype(np.float32),
        moving_average=np.where(differenced, moving_average, 0).astype(np.float32),
    )


def _simulate_seasonal_part(
    rng: np.random.Generator,
    seasonal_part: _SeasonalPart,
    periods: IntArray,
    cycle: Float32Array,
    length: int,
) -> Float32Array:
    """Run the seasonal recursion from a first cycle on.

    Parameters
    ----------
    rng : np.random.Generator
    seasonal_part : _SeasonalPart
    periods : int64 array of shape (num_series,)
        In steps.
    cycle : float32 array of shape (longest period, num_series)
    length : int

    Returns
    -------
    float32 array of shape (length, num_series)
    """
    longest_period, size = cycle.shape
    start = 2 * longest_period
    shocks = np.zeros((start + length, size), dtype=np.float32)
    shocks[start:] = rng.standard_normal((length, size), dtype=np.float32)
    cycle_scale = np.where(
        periods >= 20, log_uniform(rng, 4.0, 30.0, size), log_uniform(rng, 1.0, 15.0, size)
    )
    values = np.empty((start + length, size), dtype=np.float32)
    columns = np.arange(size)
    # The rows before step 0 repeat the cycle and end with a whole one, whatever the period.
    step_of_cycle = (np.arange(start)[:, None] - start) % periods
    values[:start] = cycle[step_of_cycle, columns] * cycle_scale
    flat_values, flat_shocks = values.reshape(-1), shocks.reshape(-1)
    one_period_ago = (start - periods) * size + columns
    has_two_periods = seasonal_part.two_periods.any()
    for step in range(start, start + length):
        current = (
            seasonal_part.one_period * flat_values[one_period_ago]
            + shocks[step]
            + seasonal_part.moving_average * flat_shocks[one_period_ago]
        )
        if has_two_periods:
            two_periods_ago = one_period_ago - periods * size
            current += seasonal_part.two_periods * flat_values[two_periods_ago]
        values[step] = current
        one_period_ago += size
    return values[start:]


def _moving_average(
    values: Float32Array, first: Float32Array, second: Float32Array
) -> Float32Array:
    """Return values + first * the ones before + second * those before them.

    The values have shape (length, num_series), the coefficients (num_series,).
    """
    averaged = values.copy()
    averaged[1:] += first * values[:-1]
    averaged[2:] += second * values[:-2]
    return averaged


def _add_autoregression(values: Float32Array, first: Float32Array, second: Float32Array) -> None:
    """Turn shocks into an AR(2) process, in place.

    The values have shape (length, num_series), the coefficients (num_series,).
    """
    for step in range(1, len(values)):
        values[step] += first * values[step - 1]
        if step > 1:
            values[step] += second * values[step - 2]
