"""Signals of synthetic series: what they would look like if nothing disturbed them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sktime_lagllama._typing import BoolArray, Float32Array
from sktime_lagllama.pretraining.synthetic.calendar import FREQUENCIES
from sktime_lagllama.pretraining.synthetic.components import (
    day_type_seasonality,
    evolving_amplitude,
    log_uniform,
    noise,
    seasonality,
    standardise,
    trend,
)
from sktime_lagllama.pretraining.synthetic.processes import (
    LONGEST_STATE_PERIOD,
    compound_growth,
    exponential_smoothing,
    gaussian_process,
    seasonal_arima,
    volatile_walk,
)
from sktime_lagllama.pretraining.synthetic.traits import Traits

_DAY_TYPE_SHARE = 0.8

_Signal = Callable[[np.random.Generator, Traits, int], Float32Array]


def draw_signals(
    rng: np.random.Generator, traits: Traits, length: int
) -> tuple[Float32Array, BoolArray]:
    """Draw one kind of signal per series.

    Returns
    -------
    values : numpy.ndarray of float32, shape (num_series, length)
        In series time, see `components`.
    has_level : numpy.ndarray of bool, shape (num_series,)
        Whether the signal has a meaningful positive level of its own.
    """
    num_series = traits.counts.size
    groups = np.array([_GROUPS.get(kind.name, _LOW) for kind in FREQUENCIES])[traits.frequency]
    shares = np.array([shares for _, shares, _ in _SIGNALS]).cumsum(axis=0)
    kinds = (rng.random(num_series) * shares[-1, groups] >= shares[:, groups]).sum(axis=0)
    values = np.empty((num_series, length), dtype=np.float32)
    has_level = np.zeros(num_series, dtype=bool)
    for index, (signal, _, levelled) in enumerate(_SIGNALS):
        rows = np.flatnonzero(kinds == index)
        if rows.size:
            values[rows] = signal(rng, traits.of(rows), length)
            has_level[rows] = levelled
    return values, has_level


def _additive_structure(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Trend + seasons + noise with random weights."""
    counts = traits.counts
    size = counts.size
    slow = trend(rng, counts, traits.rising, length)
    slow *= np.exp(rng.normal(0, 0.8, (size, 1))).astype(np.float32) * _calm(traits, 0.5)
    season = _superposed_seasons(rng, traits, length)
    season *= np.exp(rng.normal(0.2, 0.8, (size, 1))).astype(np.float32)
    signal = slow + season
    _, _, deviation = standardise(signal, counts)
    noisy = deviation * _noise_share(rng, size) * _calm(traits, 0.5)
    return signal + noisy * _uneven_noise(rng, slow, season)


def _multiplicative_structure(
    rng: np.random.Generator, traits: Traits, length: int
) -> Float32Array:
    """exp(trend) * (1 + seasons) * (1 + noise), positive, around a level of 1."""
    counts = traits.counts
    shape = (counts.size, 1)
    slow = trend(rng, counts, traits.rising, length)
    slow *= log_uniform(rng, 0.02, 0.8, shape) * _calm(traits, 0.5)
    season = _superposed_seasons(rng, traits, length)
    season *= log_uniform(rng, 0.03, 0.7, shape) / _calm(traits, 0.6)
    spread = np.maximum(slow.std(axis=1, keepdims=True), season.std(axis=1, keepdims=True))
    share = _noise_share(rng, counts.size) * _calm(traits, 0.5)
    # Whatever the season, most business series are noisy by a few percent of their level.
    noisy = np.where(
        rng.random(shape) < 0.5,
        np.minimum(log_uniform(rng, 0.01, 0.1, shape), np.maximum(spread, 0.02)),
        np.maximum(spread, 0.03) * share,
    )
    signal = np.exp(np.clip(slow, -4, 4)) * np.maximum(1 + season, 0.03)
    return signal * np.maximum(1 + noisy * noise(rng, counts.size, length), 0.03)


