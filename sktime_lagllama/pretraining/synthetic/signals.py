"""Signals of synthetic series: what they would look like if nothing disturbed them.

For series time see the docstring of this package.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sktime_lagllama._typing import BoolArray, Float32Array
from sktime_lagllama.pretraining.synthetic.exponential_smoothing import exponential_smoothing
from sktime_lagllama.pretraining.synthetic.frequencies import FREQUENCIES
from sktime_lagllama.pretraining.synthetic.gaussian_process import gaussian_process
from sktime_lagllama.pretraining.synthetic.noise import log_uniform, noise
from sktime_lagllama.pretraining.synthetic.random_walks import compound_growth, volatile_walk
from sktime_lagllama.pretraining.synthetic.scaling import standardise
from sktime_lagllama.pretraining.synthetic.seasonal_arima import seasonal_arima
from sktime_lagllama.pretraining.synthetic.seasons import (
    MAX_STATE_PERIOD,
    day_type_seasonality,
    evolving_amplitude,
    seasonality,
)
from sktime_lagllama.pretraining.synthetic.traits import Traits
from sktime_lagllama.pretraining.synthetic.trends import trend

_DAY_TYPE_SHARE = 0.8


def draw_signals(
    rng: np.random.Generator, traits: Traits, length: int
) -> tuple[Float32Array, BoolArray]:
    """Draw one kind of signal per series.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
    length : int

    Returns
    -------
    values : float32 array of shape (num_series, length)
        In series time and any units.
    has_level : bool array of shape (num_series,)
        Whether the signal has a meaningful positive level of its own.
    """
    num_series = traits.counts.size
    groups = np.array([_GROUPS.get(kind.name, _MONTHLY_OR_LONGER) for kind in FREQUENCIES])
    groups = groups[traits.frequency]
    cumulative_shares = np.array([kind.shares for kind in _KINDS]).cumsum(axis=0)
    position = rng.random(num_series) * cumulative_shares[-1, groups]
    kinds = (position >= cumulative_shares[:, groups]).sum(axis=0)
    values = np.empty((num_series, length), dtype=np.float32)
    has_level = np.zeros(num_series, dtype=bool)
    for index, kind in enumerate(_KINDS):
        rows = np.flatnonzero(kinds == index)
        if rows.size:
            values[rows] = kind.draw(rng, traits.select(rows), length)
            has_level[rows] = kind.has_level
    return values, has_level


def additive_structure(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw trend + seasons + noise with random weights.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time, around 0.
    """
    counts = traits.counts
    shape = (counts.size, 1)
    slow = trend(rng, counts, traits.rising, length)
    slow *= np.exp(rng.normal(0, 0.8, shape)).astype(np.float32) * _sub_daily_factor(traits, 0.5)
    season = _superposed_seasons(rng, traits, length)
    season *= np.exp(rng.normal(0.2, 0.8, shape)).astype(np.float32)
    signal = slow + season
    _, _, deviation = standardise(signal, counts)
    noise_scale = deviation * _noise_ratio(rng, counts.size) * _sub_daily_factor(traits, 0.5)
    return signal + noise_scale * _uneven_noise(rng, slow, season)


