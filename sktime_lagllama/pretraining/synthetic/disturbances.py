"""What happens to signals on their way to data: levels, breaks, outliers, counts, units, gaps.

Every function takes and returns values in series time, see the docstring of this package, and
may overwrite its argument.
"""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import BoolArray, Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic.noise import log_uniform
from sktime_lagllama.pretraining.synthetic.scaling import quantiles_of_kept
from sktime_lagllama.pretraining.synthetic.traits import MIN_OBSERVED

MAX_GROWTH = 30.0


def limit_explosions(values: Float32Array, counts: IntArray) -> Float32Array:
    """Replace values that are not finite, and bend explosions.

    Deviations from the median are bent by tanh so that they stay below 30 times the interquartile
    range, if they exceed that. Median and range are those of the first three quarters of a series.

    Parameters
    ----------
    values : float32 array of shape (num_series, length)
        In any units.
    counts : int64 array of shape (num_series,)
        Points of each series that are kept.

    Returns
    -------
    float32 array of shape (num_series, length)
        In the units of the argument.
    """
    values = np.nan_to_num(values, nan=0.0, posinf=1e6, neginf=-1e6)
    num_early = np.maximum(counts * 3 // 4, 4)
    lower, median, upper = quantiles_of_kept(values, num_early, [0.25, 0.5, 0.75])
    limit = np.float32(MAX_GROWTH) * (upper - lower)
    kept = np.arange(values.shape[1]) < counts[:, None]
    peak = np.where(kept, np.abs(values - median), 0).max(axis=1)
    rows = np.flatnonzero((peak > limit[:, 0]) & (limit[:, 0] > 0))
    relative = (values[rows] - median[rows]) / limit[rows]
    values[rows] = median[rows] + limit[rows] * np.tanh(relative)
    return values


def break_and_spike(
    rng: np.random.Generator, scaled: Float32Array, counts: IntArray
) -> Float32Array:
    """Add level shifts to 7 % and outliers to 8 % of the series.

    Parameters
    ----------
    rng : np.random.Generator
    scaled : float32 array of shape (num_series, length)
        Standardised; changed in place.
    counts : int64 array of shape (num_series,)
        Points of each series that are kept.

    Returns
    -------
    float32 array of shape (num_series, length)
        In the units of the argument.
    """
    num_series, length = scaled.shape
    steps = np.arange(length)
    shifted_rows = np.flatnonzero(rng.random(num_series) < 0.07)
    shape = (shifted_rows.size, 1)
    for share in (1.0, 0.3):
        starts = rng.uniform(0, 1, shape) * counts[shifted_rows, None]
        heights = rng.normal(0, 1.5, shape) * (rng.random(shape) < share)
        scaled[shifted_rows] += heights.astype(np.float32) * (steps >= starts)
    spiked_rows = np.flatnonzero(rng.random(num_series) < 0.08)
    probability = log_uniform(rng, 0.003, 0.03, (spiked_rows.size, 1))
    spikes = rng.standard_normal((spiked_rows.size, length), dtype=np.float32)
    occurs = rng.random((spiked_rows.size, length), dtype=np.float32) < probability
    spikes *= occurs * np.float32(4)
    scaled[spiked_rows] += spikes
    return scaled


def place_level(
    rng: np.random.Generator,
    scaled: Float32Array,
    counts: IntArray,
    mean: Float32Array,
    deviation: Float32Array,
    has_level: BoolArray,
) -> Float32Array:
    """Give standardised series a level.

    Series with a level of their own keep it where it leaves them positive. Of the others 65 % are
    lifted above zero by about their own range, 22 % become the exponential of a scaled series, and
    the rest lie anywhere.

    Parameters
    ----------
    rng : np.random.Generator
    scaled : float32 array of shape (num_series, length)
        Standardised.
    counts : int64 array of shape (num_series,)
        Points of each series that are kept.
    mean, deviation : float32 arrays of shape (num_series, 1)
        By which the series were standardised.
    has_level : bool array of shape (num_series,)
        Whether mean and deviation are a level that means something.

    Returns
    -------
    float32 array of shape (num_series, length)
        In each series' own units.
    """
    shape = (counts.size, 1)
    minimum, median, maximum = quantiles_of_kept(scaled, counts, [0.0, 0.5, 1.0])
    at_own_level = mean + deviation * scaled
    keeps_level = has_level[:, None] & (mean + deviation * minimum > 0)
    style = rng.random(shape)
    gap = np.exp(rng.normal(1.2, 1.2, shape)).astype(np.float32)
    values = scaled - minimum + np.clip(gap, 0.02, 60)
    spread = np.maximum(maximum - median, median - minimum)
    steepness = np.minimum(
        log_uniform(rng, 0.03, 1.0, shape), np.log(MAX_GROWTH) / np.maximum(spread, 1e-6)
    ).astype(np.float32)
    rows = np.flatnonzero((style > 0.65) & (style <= 0.87))
    exponent = steepness[rows] * (scaled[rows] - median[rows])
    values[rows] = np.exp(np.clip(exponent, -8, 8))
    rows = np.flatnonzero(style > 0.87)
    offset = rng.normal(0, 3, shape) * (rng.random(shape) < 0.6)
    values[rows] = scaled[rows] + offset[rows].astype(np.float32)
    return np.where(keeps_level, at_own_level, values).astype(np.float32)


def make_whole_numbers(
    rng: np.random.Generator, values: Float32Array, counts: IntArray
) -> Float32Array:
    """Turn some positive series into whole numbers.

    4 % become Poisson or negative-binomial draws around the series, 3 % intermittent demand, whose
    sizes come between geometric gaps, and 8 % are rounded to integers.

    Parameters
    ----------
    rng : np.random.Generator
    values : float32 array of shape (num_series, length)
        In each series' own units; changed in place.
    counts : int64 array of shape (num_series,)
        Points of each series that are kept.

    Returns
    -------
    float32 array of shape (num_series, length)
    """
    num_series, length = values.shape
    minimum, median = quantiles_of_kept(values, counts, [0.0, 0.5])
    positive = (minimum > 0)[:, 0]
    style = rng.random(num_series)
    intensity = np.clip(values / np.where(median > 0, median, 1), 0, MAX_GROWTH)

    rows = np.flatnonzero(positive & (style < 0.04))
    rate = intensity[rows] * log_uniform(rng, 0.3, 200.0, (rows.size, 1))
    # A gamma mixture of Poisson variables is negative-binomial.
    mixture_rows = np.flatnonzero(rng.random(rows.size) < 0.5)
    shape = log_uniform(rng, 1.0, 30.0, (mixture_rows.size, 1))
    shape_of_point = np.broadcast_to(shape, (mixture_rows.size, length))
    rate[mixture_rows] *= rng.standard_gamma(shape_of_point, dtype=np.float32) / shape
    values[rows] = rng.poisson(rate)

    rows = np.flatnonzero(positive & (style >= 0.04) & (style < 0.07))
    probability = log_uniform(rng, 0.05, 0.8, (rows.size, 1)) * intensity[rows]
    occurs = rng.random((rows.size, length), dtype=np.float32) < probability
    mean_size = np.broadcast_to(log_uniform(rng, 0.1, 20.0, (rows.size, 1)), occurs.shape)
    values[rows] = occurs * (1 + rng.poisson(mean_size))

    rows = np.flatnonzero(positive & (style >= 0.07) & (style < 0.15))
    values[rows] = np.rint(intensity[rows] * log_uniform(rng, 5.0, 3000.0, (rows.size, 1)))
    return values


def make_flat(rng: np.random.Generator, values: Float32Array) -> Float32Array:
    """Replace 2 % of the series by zeros, constants, near-constants or rare steps.

    Parameters
    ----------
    rng : np.random.Generator
    values : float32 array of shape (num_series, length)
        In each series' own units; changed in place.

    Returns
    -------
    float32 array of shape (num_series, length)
    """
    num_series, length = values.shape
    rows = np.flatnonzero(rng.random(num_series) < 0.02)
    style = rng.random((rows.size, 1))
    level = rng.uniform(0.5, 2.0, (rows.size, 1)) * (style > 0.2)
    wobble = rng.standard_normal((rows.size, length), dtype=np.float32)
    wobble *= log_uniform(rng, 1e-4, 1e-2, (rows.size, 1)) * (style > 0.5)
    changes = rng.random((rows.size, length), dtype=np.float32) < 0.01
    steps = np.cumsum(changes * rng.uniform(-0.1, 0.3, (rows.size, length)), axis=1)
    values[rows] = level + np.where(style > 0.75, np.abs(steps), wobble)
    return values


def change_unit(rng: np.random.Generator, values: Float32Array) -> Float32Array:
    """Multiply series by 1e-3 to 1e5 and change the sign of 2 %.

    Nine in ten series of whole numbers keep their unit.

    Parameters
    ----------
    rng : np.random.Generator
    values : float32 array of shape (num_series, length)
        In each series' own units.

    Returns
    -------
    float32 array of shape (num_series, length)
        In data units.
    """
    num_series = values.shape[0]
    unit = log_uniform(rng, 1e-3, 1e5, num_series)
    keeps_unit = (values == np.rint(values)).all(axis=1) & (rng.random(num_series) < 0.9)
    unit[keeps_unit] = 1
    unit[rng.random(num_series) < 0.02] *= -1
    return values * unit[:, None]


def hide_points(rng: np.random.Generator, values: Float32Array, counts: IntArray) -> Float32Array:
    """Make points missing at random in 7 % and a stretch missing in 4 % of the series.

    Series that would keep fewer than 8 points stay complete.

    Parameters
    ----------
    rng : np.random.Generator
    values : float32 array of shape (num_series, length)
        In data units; changed in place.
    counts : int64 array of shape (num_series,)
        Points of each series that are kept.

    Returns
    -------
    float32 array of shape (num_series, length)
        In data units, NaN where missing.
    """
    num_series, length = values.shape
    steps = np.arange(length)
    rate = log_uniform(rng, 0.005, 0.3, (num_series, 1)) * (rng.random((num_series, 1)) < 0.07)
    hidden = np.zeros((num_series, length), dtype=bool)
    rows = np.flatnonzero(rate > 0)
    hidden[rows] = rng.random((rows.size, length), dtype=np.float32) < rate[rows]
    rows = np.flatnonzero(rng.random(num_series) < 0.04)
    num_points = counts[rows, None]
    start = rng.uniform(0, 1, (rows.size, 1)) * num_points
    width = np.maximum(rng.uniform(0, 0.2, (rows.size, 1)) * num_points, 1)
    hidden[rows] |= (steps >= start) & (steps < start + width)
    num_observed = ((steps < counts[:, None]) & ~hidden).sum(axis=1)
    hidden &= (num_observed >= MIN_OBSERVED)[:, None]
    values[hidden] = np.nan
    return values
