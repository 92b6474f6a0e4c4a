"""Columns of X -> the features that a series is regressed on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sktime_lagllama._typing import Float64Array, IntArray

NUM_HARMONICS = 2
"""Sine and cosine waves per season that let an effect change with the season."""

MAX_COLUMNS_EXPANDED = 20
"""With more columns, an effect is linear: the work grows with the square of the features."""


class Standards(NamedTuple):
    """Location and scale of the columns of each series, from its past.

    Attributes
    ----------
    loc, scale : float64 arrays of shape (series, columns)
        The scale of a constant column is 1.
    """

    loc: Float64Array
    scale: Float64Array

    def of(self, series: Any) -> Standards:
        """Return those of some series, indexed as numpy indexes."""
        return Standards(self.loc[series], self.scale[series])


def standards_of(x: Float64Array) -> Standards:
    """Return the mean and the standard deviation of columns, shape (series, times, columns)."""
    observed = ~np.isnan(x)
    count = np.maximum(observed.sum(axis=1), 1)
    loc = np.where(observed, x, 0.0).sum(axis=1) / count
    centered = np.where(observed, x - loc[:, None], 0.0)
    scale = np.sqrt(np.square(centered).sum(axis=1) / count)
    # What rounding leaves of a constant is no scale.
    return Standards(loc, np.where(scale > 1e-12 * np.abs(loc), scale, 1.0))


def feature_sets(num_columns: int, season: int) -> list[int]:
    """Return how many of the features each of the nested sets has, the smallest set first.

    Parameters
    ----------
    num_columns : int
    season : int
        Steps in a season.

    Returns
    -------
    list of int
        The columns; these and their squares; all of these, and each times the waves of the season.
    """
    if num_columns > MAX_COLUMNS_EXPANDED:
        return [num_columns]
    sizes = [num_columns, 2 * num_columns]
    num_waves = 2 * len(_frequencies(season))
    return sizes if num_waves == 0 else [*sizes, 2 * num_columns * (1 + num_waves)]


def features(
    x: Float64Array, standards: Standards, positions: IntArray, season: int
) -> Float64Array:
    """Compute the features of the largest set; those of smaller ones come first.

    Parameters
    ----------
    x : float64 array of shape (series, times, columns)
    standards : Standards of shape (series, columns)
    positions : int64 array of shape (series, times)
        Of the times on the grid.
    season : int
        Steps in a season.

    Returns
    -------
    float64 array of shape (series, times, features)
        NaN where a column is missing.
    """
    z = (x - standards.loc[:, None]) / standards.scale[:, None]
    if x.shape[-1] > MAX_COLUMNS_EXPANDED:
        return z
    parts = [z, z**2]
    angles = 2 * np.pi * (positions % season) / season
    waves = [
        wave(frequency * angles) for frequency in _frequencies(season) for wave in (np.sin, np.cos)
    ]
    parts += [part * wave[:, :, None] for wave in waves for part in (z, z**2)]
    return np.concatenate(parts, axis=-1)


def _frequencies(season: int) -> range:
    """Return the waves per season that have a sine and a cosine, at most ``NUM_HARMONICS``."""
    return range(1, min(NUM_HARMONICS, (season - 1) // 2) + 1)
