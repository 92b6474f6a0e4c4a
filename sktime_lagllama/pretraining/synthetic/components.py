"""Building blocks of synthetic series, each vectorised over series.

Every block draws random parameters per series and returns float32 values of shape
(num_series, length) in *series time*: column 0 is a series' first point, and only its first
`counts` columns will be kept. Slow shapes are therefore scaled to `counts`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sktime_lagllama._typing import BoolArray, Float32Array, IntArray

_MAX_PATTERN_BINS = 168
_HARMONICS = 8


@dataclass(frozen=True)
class Season:
    """One seasonal period per series.

    Attributes
    ----------
    period : numpy.ndarray, shape (num_series,)
        Length in steps; 0 for series without this season.
    phase : numpy.ndarray, shape (num_series,)
        Phase in [0, 1) of the first point; phases follow the calendar.
    block_phase, block_width : numpy.ndarray, shape (num_series,)
        Where in the cycle a block of days or months may stand out (a weekend, December).
    """

    period: NDArray[np.float64]
    phase: NDArray[np.float64]
    block_phase: NDArray[np.float64]
    block_width: NDArray[np.float64]

    def joined(self, other: Season) -> Season:
        """Return these seasons and then the others."""
        return Season(
            np.concatenate([self.period, other.period]),
            np.concatenate([self.phase, other.phase]),
            np.concatenate([self.block_phase, other.block_phase]),
            np.concatenate([self.block_width, other.block_width]),
        )

    def of(self, rows: IntArray | BoolArray) -> Season:
        """Return the seasons of some of the series."""
        return Season(
            self.period[rows], self.phase[rows], self.block_phase[rows], self.block_width[rows]
        )


def log_uniform(
    rng: np.random.Generator, low: float, high: float, size: int | tuple[int, ...]
) -> Float32Array:
    """Draw positive numbers whose logarithm is uniform between those of `low` and `high`."""
    return np.exp(rng.uniform(np.log(low), np.log(high), size)).astype(np.float32)


def standardise(
    values: Float32Array, counts: IntArray
) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Shift and scale each series to mean 0 and standard deviation 1 over its first `counts`.

    Returns
    -------
    standardised : numpy.ndarray of float32, shape (num_series, length)
    mean, deviation : numpy.ndarray of float32, shape (num_series, 1)
        `deviation` is 1 for constant series.
    """
    kept = np.arange(values.shape[1]) < counts[:, None]
    observed = np.where(kept, values, np.float32(0))
    mean = observed.sum(axis=1, keepdims=True) / counts[:, None].astype(np.float32)
    centred = values - mean
    np.multiply(centred, kept, out=observed)
    variance = np.einsum("ij,ij->i", observed, observed)[:, None] / counts[:, None]
    deviation = np.sqrt(variance).astype(np.float32)
    level = 1e-6 * np.abs(mean) + 1e-12
    deviation = np.where(deviation > level, deviation, np.float32(1))
    return centred / deviation, mean, deviation


def noise(rng: np.random.Generator, num_series: int, length: int) -> Float32Array:
    """White or AR(1) noise of about unit deviation: Gaussian, or Student-t for one series in four.

    A Student-t variable is a normal one over the root of a chi-squared one over its degrees of
    freedom, here between 2.5 and 8.
    """
    values = rng.standard_normal((num_series, length), dtype=np.float32)
    heavy = np.flatnonzero(rng.random(num_series) < 0.25)
    freedom = log_uniform(rng, 2.5, 8.0, (heavy.size, 1))
    mixing = np.empty((heavy.size, length), dtype=np.float32)
    rng.standard_normal(out=mixing, dtype=np.float32)
    # Wilson and Hilferty (1931): the cube root of chi-squared / df is almost normal.
    spread = 2 / (9 * freedom)
    chi_squared = np.maximum(1 - spread + np.sqrt(spread) * mixing, 0.15) ** 3
    values[heavy] *= np.sqrt((freedom - 2) / freedom / chi_squared)

    correlated = np.flatnonzero(rng.random(num_series) < 0.3)
    persistence = rng.uniform(-0.3, 0.9, correlated.size).astype(np.float32)
    innovation = np.sqrt(1 - persistence**2)
    steps = np.ascontiguousarray(values[correlated].T)
    for step in range(1, length):
        steps[step] = persistence * steps[step - 1] + innovation * steps[step]
    values[correlated] = steps.T
    return values