def multiplicative_structure(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw exp(trend) * (1 + seasons) * (1 + noise).

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time, positive, around a level of 1.
    """
    counts = traits.counts
    shape = (counts.size, 1)
    slow = trend(rng, counts, traits.rising, length)
    slow *= log_uniform(rng, 0.02, 0.8, shape) * _sub_daily_factor(traits, 0.5)
    season = _superposed_seasons(rng, traits, length)
    season *= log_uniform(rng, 0.03, 0.7, shape) / _sub_daily_factor(traits, 0.6)
    spread = np.maximum(slow.std(axis=1, keepdims=True), season.std(axis=1, keepdims=True))
    noise_ratio = _noise_ratio(rng, counts.size) * _sub_daily_factor(traits, 0.5)
    # Whatever the season, most business series are noisy by a few percent of their level.
    noise_scale = np.where(
        rng.random(shape) < 0.5,
        np.minimum(log_uniform(rng, 0.01, 0.1, shape), np.maximum(spread, 0.02)),
        np.maximum(spread, 0.03) * noise_ratio,
    )
    signal = np.exp(np.clip(slow, -4, 4)) * np.maximum(1 + season, 0.03)
    return signal * np.maximum(1 + noise_scale * noise(rng, counts.size, length), 0.03)


def growing_economy(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw compound growth with a season and noise in proportion to the level.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time, positive, around a level of 1.
    """
    shape = (traits.counts.size, 1)
    log_level = compound_growth(rng, traits.counts, traits.steps_per_year, traits.rising, length)
    season = _superposed_seasons(rng, traits, length) * log_uniform(rng, 0.01, 0.5, shape)
    disturbance = log_uniform(rng, 0.001, 0.08, shape) * noise(rng, shape[0], length)
    return np.exp(log_level) * np.maximum(1 + season, 0.03) * np.maximum(1 + disturbance, 0.03)


def market_price(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw prices that walk randomly with clustered volatility, seldom with a slight season.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time, positive, starting near 1.
    """
    shape = (traits.counts.size, 1)
    season_scale = log_uniform(rng, 0.002, 0.05, shape) * (rng.random(shape) < 0.3)
    season = _superposed_seasons(rng, traits, length) * season_scale
    return np.exp(volatile_walk(rng, shape[0], length) + season)


def exponential_smoothing_signal(
    rng: np.random.Generator, traits: Traits, length: int
) -> Float32Array:
    """Draw exponential smoothing with the main season, times one plus a pattern of the others.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time, around a level of 1.
    """
    signal = exponential_smoothing(rng, traits.main_season, traits.counts, traits.rising, length)
    amplitude = log_uniform(rng, 0.03, 0.35, (traits.counts.size, 1))
    return signal * np.maximum(1 + amplitude * _seasons_without_state(rng, traits, length), 0.05)


def seasonal_arima_signal(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw seasonal ARIMA processes plus a pattern of the seasons that they do not simulate.

    Some series are a sum of two processes with different seasons.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time, around 0.
    """
    num_series = traits.counts.size
    other_period = traits.other_season.period
    has_other = (other_period > 0) & (other_period < MAX_STATE_PERIOD)
    doubled_rows = np.flatnonzero(rng.random(num_series) < np.where(has_other, 0.4, 0.15))
    seasons = traits.main_season.concatenate(traits.other_season.select(doubled_rows))
    counts = np.concatenate([traits.counts, traits.counts[doubled_rows]])
    rising = np.concatenate([traits.rising, traits.rising[doubled_rows]])
    signals, _, _ = standardise(seasonal_arima(rng, seasons, rising, length), counts)
    values = signals[:num_series]
    weight = rng.uniform(0.2, 1.0, (doubled_rows.size, 1))
    weight = weight * _sub_daily_factor(traits.select(doubled_rows), 0.5)
    values[doubled_rows] += weight.astype(np.float32) * signals[num_series:]
    values = values + _season_weight(rng, traits) * _seasons_without_state(rng, traits, length)
    return _oriented(values, traits)


def gaussian_process_signal(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw a Gaussian process with the main season, plus a pattern of the others.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time, around 0.
    """
    values = gaussian_process(rng, traits.main_season, traits.counts, length)
    values += _season_weight(rng, traits) * _seasons_without_state(rng, traits, length)
    return _oriented(values, traits)


def _sub_daily_factor(traits: Traits, factor: float) -> Float32Array:
    """Return a factor for series of steps below a day, whose season dominates, else 1.

    The result has shape (num_series, 1).
    """
    return np.where(traits.sub_daily, factor, 1.0).astype(np.float32)[:, None]


def _oriented(values: Float32Array, traits: Traits) -> Float32Array:
    """Change the sign of signals that go the wrong way.

    A signal rises if the mean of the last third of its kept points is above that of the first
    third. Values and result have shape (num_series, length).
    """
    sums = np.cumsum(values, axis=1, dtype=np.float64)
    rows = np.arange(values.shape[0])
    width = np.maximum(traits.counts // 3, 1)
    end = traits.counts - 1
    first_third = sums[rows, width - 1]
    last_third = sums[rows, end] - sums[rows, end - width]
    signs = np.where((last_third > first_third) == traits.rising, 1, -1).astype(np.float32)
    return values * signs[:, None]


def _superposed_seasons(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Add up both seasons, with amplitudes that may drift, to about unit deviation.

    The result has shape (num_series, length).
    """
    main, other = traits.main_season, traits.other_season
    weight = rng.uniform(0.2, 1.2, (main.period.size, 1)) * (other.period[:, None] > 0)
    weight = (weight * _sub_daily_factor(traits, 0.6)).astype(np.float32)
    values: Float32Array = seasonality(rng, main, length)
    values += weight * seasonality(rng, other, length)
    values /= np.sqrt(1 + weight**2).astype(np.float32)
    _replace_by_day_types(rng, values, traits)
    values *= evolving_amplitude(rng, traits.counts, length)
    return values


def _seasons_without_state(rng: np.random.Generator, traits: Traits, length: int) -> Float32Array:
    """Draw the seasons that processes do not simulate: the other one, and long main ones.

    The result has shape (num_series, length).
    """
    main, other = traits.main_season, traits.other_season
    long_rows = np.flatnonzero(main.period >= MAX_STATE_PERIOD)
    values = seasonality(rng, other, length)
    values[long_rows] += seasonality(rng, main.select(long_rows), length)
    _replace_by_day_types(rng, values, traits)
    values *= evolving_amplitude(rng, traits.counts, length)
    return values


def _season_weight(rng: np.random.Generator, traits: Traits) -> Float32Array:
    """Draw weights, of shape (num_series, 1), of seasons next to a signal of unit deviation."""
    return log_uniform(rng, 0.2, 1.5, (traits.counts.size, 1))


def _replace_by_day_types(rng: np.random.Generator, values: Float32Array, traits: Traits) -> None:
    """Replace the seasons of most series with days in a week by profiles per type of day.

    The values, of shape (num_series, length), are changed in place.
    """
    main, other = traits.main_season, traits.other_season
    week_of_days = (main.period > 0) & (other.period == 7 * main.period)
    rows = np.flatnonzero(week_of_days & (rng.random(week_of_days.size) < _DAY_TYPE_SHARE))
    if rows.size:
        daily, weekly = main.select(rows), other.select(rows)
        values[rows] = day_type_seasonality(rng, daily, weekly, values.shape[1])


def _noise_ratio(rng: np.random.Generator, num_series: int) -> Float32Array:
    """Draw noise-to-signal ratios, of shape (num_series, 1).

    They are mostly moderate, sometimes close to 0 or above 1.
    """
    shape = (num_series, 1)
    moderate = log_uniform(rng, 0.06, 0.8, shape)
    style = rng.random(shape)
    low, high = log_uniform(rng, 0.001, 0.06, shape), log_uniform(rng, 0.8, 4, shape)
    extreme = np.where(style < 0.14, low, high)
    return np.where((style < 0.14) | (style > 0.92), extreme, moderate).astype(np.float32)


def _uneven_noise(
    rng: np.random.Generator, slow: Float32Array, season: Float32Array
) -> Float32Array:
    """Draw noise whose size depends on the trend or on the season for one series in four.

    Trend, season and result have shape (num_series, length).
    """
    values = noise(rng, *slow.shape)
    rows = np.flatnonzero(rng.random(slow.shape[0]) < 0.25)
    driver = np.where(rng.random((rows.size, 1)) < 0.5, slow[rows], season[rows])
    strength = rng.uniform(0.2, 0.7, (rows.size, 1)).astype(np.float32)
    values[rows] *= np.exp(strength * np.clip(driver, -2, 2))
    return values


_BELOW_A_DAY, _DAILY_OR_WEEKLY, _BUSINESS_DAILY, _MONTHLY_OR_LONGER = range(4)
_GROUPS = {
    **{kind.name: _BELOW_A_DAY for kind in FREQUENCIES if kind.steps_per_day},
    "daily": _DAILY_OR_WEEKLY,
    "weekly": _DAILY_OR_WEEKLY,
    "business-daily": _BUSINESS_DAILY,
}


class _Kind(NamedTuple):
    """A kind of signal.

    Attributes
    ----------
    draw : callable
        Draws signals of this kind for some traits.
    shares : tuple of four float
        Relative number of series with such a signal, for each group of frequencies.
    has_level : bool
        Whether it has a meaningful positive level.
    """

    draw: Callable[[np.random.Generator, Traits, int], Float32Array]
    shares: tuple[float, float, float, float]
    has_level: bool


_KINDS: tuple[_Kind, ...] = (
    _Kind(additive_structure, (0.34, 0.26, 0.18, 0.18), has_level=False),
    _Kind(multiplicative_structure, (0.30, 0.25, 0.12, 0.21), has_level=True),
    _Kind(growing_economy, (0.0, 0.08, 0.05, 0.25), has_level=True),
    _Kind(exponential_smoothing_signal, (0.18, 0.19, 0.12, 0.17), has_level=True),
    _Kind(seasonal_arima_signal, (0.11, 0.12, 0.12, 0.12), has_level=False),
    _Kind(gaussian_process_signal, (0.07, 0.07, 0.06, 0.06), has_level=False),
    _Kind(market_price, (0.0, 0.03, 0.35, 0.01), has_level=True),
)
