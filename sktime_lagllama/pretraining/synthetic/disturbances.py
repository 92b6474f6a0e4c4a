"""What happens to signals on their way to data: levels, breaks, outliers, counts, units, gaps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sktime_lagllama._typing import BoolArray, Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic.components import log_uniform
from sktime_lagllama.pretraining.synthetic.traits import MIN_OBSERVED

LARGEST_GROWTH = 30.0


def _quantiles(
    values: Float32Array, counts: IntArray, levels: Sequence[float]
) -> list[Float32Array]:
    """Quantiles of the first `counts` values of each series, each of shape (num_series, 1)."""
    kept = np.arange(values.shape[1]) < counts[:, None]
    ordered = np.sort(np.where(kept, values, np.float32(np.inf)), axis=1)
    rows = np.arange(counts.size)
    return [ordered[rows, np.rint(level * (counts - 1)).astype(np.int64), None] for level in levels]


def tame(values: Float32Array, counts: IntArray) -> Float32Array:
    """Replace non-finite values and bend explosions.

    Deviations from the median that exceed 30 times the interquartile range of the first three
    quarters of a series saturate there.
    """
    values = np.nan_to_num(values, nan=0.0, posinf=1e6, neginf=-1e6)
    early = np.maximum(counts * 3 // 4, 4)
    low, middle, high = _quantiles(values, early, [0.25, 0.5, 0.75])
    limit = np.float32(LARGEST_GROWTH) * (high - low)
    kept = np.arange(values.shape[1]) < counts[:, None]
    peak = np.where(kept, np.abs(values - middle), 0).max(axis=1)
    rows = np.flatnonzero((peak > limit[:, 0]) & (limit[:, 0] > 0))
    bent = (values[rows] - middle[rows]) / limit[rows]
    values[rows] = middle[rows] + limit[rows] * np.tanh(bent)
    return values


def break_and_spike(
    rng: np.random.Generator, scaled: Float32Array, counts: IntArray
) -> Float32Array:
    """Add level shifts to 7 % and outliers to 8 % of the standardised series."""
    num_series, length = scaled.shape
    steps = np.arange(length)
    shifted = np.flatnonzero(rng.random(num_series) < 0.07)
    for share in (1.0, 0.3):
        starts = rng.uniform(0, 1, (shifted.size, 1)) * counts[shifted, None]
        heights = rng.normal(0, 1.5, (shifted.size, 1)) * (rng.random((shifted.size, 1)) < share)
        scaled[shifted] += heights.astype(np.float32) * (steps >= starts)
    spiked = np.flatnonzero(rng.random(num_series) < 0.08)
    rate = log_uniform(rng, 0.003, 0.03, (spiked.size, 1))
    spikes = rng.standard_normal((spiked.size, length), dtype=np.float32)
    spikes *= (rng.random((spiked.size, length), dtype=np.float32) < rate) * np.float32(4)
    scaled[spiked] += spikes
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
    """
    num_series = counts.size
    shape = (num_series, 1)
    lowest, middle, highest = _quantiles(scaled, counts, [0.0, 0.5, 1.0])
    own_level = mean + deviation * scaled
    keeps = has_level[:, None] & (mean + deviation * lowest > 0)
    style = rng.random(shape)
    gap = np.exp(rng.normal(1.2, 1.2, shape)).astype(np.float32)
    values = scaled - lowest + np.clip(gap, 0.02, 60)
    spread = np.maximum(highest - middle, middle - lowest)
    steepness = np.minimum(
        log_uniform(rng, 0.03, 1.0, shape), np.log(LARGEST_GROWTH) / np.maximum(spread, 1e-6)
    ).astype(np.float32)
    rows = np.flatnonzero((style > 0.65) & (style <= 0.87))
    exponent = steepness[rows] * (scaled[rows] - middle[rows])
    values[rows] = np.exp(np.clip(exponent, -8, 8))
    rows = np.flatnonzero(style > 0.87)
    anywhere = rng.normal(0, 3, shape) * (rng.random(shape) < 0.6)
    values[rows] = scaled[rows] + anywhere[rows].astype(np.float32)
    return np.where(keeps, own_level, values).astype(np.float32)