def seasonality(rng: np.random.Generator, season: Season, length: int) -> Float32Array:
    """Repeat a random pattern of mean 0 and deviation 1 over the cycle; 0 where there is no season.

    The pattern mixes a few harmonics with falling amplitudes, independent values per phase, a
    block of consecutive phases that stands out, and a peak of von Mises shape, exp(k cos(angle)).
    """
    values = np.zeros((season.period.size, length), dtype=np.float32)
    rows = np.flatnonzero(season.period > 0)
    if not rows.size:
        return values
    season = season.of(rows)
    bins = np.clip(np.rint(season.period), 2, _MAX_PATTERN_BINS).astype(np.int64)
    table = _patterns(rng, season, bins)
    position = season.phase[:, None] + np.arange(length) / season.period[:, None]
    position = ((position % 1.0) * bins[:, None]).astype(np.float32)
    # Integer periods fall onto whole bins, where rounding errors must not pick the bin before.
    position += np.float32(1e-3)
    left = position.astype(np.int32)
    fraction = np.maximum(position - left - np.float32(2e-3), 0)
    flat = left + (np.arange(rows.size, dtype=np.int32) * table.shape[1])[:, None]
    low = np.take(table, flat)
    high = np.take(table, flat + 1)
    values[rows] = low + fraction * (high - low)
    return values


def _patterns(rng: np.random.Generator, season: Season, bins: IntArray) -> Float32Array:
    """Seasonal patterns, shape (num_series, 170): `bins` values, then the first ones again."""
    num_series = bins.size
    width = int(bins.max())
    columns = np.arange(width)
    phase = (columns / bins[:, None]).astype(np.float32)
    decay = rng.uniform(0.3, 2.5, (num_series, 1))
    orders = np.arange(1, _HARMONICS + 1)
    amplitudes = rng.standard_normal((num_series, _HARMONICS)) / orders**decay
    amplitudes = np.where(orders <= np.maximum(bins[:, None] / 2, 1), amplitudes, 0)
    offsets = rng.uniform(0, 2 * np.pi, (num_series, _HARMONICS)).astype(np.float32)
    smooth = np.zeros((num_series, width), dtype=np.float32)
    for order in range(_HARMONICS):
        angle = np.float32(2 * np.pi * (order + 1)) * phase + offsets[:, order, None]
        smooth += amplitudes[:, order, None].astype(np.float32) * np.cos(angle)

    peaked = np.flatnonzero((rng.random(num_series) < 0.3) & (bins > 4))
    sharpness = log_uniform(rng, 0.8, 12.0, (peaked.size, 1))
    peak_phase = rng.random((peaked.size, 1)).astype(np.float32)
    cosine = np.cos(np.float32(2 * np.pi) * (phase[peaked] - peak_phase))
    smooth[peaked] *= rng.uniform(0, 0.6, (peaked.size, 1))
    smooth[peaked] += np.sqrt(sharpness) * np.exp(sharpness * (cosine - 1))

    few = bins <= 12
    rough_share = np.where(few, 0.55, 0.2)
    rough = np.where(rng.random(num_series) < rough_share, rng.uniform(0.1, 2.0, num_series), 0)
    rough = np.where((bins > 24) & (rough > 0), 0.15 * rough, rough)
    block_share = np.where(season.block_phase >= 0, 0.45, 0.08)
    block = np.where(
        rng.random(num_series) < block_share, rng.normal(0.4, 2.0, num_series) * 1.5, 0
    )
    start = np.where(
        season.block_phase >= 0, season.block_phase, np.floor(rng.random(num_series) * bins) / bins
    )
    block_width = np.maximum(season.block_width, 1 / bins)
    inside = (phase - start[:, None] + 1e-4) % 1.0 < block_width[:, None] - 1e-4
    pattern = (
        smooth
        + rough[:, None].astype(np.float32)
        * rng.standard_normal((num_series, width), dtype=np.float32)
        + block[:, None].astype(np.float32) * inside
    )
    pattern, _, _ = standardise(pattern.astype(np.float32), bins)
    table = np.zeros((num_series, width + 2), dtype=np.float32)
    table[:, :width] = pattern
    wrapped = np.arange(num_series)
    table[wrapped, bins] = pattern[:, 0]
    table[wrapped, bins + 1] = pattern[wrapped, np.minimum(1, width - 1)]
    return table


