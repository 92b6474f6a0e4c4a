"""Simulated series with anomalies whose places are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sktime_lagllama._typing import BoolArray, Float64Array


@dataclass(frozen=True)
class Frequency:
    """Series of one step between times.

    Parameters
    ----------
    name : str
    period : str
        As pandas names it.
    seasons : tuple of int
        Steps in each season, the shortest first.
    length : int
        Times of a series; the first half is without anomalies.
    """

    name: str
    period: str
    seasons: tuple[int, ...]
    length: int

    @property
    def season(self) -> int:
        """Steps in the season that breaks."""
        return self.seasons[0]


FREQUENCIES = (
    Frequency("half-hourly", "30min", (48, 336), 2016),
    Frequency("hourly", "h", (24, 168), 1344),
    Frequency("daily", "D", (7,), 730),
    Frequency("weekly", "W", (52,), 416),
    Frequency("monthly", "M", (12,), 240),
)


@dataclass(frozen=True)
class LabelledSeries:
    """A series whose anomalies are known.

    Parameters
    ----------
    name : str
    values : pd.Series
    is_anomaly : bool array of shape (times,)
    num_training : int
        Times at the start that are for training.
    season : int
        Steps in a season, for the methods that have to be told.
    """

    name: str
    values: pd.Series
    is_anomaly: BoolArray
    num_training: int
    season: int

    @property
    def training(self) -> pd.Series:
        """The part for training."""
        return self.values.iloc[: self.num_training]

    @property
    def labels(self) -> BoolArray:
        """Which of the times after the training part are anomalies."""
        return self.is_anomaly[self.num_training :]


@dataclass(frozen=True)
class Clean:
    """A series without anomalies, in parts.

    Parameters
    ----------
    level, season, noise : float64 arrays of shape (times,)
        The series is their sum.
    innovation : float
        Standard deviation of the part of the noise that no forecast can know.
    """

    level: Float64Array
    season: Float64Array
    noise: Float64Array
    innovation: float

    @property
    def values(self) -> Float64Array:
        """The series, shape (times,)."""
        return self.level + self.season + self.noise


def clean_series(random: np.random.Generator, frequency: Frequency) -> Clean:
    """Simulate a series with a slow level, smooth seasons and autoregressive noise.

    Parameters
    ----------
    random : numpy.random.Generator
    frequency : Frequency

    Returns
    -------
    Clean
    """
    times = np.arange(frequency.length)
    season = np.zeros(frequency.length)
    for steps in frequency.seasons:
        for harmonic in range(1, 4):
            size, phase = random.normal() / harmonic, random.uniform(0, 2 * np.pi)
            season += size * np.sin(2 * np.pi * harmonic * times / steps + phase)
    innovation = random.uniform(0.1, 0.5)
    autocorrelation = random.choice([0.0, random.uniform(0.3, 0.9)])
    noise = np.zeros(frequency.length)
    for time, shock in enumerate(innovation * random.standard_normal(frequency.length)):
        noise[time] = autocorrelation * noise[time - 1] + shock
    slope = random.normal() / frequency.length
    walk = 0.02 * random.uniform() * random.standard_normal(frequency.length).cumsum()
    level = random.uniform(3, 20) + slope * times + walk
    return Clean(level, season, noise, innovation)


Insert = Callable[[np.random.Generator, Clean, Frequency], tuple[Float64Array, BoolArray]]
"""Returns the values of a series with anomalies, and which times these are."""


def _places(random: np.random.Generator, frequency: Frequency, number: int, room: int) -> list[int]:
    """Draw times of the second half, each in a part of its own, ``room`` steps before its end."""
    half = frequency.length // 2
    part = half // number
    return [
        half + part * position + int(random.integers(0, max(part - room, 1)))
        for position in range(number)
    ]


def _outliers(sign: int) -> Insert:
    """Return what adds single outliers of 4 to 8 standard deviations of the innovations."""

    def insert(
        random: np.random.Generator, clean: Clean, frequency: Frequency
    ) -> tuple[Float64Array, BoolArray]:
        values, is_anomaly = clean.values, np.zeros(frequency.length, dtype=bool)
        for place in _places(random, frequency, 5, room=1):
            values[place] += sign * random.uniform(4, 8) * clean.innovation
            is_anomaly[place] = True
        return values, is_anomaly

    return insert


def level_shifts(
    random: np.random.Generator, clean: Clean, frequency: Frequency
) -> tuple[Float64Array, BoolArray]:
    """Shift the level for good, twice; the first time after a shift is the anomaly."""
    values, is_anomaly = clean.values, np.zeros(frequency.length, dtype=bool)
    for place in _places(random, frequency, 2, room=1):
        values[place:] += random.choice([-1, 1]) * random.uniform(4, 8) * clean.innovation
        is_anomaly[place] = True
    return values, is_anomaly


def seasonal_breaks(
    random: np.random.Generator, clean: Clean, frequency: Frequency
) -> tuple[Float64Array, BoolArray]:
    """Turn the season upside down for the length of one, twice; these times are the anomaly."""
    is_anomaly = np.zeros(frequency.length, dtype=bool)
    for place in _places(random, frequency, 2, room=frequency.season):
        is_anomaly[place : place + frequency.season] = True
    season = np.where(is_anomaly, -clean.season, clean.season)
    return clean.level + season + clean.noise, is_anomaly


KINDS: dict[str, Insert] = {
    "spikes": _outliers(1),
    "dips": _outliers(-1),
    "level shifts": level_shifts,
    "seasonal breaks": seasonal_breaks,
}


def simulate(kind: str, frequency: Frequency, num_series: int, seed: int) -> list[LabelledSeries]:
    """Simulate series with anomalies of one kind in their second halves.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    frequency : Frequency
    num_series : int
    seed : int

    Returns
    -------
    list of LabelledSeries
    """
    random = np.random.default_rng((seed, list(KINDS).index(kind), FREQUENCIES.index(frequency)))
    index = pd.period_range("2015-01-05", periods=frequency.length, freq=frequency.period)
    found = []
    for number in range(num_series):
        values, is_anomaly = KINDS[kind](random, clean_series(random, frequency), frequency)
        name = f"{kind}, {frequency.name}, {number}"
        series = pd.Series(values, index=index, name="value")
        half = frequency.length // 2
        found.append(LabelledSeries(name, series, is_anomaly, half, frequency.season))
    return found
