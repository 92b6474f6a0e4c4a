"""Endless synthetic series to pretrain a forecaster on.

``generate`` draws series that look like business series: mostly positive levels a few times larger
than their variation, stable seasons that follow the calendar, trends that persist and then fade,
moderate noise, and often a short history.

``python -m sktime_lagllama.pretraining.synthetic --plot page.png`` draws a page of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sktime_lagllama._typing import Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic.disturbances import (
    break_and_spike,
    change_unit,
    hide_points,
    make_flat,
    make_whole_numbers,
    place_level,
)
from sktime_lagllama.pretraining.synthetic.mixtures import mix_signals
from sktime_lagllama.pretraining.synthetic.traits import (
    MIN_OBSERVED,
    Traits,
    draw_calendar,
    draw_traits,
)


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
    """

    values: Float32Array
    calendar: Float32Array
    counts: IntArray


def generate(rng: np.random.Generator, num_series: int, length: int) -> SyntheticSeries:
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

    Returns
    -------
    SyntheticSeries

    Raises
    ------
    ValueError
        If the length is below 8.

    Examples
    --------
    >>> import numpy as np
    >>> series = generate(np.random.default_rng(0), num_series=4, length=100)
    >>> series.values.shape, series.calendar.shape
    ((4, 100), (4, 100, 6))
    """
    if length < MIN_OBSERVED:
        raise ValueError(f"length must be at least {MIN_OBSERVED}, got {length}")
    return generate_from_traits(rng, draw_traits(rng, num_series, length), length)


def generate_from_traits(rng: np.random.Generator, traits: Traits, length: int) -> SyntheticSeries:
    """Draw values for given traits and align them with their calendar.

    Parameters
    ----------
    rng : np.random.Generator
    traits : Traits
        With no more points than the length.
    length : int

    Returns
    -------
    SyntheticSeries
        Of the series in the order of the traits.
    """
    counts = traits.counts
    calendar = draw_calendar(rng, traits, length)
    scaled, mean, deviation, has_level = mix_signals(rng, traits, length)
    scaled = break_and_spike(rng, scaled, counts)
    values = place_level(rng, scaled, counts, mean, deviation, has_level)
    values = make_whole_numbers(rng, values, counts)
    values = make_flat(rng, values)
    values = change_unit(rng, values)
    values = np.where(np.isfinite(values), values, np.float32(0))
    values = hide_points(rng, values, counts)
    values = _align_right(values, counts)
    observed_counts = length - np.isfinite(values).argmax(axis=1).astype(np.int64)
    return SyntheticSeries(values, calendar, observed_counts)


def _align_right(values: Float32Array, counts: IntArray) -> Float32Array:
    """Move the kept points of each series to the end, with NaN in front.

    Values and result have shape (num_series, length), the counts (num_series,).
    """
    length = values.shape[1]
    source = np.arange(length) - (length - counts[:, None])
    aligned = np.take_along_axis(values, np.maximum(source, 0), axis=1)
    aligned[source < 0] = np.nan
    return aligned
