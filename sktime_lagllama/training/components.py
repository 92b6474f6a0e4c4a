"""Building blocks of synthetic series, each vectorised over series.

Every block draws random parameters per series and returns float32 values of shape
(num_series, length) in *series time*: column 0 is a series' first point, and only its first
`counts` columns will be kept. Slow shapes are therefore scaled to `counts`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

_MAX_PATTERN_BINS = 168
_HARMONICS = 8
_LONGEST_STATE_PERIOD = 400
_FOURIER_FEATURES_PER_KERNEL = 10
_FLOOR = np.float32(0.05)


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

    def of(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Season:
        """Return the seasons of some of the series."""
        return Season(
            self.period[rows], self.phase[rows], self.block_phase[rows], self.block_width[rows]
        )


def log_uniform(
    rng: np.random.Generator, low: float, high: float, size: int | tuple[int, ...]
) -> FloatArray:
    """Draw positive numbers whose logarithm is uniform between those of `low` and `high`."""
    return np.exp(rng.uniform(np.log(low), np.log(high), size)).astype(np.float32)


def standardise(values: FloatArray, counts: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
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


def noise(rng: np.random.Generator, num_series: int, length: int) -> FloatArray:
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


def seasonality(rng: np.random.Generator, season: Season, length: int) -> FloatArray:
    """Repeat a random pattern of mean 0 and deviation 1 over the cycle; 0 where there is no season.

    The pattern mixes a few harmonics with falling amplitudes, independent values per phase and a
    block of consecutive phases that stands out.
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


def _patterns(rng: np.random.Generator, season: Season, bins: IntArray) -> FloatArray:
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


def evolving_amplitude(rng: np.random.Generator, counts: IntArray, length: int) -> FloatArray:
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


def trend(rng: np.random.Generator, counts: IntArray, length: int) -> FloatArray:
    """Trends of mean 0 and deviation 1 over the kept points, 0 for series without a trend.

    Kinds: linear; linear with up to three breaks of slope; damped, 1 - phi^t; exponential growth
    or decay; logistic saturation; cycles longer than a third of the series; random walk with
    drift; an integrated AR(1), whose slope persists but fades.
    """
    values = np.zeros((counts.size, length), dtype=np.float32)
    kinds = rng.choice(len(_TREND_SHARES), counts.size, p=list(_TREND_SHARES.values()))
    relative_time = (np.arange(length) / counts[:, None]).astype(np.float32)
    for index, kind in enumerate(_TREND_SHARES):
        rows = np.flatnonzero(kinds == index)
        if kind != "none" and rows.size:
            values[rows] = _trend_of_kind(rng, kind, relative_time[rows], counts[rows])
    rows = np.flatnonzero(kinds > 0)
    values[rows] = standardise(values[rows], counts[rows])[0]
    flipped = rng.random(counts.size) < 0.35
    values[flipped] *= -1
    return np.clip(values, -20, 20)


def _trend_of_kind(
    rng: np.random.Generator, kind: str, time: FloatArray, counts: IntArray
) -> FloatArray:
    """Mostly rising trends of one kind over `time`, which runs from 0 to 1 over the kept points."""
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
        drift = rng.normal(0.5, 1.2, shape) / np.sqrt(counts[:, None])
        return np.cumsum(innovations + drift.astype(np.float32), axis=1)
    persistence = (1 - log_uniform(rng, 0.02, 0.4, num_series)).astype(np.float32)
    slopes = np.ascontiguousarray(innovations.T)
    for step in range(1, length):
        slopes[step] += persistence * slopes[step - 1]
    return np.cumsum(slopes, axis=0, dtype=np.float32).T


def _states_of_season(
    rng: np.random.Generator, season: Season
) -> tuple[IntArray, FloatArray, NDArray[np.bool_]]:
    """Whole periods (1 without season), first cycles (longest period, num_series), season mask."""
    seasonal = (season.period > 1.5) & (season.period < _LONGEST_STATE_PERIOD)
    periods = np.where(seasonal, np.rint(season.period), 1).astype(np.int64)
    cycle = seasonality(rng, season, int(periods.max()))
    cycle, _, _ = standardise(cycle, periods)
    cycle *= seasonal[:, None]
    return periods, np.ascontiguousarray(cycle.T), seasonal