def day_type_seasonality(
    rng: np.random.Generator, daily: Season, weekly: Season, length: int
) -> Float32Array:
    """Repeat a random week of mean 0 and deviation 1 whose days have profiles by type of day.

    Working days share a profile; Saturdays and Sundays have flatter or different ones and another
    level, as electricity load, traffic and pedestrian counts do. Weeks start on Thursdays, like
    1970-01-01, and must be seven whole days long.
    """
    size = daily.period.size
    per_day = daily.period.astype(np.int64)
    width = int(per_day.max(initial=1))
    working = _patterns(rng, daily, per_day)[:, :width]
    blend = rng.uniform(0.3, 1.0, (size, 1)).astype(np.float32)
    sunday = blend * working + np.sqrt(1 - blend**2) * _patterns(rng, daily, per_day)[:, :width]
    sunday *= log_uniform(rng, 0.35, 1.1, (size, 1))
    sunday += rng.normal(-0.5, 0.7, (size, 1)).astype(np.float32)
    nearness = np.where(rng.random((size, 1)) < 0.4, 1, rng.random((size, 1))).astype(np.float32)
    saturday = nearness * sunday + (1 - nearness) * working
    days = np.repeat(working[:, None, :], 7, axis=1)
    days += rng.normal(0, 0.08, (size, 7, 1)).astype(np.float32)
    days[:, 2], days[:, 3] = saturday, sunday
    step = np.rint(weekly.phase * weekly.period).astype(np.int64)[:, None] + np.arange(length)
    step %= 7 * per_day[:, None]
    day, slot = np.divmod(step, per_day[:, None])
    values = days[np.arange(size)[:, None], day, slot]
    week = np.broadcast_to(np.arange(width) < per_day[:, None, None], days.shape)
    mean = days.mean(axis=(1, 2), where=week)[:, None]
    deviation = days.std(axis=(1, 2), where=week)[:, None]
    return (values - mean) / np.maximum(deviation, 1e-3)


def evolving_amplitude(rng: np.random.Generator, counts: IntArray, length: int) -> Float32Array:
    """Positive amplitudes near 1 that hardly move for most series and drift slowly for some."""
    num_series = counts.size
    strength = np.where(
        rng.random(num_series) < 0.3, rng.uniform(0.1, 0.6, num_series), 0.0
    ).astype(np.float32)
    cycles = rng.uniform(0.1, 1.0, (num_series, 1)) / counts[:, None]
    offset = rng.uniform(0, 2 * np.pi, (num_series, 1)).astype(np.float32)
    angle = (2 * np.pi * cycles).astype(np.float32) * np.arange(length, dtype=np.float32) + offset
    return 1 + strength[:, None] * np.sin(angle)


_TREND_SHARES = {
    "none": 0.14,
    "linear": 0.15,
    "piecewise": 0.17,
    "damped": 0.10,
    "exponential": 0.06,
    "logistic": 0.07,
    "cycle": 0.07,
    "random_walk": 0.16,
    "smooth_random_walk": 0.08,
}


