"""What forecasts are read off sample paths: quantiles, point forecasts, variances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from sktime_lagllama._typing import Float64Array


def quantiles(paths: Float64Array, levels: Sequence[float]) -> Float64Array:
    """Return the empirical quantiles of sample paths at each step, interpolated linearly.

    Parameters
    ----------
    paths : float64 array of shape (series, samples, steps)
    levels : sequence of float of shape (levels,)
        Between 0 and 1.

    Returns
    -------
    float64 array of shape (series, steps, levels), in data units
    """
    return np.moveaxis(np.quantile(paths, levels, axis=1), 0, -1)


def point_forecast(paths: Float64Array, kind: Literal["median", "mean"]) -> Float64Array:
    """Return the median or the mean of sample paths at each step.

    Parameters
    ----------
    paths : float64 array of shape (series, samples, steps)
    kind : {"median", "mean"}

    Returns
    -------
    float64 array of shape (series, steps), in data units
    """
    if kind == "median":
        return np.quantile(paths, 0.5, axis=1)
    return paths.mean(axis=1)


def variance(paths: Float64Array) -> Float64Array:
    """Return the variance of sample paths at each step.

    Parameters
    ----------
    paths : float64 array of shape (series, samples, steps)

    Returns
    -------
    float64 array of shape (series, steps), in squared data units
    """
    return paths.var(axis=1)


def covariance(paths: Float64Array) -> Float64Array:
    """Return the covariance of sample paths between steps.

    Parameters
    ----------
    paths : float64 array of shape (series, samples, steps)

    Returns
    -------
    float64 array of shape (series, steps, steps), in squared data units
    """
    deviations = paths - paths.mean(axis=1, keepdims=True)
    return np.einsum("snt,snu->stu", deviations, deviations) / paths.shape[1]
