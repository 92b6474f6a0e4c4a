"""Signals of synthetic series: what they would look like if nothing disturbed them.

For series time see the docstring of this package.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from sktime_lagllama._typing import Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic.exponential_smoothing import exponential_smoothing
from sktime_lagllama.pretraining.synthetic.fast.appliances import appliance_signal
from sktime_lagllama.pretraining.synthetic.fast.counts import count_signal
from sktime_lagllama.pretraining.synthetic.fast.daily_profiles import daily_profile_signal
from sktime_lagllama.pretraining.synthetic.fast.load import load_signal
from sktime_lagllama.pretraining.synthetic.fast.prices import electricity_price_signal
from sktime_lagllama.pretraining.synthetic.fast.solar import solar_signal
from sktime_lagllama.pretraining.synthetic.fast.weather import (
    humidity_signal,
    pressure_signal,
    rain_signal,
    temperature_signal,
)
from sktime_lagllama.pretraining.synthetic.fast.wind import wind_power_signal, wind_speed_signal
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


class Level(IntEnum):
    """What the level of a signal means.

    Attributes
    ----------
    FREE
        Nothing: the signal may lie at any level.
    POSITIVE
        It is the signal's own, as long as it leaves the signal positive.
    OWN
        It belongs to the signal: zero at night, whole numbers, degrees below zero.
    """

    FREE = 0
    POSITIVE = 1
    OWN = 2


def draw_signals(
    rng: np.random.Generator, traits: Traits, length: int
) -> tuple[Float32Array, IntArray]:
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
    levels : int64 array of shape (num_series,)
        The ``Level`` of each.
    """
    num_series = traits.counts.size
    groups = np.array([_GROUPS.get(kind.name, _MONTHLY_OR_LONGER) for kind in FREQUENCIES])
    steps_per_day = np.array([kind.steps_per_day for kind in FREQUENCIES])[traits.frequency]
    days = traits.counts / np.maximum(steps_per_day, 1)
    shares = np.array([kind.shares for kind in SIGNAL_KINDS])[:, groups[traits.frequency]]
    shares *= days >= np.array([kind.min_days for kind in SIGNAL_KINDS])[:, None]
    cumulative_shares = shares.cumsum(axis=0)
    position = rng.random(num_series) * cumulative_shares[-1]
    kinds = (position >= cumulative_shares).sum(axis=0)
    values = np.empty((num_series, length), dtype=np.float32)
    levels = np.full(num_series, Level.FREE, dtype=np.int64)
    for index, kind in enumerate(SIGNAL_KINDS):
        rows = np.flatnonzero(kinds == index)
        if rows.size:
            values[rows] = kind.draw(rng, traits.select(rows), length)
            levels[rows] = kind.level
    return values, levels


def signal_kinds_of(frequency_name: str) -> tuple[SignalKind, ...]:
    """Return the kinds of signals that a frequency has.

    Parameters
    ----------
    frequency_name : str
        One of ``FREQUENCY_NAMES``.

    Returns
    -------
    tuple of SignalKind
    """
    group = _GROUPS.get(frequency_name, _MONTHLY_OR_LONGER)
    return tuple(kind for kind in SIGNAL_KINDS if kind.shares[group] > 0)


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


_SECONDLY, _BELOW_A_DAY, _DAILY_OR_WEEKLY, _BUSINESS_DAILY, _MONTHLY_OR_LONGER = range(5)
_GROUPS = {
    **{kind.name: _BELOW_A_DAY for kind in FREQUENCIES if kind.steps_per_day},
    "secondly": _SECONDLY,
    "daily": _DAILY_OR_WEEKLY,
    "weekly": _DAILY_OR_WEEKLY,
    "business-daily": _BUSINESS_DAILY,
}


class SignalKind(NamedTuple):
    """A kind of signal.

    Attributes
    ----------
    draw : callable
        Draws signals of this kind for some traits.
    shares : tuple of five float
        Relative number of series with such a signal, for each group of frequencies: seconds, other
        steps below a day, days and weeks, business days, and longer.
    level : Level
    min_days : float
        Days that a series must have to show what the signal is about.
    """

    draw: Callable[[np.random.Generator, Traits, int], Float32Array]
    shares: tuple[float, float, float, float, float]
    level: Level
    min_days: float = 0.0

    @property
    def name(self) -> str:
        """Name of the signal, for people."""
        return self.draw.__name__.removesuffix("_signal").replace("_", " ")


SIGNAL_KINDS: tuple[SignalKind, ...] = (
    SignalKind(additive_structure, (0.24, 0.10, 0.26, 0.18, 0.18), Level.FREE),
    SignalKind(multiplicative_structure, (0.21, 0.10, 0.25, 0.12, 0.21), Level.POSITIVE),
    SignalKind(growing_economy, (0.0, 0.0, 0.08, 0.05, 0.25), Level.POSITIVE),
    SignalKind(exponential_smoothing_signal, (0.13, 0.05, 0.19, 0.12, 0.17), Level.POSITIVE),
    SignalKind(seasonal_arima_signal, (0.08, 0.035, 0.12, 0.12, 0.12), Level.FREE),
    SignalKind(gaussian_process_signal, (0.05, 0.035, 0.07, 0.06, 0.06), Level.FREE),
    SignalKind(market_price, (0.0, 0.0, 0.03, 0.35, 0.01), Level.POSITIVE),
    *(
        SignalKind(draw, (in_seconds, share, 0.0, 0.0, 0.0), level, min_days)
        for draw, in_seconds, share, level, min_days in (
            (daily_profile_signal, 0.0, 0.11, Level.POSITIVE, 0.3),
            (load_signal, 0.0, 0.12, Level.POSITIVE, 0.3),
            (count_signal, 0.0, 0.14, Level.OWN, 0.3),
            (temperature_signal, 0.05, 0.08, Level.OWN, 0.0),
            (humidity_signal, 0.03, 0.03, Level.OWN, 0.0),
            (pressure_signal, 0.03, 0.02, Level.OWN, 0.0),
            (rain_signal, 0.0, 0.015, Level.OWN, 3.0),
            (solar_signal, 0.0, 0.055, Level.OWN, 1.0),
            (wind_speed_signal, 0.06, 0.03, Level.OWN, 0.0),
            (wind_power_signal, 0.04, 0.02, Level.OWN, 0.5),
            (electricity_price_signal, 0.0, 0.035, Level.OWN, 0.5),
            (appliance_signal, 0.08, 0.03, Level.OWN, 0.0),
        )
    ),
)
