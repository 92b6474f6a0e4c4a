"""How wide forecasts are, by step: corrections that were measured after training."""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import BoolArray, Float64Array
from sktime_lagllama.data.time_grid import TimeGrid
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.sampling.sampled_paths import SampledPaths

SPREAD_OF_COMBINED = 0.9
"""Factor on the spread of combined forecasts, whose 80 % intervals would be those of 83 %."""


def calibrate(
    paths: SampledPaths,
    is_combined: BoolArray,
    config: LagLlamaConfig,
    grid: TimeGrid,
    nonnegative: bool,
) -> SampledPaths:
    """Give forecasts the spread that is right for their step, and clip their values at zero.

    Parameters
    ----------
    paths : SampledPaths of shape (rows, num_samples, steps)
        Unclipped.
    is_combined : bool array of shape (rows, steps)
        Whether a coarser resolution than the own step has a part in the forecast, or makes it.
    config : LagLlamaConfig
        Of the network.
    grid : TimeGrid
        Of the series.
    nonnegative : bool
        Whether values below zero become zero.

    Returns
    -------
    SampledPaths of the same shape
    """
    of_step = config.spread_of_weeks if grid.is_of_weeks else 1.0
    factor = of_step * np.where(is_combined, SPREAD_OF_COMBINED, 1.0)
    if (factor != 1.0).any():
        paths = _spread_by(paths, factor)
    if nonnegative:
        # Only now, or there would be fewer zeros among the values than the distributions say.
        return paths._replace(values=np.maximum(paths.values, 0.0))
    return paths


def _spread_by(paths: SampledPaths, factor: Float64Array) -> SampledPaths:
    """Spread forecasts by a factor around the median of their locations, or draw them together.

    Variances change by the square of the factor.

    Parameters
    ----------
    paths : SampledPaths of shape (rows, num_samples, steps)
    factor : float64 array of shape (rows, steps)

    Returns
    -------
    SampledPaths of the same shape
    """
    of_paths = factor[:, None]  # (rows, 1, steps)
    centre = np.median(paths.loc, axis=1, keepdims=True)
    return SampledPaths(
        values=centre + of_paths * (paths.values - centre),
        df=paths.df,
        loc=centre + of_paths * (paths.loc - centre),
        scale=of_paths * paths.scale,
    )