def exponential_smoothing(
    rng: np.random.Generator, season: Season, counts: IntArray, length: int
) -> FloatArray:
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
    sigma = np.where(seasonal, np.minimum(sigma, 0.8 * spread), sigma)
    proportional = (rng.random(size) < 0.5).astype(np.float32)

    style = rng.random(size)
    alpha = np.where(
        style < 0.4,
        0.2 * rng.random(size) ** 2,
        np.where(style < 0.85, rng.uniform(0.1, 0.9, size), rng.uniform(0.9, 1.0, size)),
    ).astype(np.float32)
    trending = rng.random(size) < 0.6
    beta = np.where(trending, alpha * 0.25 * rng.random(size) ** 3, 0).astype(np.float32)
    gamma = (
        np.where(rng.random(size) < 0.75, 0.1 * rng.random(size) ** 2, 0.4 * rng.random(size))
        * (1 - alpha)
        * seasonal
    ).astype(np.float32)
    damping = np.where(rng.random(size) < 0.6, 1 - log_uniform(rng, 0.01, 0.2, size), 1.0)
    damping = damping.astype(np.float32)
    slope = np.where(trending, rng.normal(0.3, 0.8, size), 0) / np.maximum(counts, 20)
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
    rng: np.random.Generator, season: Season, counts: IntArray, length: int
) -> FloatArray:
    """Simulate (1 - Phi B^m) (1 - phi1 B - phi2 B^2) (1 - B)^d y = (1 + theta B) e + drift.

    AR polynomials come from roots inside the unit circle, as in SarSim0 (arXiv 2601.00970), with
    d of 0, 1 or 2 and seasonal coefficients up to 1. The first cycle is a random pattern.
    """
    size = counts.size
    periods, cycle, seasonal = _states_of_season(rng, season)
    longest = cycle.shape[0]
    radius = rng.beta(2.0, 1.2, size) * 0.98
    angle = rng.uniform(0, np.pi, size) * (rng.random(size) < 0.25)
    other = rng.uniform(-0.6, 0.8, size) * (rng.random(size) < 0.5)
    complex_roots = angle > 0
    first = np.where(complex_roots, 2 * radius * np.cos(angle), radius + other).astype(np.float32)
    second = np.where(complex_roots, -(radius**2), -radius * other).astype(np.float32)
    orders = rng.choice(3, size, p=[0.35, 0.5, 0.15])
    # Differencing leaves little correlation in real series; integrating twice needs none at all.
    first = np.where(orders == 0, first, np.where(orders == 1, 0.5 * first, 0)).astype(np.float32)
    second = np.where(orders == 0, second, np.where(orders == 1, 0.25 * second, 0))
    second = second.astype(np.float32)
    coefficient = np.where(rng.random(size) < 0.6, 1.0, rng.uniform(0.7, 1.0, size))
    coefficient = np.where(seasonal, coefficient, 0).astype(np.float32)

    innovations = rng.standard_normal((length, size), dtype=np.float32)
    moving = np.where(rng.random(size) < 0.4, rng.uniform(-0.8, 0.5, size), 0).astype(np.float32)
    innovations[1:] += moving * innovations[:-1]
    strength = log_uniform(rng, 0.7, 15.0, size)
    buffer = np.empty((longest + length, size), dtype=np.float32)
    # Each history ends just before step 0, so its last `period` rows hold one whole cycle.
    columns = np.arange(size)
    history = (np.arange(longest)[:, None] - longest) % periods
    buffer[:longest] = cycle[history, columns] * strength
    flat = buffer.reshape(-1)
    values = np.zeros((length, size), dtype=np.float32)
    previous = np.zeros(size, dtype=np.float32)
    before = np.zeros(size, dtype=np.float32)
    place = (longest - periods) * size + columns
    for step in range(length):
        current = coefficient * flat[place] + innovations[step]
        buffer[longest + step] = current
        current = current + first * previous + second * before
        values[step] = current
        before, previous = previous, current
        place += size
    drift = rng.normal(0, 1, size) * (orders == 1) * (rng.random(size) < 0.6)
    drift *= log_uniform(rng, 0.05, 1.0, size) * np.sqrt(periods)
    values += drift.astype(np.float32)
    for order in (1, 2):
        rows = np.flatnonzero(orders >= order)
        values[:, rows] = np.cumsum(values[:, rows], axis=0)
    return np.ascontiguousarray(values.T)


def gaussian_process(
    rng: np.random.Generator, season: Season, counts: IntArray, length: int
) -> FloatArray:
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