def trend(
    rng: np.random.Generator, counts: IntArray, rising: BoolArray, length: int
) -> Float32Array:
    """Trends of mean 0 and deviation 1 over the kept points, 0 for series without a trend.

    Kinds: linear; linear with up to three breaks of slope; damped, 1 - phi^t; exponential growth
    or decay; logistic saturation; cycles longer than a third of the series; random walk with
    drift; an integrated AR(1), whose slope persists but fades. Every kind ends above its start
    where `rising`, else below. Time constants are relative to the history, or for one series in
    three to a span of 8 to 80 steps, since what drives a series knows nothing of its length.
    """
    values = np.zeros((counts.size, length), dtype=np.float32)
    kinds = rng.choice(len(_TREND_SHARES), counts.size, p=list(_TREND_SHARES.values()))
    span = np.where(rng.random(counts.size) < 0.33, log_uniform(rng, 8, 80, counts.size), counts)
    relative_time = (np.arange(length) / span[:, None]).astype(np.float32)
    # Exponentials of a span far shorter than the history would be nothing but their last points.
    by_length = kinds == list(_TREND_SHARES).index("exponential")
    relative_time[by_length] = np.arange(length) / counts[by_length, None]
    for index, kind in enumerate(_TREND_SHARES):
        rows = np.flatnonzero(kinds == index)
        if kind != "none" and rows.size:
            values[rows] = _trend_of_kind(rng, kind, relative_time[rows], counts[rows])
    rows = np.flatnonzero(kinds > 0)
    values[rows] = standardise(values[rows], counts[rows])[0]
    change = values[np.arange(counts.size), counts - 1] - values[:, 0]
    values[(change > 0) != rising] *= -1
    return np.clip(values, -20, 20)


def _trend_of_kind(
    rng: np.random.Generator, kind: str, time: Float32Array, counts: IntArray
) -> Float32Array:
    """Trends of one kind over `time`, in units of the span of the kind's time constants."""
    num_series, length = time.shape
    shape = (num_series, 1)
    if kind == "linear":
        return time
    if kind == "piecewise":
        slopes = rng.standard_normal((num_series, 4)).astype(np.float32) + np.float32(0.5)
        values = slopes[:, :1] * time
        for index in range(1, 4):
            place = rng.uniform(0.05, 0.95 if index == 1 else 1.6, shape).astype(np.float32)
            values += slopes[:, index, None] * np.maximum(time - place, 0)
        return values
    if kind == "damped":
        return -np.exp(-log_uniform(rng, 1.0, 12.0, shape) * time)
    if kind == "exponential":
        # Points past the kept ones must not overflow.
        rate = rng.uniform(-1.0, 3.0, shape).astype(np.float32)
        return np.exp(rate * np.minimum(time, np.float32(1.2)))
    if kind == "logistic":
        middle = rng.uniform(0.1, 1.0, shape).astype(np.float32)
        steepness = log_uniform(rng, 4.0, 25.0, shape)
        one = np.float32(1)
        return one / (one + np.exp(steepness * (middle - time)))
    if kind == "cycle":
        cycles = log_uniform(rng, 0.5, 3.0, shape)
        offset = rng.uniform(0, 2 * np.pi, shape).astype(np.float32)
        slope = rng.normal(0, 1.5, shape).astype(np.float32)
        return np.sin(2 * np.float32(np.pi) * cycles * time + offset) + slope * time
    innovations = rng.standard_normal((num_series, length), dtype=np.float32)
    if kind == "random_walk":
        drift = log_uniform(rng, 0.2, 4.0, shape) / np.sqrt(counts[:, None])
        return np.cumsum(innovations + drift.astype(np.float32), axis=1)
    persistence = (1 - log_uniform(rng, 0.02, 0.4, num_series)).astype(np.float32)
    slopes = np.ascontiguousarray(innovations.T)
    for step in range(1, length):
        slopes[step] += persistence * slopes[step - 1]
    return np.cumsum(slopes, axis=0, dtype=np.float32).T