def _growing_economy(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Compound growth with a season and noise in proportion to the level, around 1."""
    shape = (traits.counts.size, 1)
    logarithm = compound_growth(rng, traits.counts, traits.steps_per_year, traits.rising, length)
    season = _superposed_seasons(rng, traits, length) * log_uniform(rng, 0.01, 0.5, shape)
    noisy = log_uniform(rng, 0.001, 0.08, shape) * noise(rng, shape[0], length)
    return np.exp(logarithm) * np.maximum(1 + season, 0.03) * np.maximum(1 + noisy, 0.03)


def _market_price(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Prices that walk randomly with clustered volatility, seldom with a slight season."""
    shape = (traits.counts.size, 1)
    seasonal = log_uniform(rng, 0.002, 0.05, shape) * (rng.random(shape) < 0.3)
    season = _superposed_seasons(rng, traits, length) * seasonal
    return np.exp(volatile_walk(rng, shape[0], length) + season)


def _exponential_smoothing_signal(
    rng: np.random.Generator, traits: Traits, length: int
) -> Float32Array:
    """Exponential smoothing with the main season, times one plus a fixed pattern of the others."""
    signal = exponential_smoothing(rng, traits.main_season, traits.counts, traits.rising, length)
    amplitude = log_uniform(rng, 0.03, 0.35, (traits.counts.size, 1))
    return signal * np.maximum(1 + amplitude * _fixed_seasons(rng, traits, length), 0.05)


def _seasonal_arima_signal(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Seasonal ARIMA, for some series a sum of two with different seasons, plus a fixed pattern."""
    size = traits.counts.size
    other = traits.other_season.period
    doubled = np.flatnonzero(
        rng.random(size) < np.where((other > 0) & (other < LONGEST_STATE_PERIOD), 0.4, 0.15)
    )
    seasons = traits.main_season.joined(traits.other_season.of(doubled))
    counts = np.concatenate([traits.counts, traits.counts[doubled]])
    rising = np.concatenate([traits.rising, traits.rising[doubled]])
    signals = seasonal_arima(rng, seasons, counts, rising, length)
    signals, _, _ = standardise(signals, counts)
    values = signals[:size]
    weight = rng.uniform(0.2, 1.0, (doubled.size, 1)) * _calm(traits.of(doubled), 0.5)
    values[doubled] += weight.astype(np.float32) * signals[size:]
    values = values + _fixed_weight(rng, traits) * _fixed_seasons(rng, traits, length)
    return _oriented(values, traits)


def _gaussian_process_signal(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw a Gaussian process with the main season, plus a fixed pattern of the others."""
    values = gaussian_process(rng, traits.main_season, traits.counts, length)
    values += _fixed_weight(rng, traits) * _fixed_seasons(rng, traits, length)
    return _oriented(values, traits)


def _calm(traits: Traits, factor: float) -> Float32Array:
    """Return a factor for series of steps below a day, whose season dominates, else 1."""
    return np.where(traits.sub_daily, factor, 1.0).astype(np.float32)[:, None]


def _oriented(values: Float32Array, traits: Traits) -> Float32Array:
    """Turn signals of no preferred direction upside down where they go the wrong way."""
    ends = np.cumsum(values, axis=1, dtype=np.float64)
    rows = np.arange(values.shape[0])
    window = np.maximum(traits.counts // 3, 1)
    last = traits.counts - 1
    early = ends[rows, window - 1]
    late = ends[rows, last] - ends[rows, last - window]
    signs = np.where((late > early) == traits.rising, 1, -1).astype(np.float32)
    return values * signs[:, None]


def _superposed_seasons(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Add up both seasons, with amplitudes that may drift, to about unit deviation."""
    main, other = traits.main_season, traits.other_season
    weight = rng.uniform(0.2, 1.2, (main.period.size, 1)) * (other.period[:, None] > 0)
    weight = (weight * _calm(traits, 0.6)).astype(np.float32)
    values: Float32Array = seasonality(rng, main, length)
    values += weight * seasonality(rng, other, length)
    values /= np.sqrt(1 + weight**2).astype(np.float32)
    _put_day_types(rng, values, traits)
    values *= evolving_amplitude(rng, traits.counts, length)
    return values


def _fixed_seasons(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Seasons besides those that processes simulate: the other one, and long main ones."""
    main, other = traits.main_season, traits.other_season
    long = np.flatnonzero(main.period >= LONGEST_STATE_PERIOD)
    values = seasonality(rng, other, length)
    values[long] += seasonality(rng, main.of(long), length)
    _put_day_types(rng, values, traits)
    values *= evolving_amplitude(rng, traits.counts, length)
    return values


def _fixed_weight(rng: np.random.Generator, traits: Traits) -> Float32Array:
    """Weights of fixed seasons next to a signal of unit deviation."""
    return log_uniform(rng, 0.2, 1.5, (traits.counts.size, 1))


def _put_day_types(rng: np.random.Generator, values: Float32Array, traits: Traits) -> None:
    """Replace the seasons of most series with days in a week by profiles per type of day."""
    main, other = traits.main_season, traits.other_season
    week_of_days = (main.period > 0) & (other.period == 7 * main.period)
    rows = np.flatnonzero(week_of_days & (rng.random(week_of_days.size) < _DAY_TYPE_SHARE))
    if rows.size:
        values[rows] = day_type_seasonality(rng, main.of(rows), other.of(rows), values.shape[1])


def _noise_share(rng: np.random.Generator, size: int) -> Float32Array:
    """Noise relative to the signal: mostly moderate, sometimes absent or dominating."""
    usual = log_uniform(rng, 0.06, 0.8, (size, 1))
    style = rng.random((size, 1))
    extreme = np.where(
        style < 0.14, log_uniform(rng, 0.001, 0.06, (size, 1)), log_uniform(rng, 0.8, 4, (size, 1))
    )
    return np.where((style < 0.14) | (style > 0.92), extreme, usual).astype(np.float32)


def _uneven_noise(
    rng: np.random.Generator, slow: Float32Array, season: Float32Array
) -> Float32Array:
    """Noise whose size depends on the trend or on the season for one series in four."""
    values = noise(rng, *slow.shape)
    uneven = np.flatnonzero(rng.random(slow.shape[0]) < 0.25)
    driver = np.where(rng.random((uneven.size, 1)) < 0.5, slow[uneven], season[uneven])
    strength = rng.uniform(0.2, 0.7, (uneven.size, 1)).astype(np.float32)
    values[uneven] *= np.exp(strength * np.clip(driver, -2, 2))
    return values


_SUB_DAILY, _DAILY, _BUSINESS_DAILY, _LOW = range(4)
_GROUPS = {
    **{kind.name: _SUB_DAILY for kind in FREQUENCIES if kind.steps_per_day},
    "daily": _DAILY,
    "weekly": _DAILY,
    "business-daily": _BUSINESS_DAILY,
}

# Signal, its weight by group (below a day; daily and weekly; business days; a month and longer),
# and whether it comes with a meaningful positive level.
_SIGNALS: tuple[tuple[_Signal, tuple[float, float, float, float], bool], ...] = (
    (_additive_structure, (0.34, 0.26, 0.18, 0.18), False),
    (_multiplicative_structure, (0.30, 0.25, 0.12, 0.21), True),
    (_growing_economy, (0.0, 0.08, 0.05, 0.25), True),
    (_exponential_smoothing_signal, (0.18, 0.19, 0.12, 0.17), True),
    (_seasonal_arima_signal, (0.11, 0.12, 0.12, 0.12), False),
    (_gaussian_process_signal, (0.07, 0.07, 0.06, 0.06), False),
    (_market_price, (0.0, 0.03, 0.35, 0.01), True),
)
