"""Resolutions at which a series can be looked at: its own step, hours and days."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from sktime_lagllama._typing import Float32Array
from sktime_lagllama.data.time_grid import TimeGrid


class Resolution(NamedTuple):
    """A step that is a multiple of a series' own.

    Every so many values of the series make up a subseries: the values at ten past every hour, or
    at ten past six of every day. At a resolution of some steps there are as many subseries.

    Attributes
    ----------
    stride : int
        Own steps in a step of this resolution.
    num_constant_features : int
        Calendar features, the first ones, that all times of a subseries share.
    """

    stride: int
    num_constant_features: int

    def calendar(self, features: Float32Array) -> Float32Array:
        """Return calendar features as a series of this step has them.

        An hour has the features of its first second, and a day of its first hour.

        Parameters
        ----------
        features : float32 array of shape (..., 6)
            Of times at the series' own step, as ``calendar_features`` returns them.

        Returns
        -------
        float32 array of shape (..., 6)
        """
        if self.num_constant_features:
            features = features.copy()
            features[..., : self.num_constant_features] = _FIRST_OF_DAY
        return features


OWN = Resolution(1, 0)
"""The series itself."""

_COARSER = ((pd.Timedelta(hours=1), 2), (pd.Timedelta(days=1), 3))
"""Coarser steps, and how many calendar features are below them."""

_FIRST_OF_DAY = -0.5
"""A calendar feature at 0 seconds, 0 minutes and 0 hours."""


def resolutions_of(grid: TimeGrid) -> list[Resolution]:
    """Return the resolutions at which series of a grid can be looked at.

    Parameters
    ----------
    grid : TimeGrid

    Returns
    -------
    list of Resolution
        The own step first, then hours and days, if they are multiples of it.
    """
    step = grid.duration
    if step is None:
        return [OWN]
    return [OWN] + [
        Resolution(coarse // step, num_constant_features)
        for coarse, num_constant_features in _COARSER
        if step < coarse and coarse % step == pd.Timedelta(0)
    ]