def make_counts(rng: np.random.Generator, values: Float32Array, counts: IntArray) -> Float32Array:
    """Turn some positive series into counts.

    4 % become Poisson or negative-binomial draws around the series, 3 % intermittent demand, whose
    sizes come between geometric gaps, and 8 % are rounded to integers.
    """
    num_series, length = values.shape
    lowest, middle = _quantiles(values, counts, [0.0, 0.5])
    positive = (lowest > 0)[:, 0]
    style = rng.random(num_series)
    intensity = np.clip(values / np.where(middle > 0, middle, 1), 0, LARGEST_GROWTH)

    rows = np.flatnonzero(positive & (style < 0.04))
    rate = intensity[rows] * log_uniform(rng, 0.3, 200.0, (rows.size, 1))
    # A gamma mixture of Poisson variables is negative-binomial.
    clumped = np.flatnonzero(rng.random(rows.size) < 0.5)
    shape = log_uniform(rng, 1.0, 30.0, (clumped.size, 1))
    rate[clumped] *= (
        rng.standard_gamma(np.broadcast_to(shape, (clumped.size, length)), dtype=np.float32) / shape
    )
    values[rows] = rng.poisson(rate)

    rows = np.flatnonzero(positive & (style >= 0.04) & (style < 0.07))
    probability = log_uniform(rng, 0.05, 0.8, (rows.size, 1)) * intensity[rows]
    occurs = rng.random((rows.size, length), dtype=np.float32) < probability
    sizes = 1 + rng.poisson(
        np.broadcast_to(log_uniform(rng, 0.1, 20.0, (rows.size, 1)), occurs.shape)
    )
    values[rows] = occurs * sizes

    rows = np.flatnonzero(positive & (style >= 0.07) & (style < 0.15))
    values[rows] = np.rint(intensity[rows] * log_uniform(rng, 5.0, 3000.0, (rows.size, 1)))
    return values


def make_flat(rng: np.random.Generator, values: Float32Array) -> Float32Array:
    """Replace 2 % of the series by zeros, constants, near-constants or rare steps."""
    num_series, length = values.shape
    rows = np.flatnonzero(rng.random(num_series) < 0.02)
    style = rng.random((rows.size, 1))
    level = rng.uniform(0.5, 2.0, (rows.size, 1)) * (style > 0.2)
    wobble = rng.standard_normal((rows.size, length), dtype=np.float32)
    wobble *= log_uniform(rng, 1e-4, 1e-2, (rows.size, 1)) * (style > 0.5)
    change = rng.random((rows.size, length), dtype=np.float32) < 0.01
    steps = np.cumsum(change * rng.uniform(-0.1, 0.3, (rows.size, length)), axis=1)
    values[rows] = level + np.where(style > 0.75, np.abs(steps), wobble)
    return values


def change_unit(rng: np.random.Generator, values: Float32Array) -> Float32Array:
    """Multiply by 1e-3 to 1e5, leaving most whole-numbered series whole, and flip 2 % in sign."""
    num_series = values.shape[0]
    unit = log_uniform(rng, 1e-3, 1e5, num_series)
    whole = (values == np.rint(values)).all(axis=1) & (rng.random(num_series) < 0.9)
    unit[whole] = 1
    unit[rng.random(num_series) < 0.02] *= -1
    return values * unit[:, None]


def hide_points(rng: np.random.Generator, values: Float32Array, counts: IntArray) -> Float32Array:
    """Make points missing at random in 7 % and a stretch missing in 4 % of the series.

    Series that would keep fewer than 8 points stay complete.
    """
    num_series, length = values.shape
    steps = np.arange(length)
    rate = log_uniform(rng, 0.005, 0.3, (num_series, 1)) * (rng.random((num_series, 1)) < 0.07)
    hidden = np.zeros((num_series, length), dtype=bool)
    sparse = np.flatnonzero(rate > 0)
    hidden[sparse] = rng.random((sparse.size, length), dtype=np.float32) < rate[sparse]
    gapped = np.flatnonzero(rng.random(num_series) < 0.04)
    span = counts[gapped, None]
    start = rng.uniform(0, 1, (gapped.size, 1)) * span
    width = np.maximum(rng.uniform(0, 0.2, (gapped.size, 1)) * span, 1)
    hidden[gapped] |= (steps >= start) & (steps < start + width)
    left = ((steps < counts[:, None]) & ~hidden).sum(axis=1)
    hidden &= (left >= MIN_OBSERVED)[:, None]
    values[hidden] = np.nan
    return values
