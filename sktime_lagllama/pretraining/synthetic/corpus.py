"""Endless synthetic series to pretrain a forecaster on.

``generate`` draws series of two sorts. Those of days and longer look like business series: mostly
positive levels a few times larger than their variation, stable seasons that follow the calendar,
trends that persist and then fade, moderate noise, and often a short history. Those of steps below
a day are about one third of that sort, whose trends are steep for a week, and two thirds what
``synthetic.fast`` draws; of seconds and of short series it draws fewer.

``python -m sktime_lagllama.pretraining.synthetic --plot page.png`` draws a page of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sktime_lagllama._typing import BoolArray, Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic.disturbances import (
    break_and_spike,
    change_unit,
    hide_points,
    make_flat,
    make_whole_numbers,
    place_level,
)
from sktime_lagllama.pretraining.synthetic.fast.sensors import read_by_sensors
from sktime_lagllama.pretraining.synthetic.mixtures import DrawSignals, mix_signals
from sktime_lagllama.pretraining.synthetic.signals import Level, draw_signals
from sktime_lagllama.pretraining.synthetic.traits import (
    MIN_OBSERVED,
    Traits,
    draw_calendar,
    draw_traits,
)

_LENGTHS = (150, 700)


@dataclass(frozen=True)
class SyntheticSeries:
    """A batch of synthetic series that all end at the last column.

    Attributes
    ----------
    values : float32 array of shape (num_series, length)
        In data units, NaN where missing and before the start of a short series. Every series has
        at least 8 observed points.
    calendar : float32 array of shape (num_series, length, 6)
        Calendar features in [-0.5, 0.5], see ``data.calendar.calendar_features``; never missing.
    counts : int64 array of shape (num_series,)
        Points from the first observed one to the last column.
    sub_daily : bool array of shape (num_series,)
        Whether a step is shorter than a day.
    """

    values: Float32Array
    calendar: Float32Array
    counts: IntArray
    sub_daily: BoolArray


def generate(
    rng: np.random.Generator,
    num_series: int,
    length: int,
    shares: Mapping[str, float] | None = None,
) -> SyntheticSeries:
    """Draw synthetic series.

    Parameters
    ----------
    rng : np.random.Generator
        Source of all randomness: the same state gives the same series.
    num_series : int
        How many series to draw. Batches of 500 and more are the fastest: the loops over time then
        cost little per series.
    length : int
        Points per series, at least 8. Shorter histories have NaN in front.
    shares : mapping of str to float, optional
        Relative shares of frequencies, in place of the table's. See ``frequency_shares``.

    Returns
    -------
    SyntheticSeries

    Raises
    ------
    ValueError
        If the length is below 8, or if a share is refused.

    Examples
    --------
    >>> import numpy as np
    >>> series = generate(np.random.default_rng(0), num_series=4, length=100)
    >>> series.values.shape, series.calendar.shape
    ((4, 100), (4, 100, 6))
    """
    if length < MIN_OBSERVED:
        raise ValueError(f"length must be at least {MIN_OBSERVED}, but found {length}")
    return generate_from_traits(rng, draw_traits(rng, num_series, length, shares), length)


def generate_from_traits(
    rng: np.random.Generator, traits: Traits, length: int, draw: DrawSignals = draw_signals
) -> SyntheticSeries:
    """Draw values for given traits and align them with their calendar.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
        With no more points than the length.
    length : int
    draw : callable, default=draw_signals
        Draws the signals.

    Returns
    -------
    SyntheticSeries
        Of the series in the order of the traits.
    """
    counts = traits.counts
    calendar = draw_calendar(rng, traits, length)
    values = np.full((counts.size, length), np.nan, dtype=np.float32)
    for rows, drawn_length in _by_length(counts, length):
        drawn = _draw_values(rng, traits.select(rows), drawn_length, draw)
        values[rows, length - drawn_length :] = _align_right(drawn, counts[rows])
    observed_counts = length - np.isfinite(values).argmax(axis=1).astype(np.int64)
    return SyntheticSeries(values, calendar, observed_counts, traits.sub_daily)


def _by_length(counts: IntArray, length: int) -> Iterator[tuple[IntArray, int]]:
    """Part series by their number of points, so that little is drawn that is not kept.

    Yields numbers of series with the length that holds them all.
    """
    shorter = 0
    for longer in (*(limit for limit in _LENGTHS if limit < length), length):
        rows = np.flatnonzero((counts > shorter) & (counts <= longer))
        if rows.size:
            yield rows, longer
        shorter = longer


def _draw_values(
    rng: np.random.Generator, traits: Traits, length: int, draw: DrawSignals
) -> Float32Array:
    """Draw values in series time, in data units, of shape (num_series, length)."""
    counts = traits.counts
    signals = mix_signals(rng, traits, length, draw)
    scaled = break_and_spike(rng, signals.scaled, counts)
    values = place_level(
        rng,
        scaled,
        counts,
        signals.mean,
        signals.deviation,
        signals.levels == Level.POSITIVE,
    )
    values = make_whole_numbers(rng, values, counts)
    # Nothing lifts the night's zeros, makes counts fractions or breaks the weather.
    own_level = np.flatnonzero(signals.levels == Level.OWN)
    values[own_level] = signals.unscaled[own_level]
    measured = np.flatnonzero(traits.sub_daily & (values != np.rint(values)).any(axis=1))
    values[measured] = read_by_sensors(rng, values[measured], counts[measured])
    values = make_flat(rng, values)
    values = change_unit(rng, values)
    values = np.where(np.isfinite(values), values, np.float32(0))
    return hide_points(rng, values, counts)


def _align_right(values: Float32Array, counts: IntArray) -> Float32Array:
    """Move the kept points of each series to the end, with NaN in front.

    Values and result have shape (num_series, length), the counts (num_series,).
    """
    length = values.shape[1]
    source = np.arange(length) - (length - counts[:, None])
    aligned = np.take_along_axis(values, np.maximum(source, 0), axis=1)
    aligned[source < 0] = np.nan
    return aligned
