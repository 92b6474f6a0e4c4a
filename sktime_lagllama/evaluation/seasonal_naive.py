"""The seasonal naive forecast, and the scale of errors that comes with it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float64Array


def seasonal_differences(history: Float64Array, season: int) -> Float64Array:
    """Return the differences of values that are a season apart.

    Parameters
    ----------
    history : float64 array of shape (times,)
        NaN where missing.
    season : int
        Steps in a season.

    Returns
    -------
    float64 array of shape (times - season,)
        Empty if the history is no longer than a season.
    """
    return history[season:] - history[:-season]


def seasonal_naive_quantiles(
    history: Float64Array, season: int, horizon: int, levels: Sequence[float]
) -> Float64Array:
    """Forecast by the last season, with normal errors that grow from season to season.

    The variance of the error k seasons ahead is k times the mean squared seasonal difference
    (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, section 5.5).

    Parameters
    ----------
    history : float64 array of shape (times,)
        Longer than a season. NaN where missing: the last observed value of the same phase stands
        in, or, without one, the last observed value before.
    season : int
        Steps in a season.
    horizon : int
        Steps to forecast.
    levels : sequence of float of shape (levels,)
        Between 0 and 1.

    Returns
    -------
    float64 array of shape (horizon, levels), in data units
    """
    steps = np.arange(horizon)
    center = _last_season(history, season)[steps % season]
    variance = np.nanmean(seasonal_differences(history, season) ** 2)
    deviation = np.sqrt(variance * (steps // season + 1))
    normal_quantiles = np.array([NormalDist().inv_cdf(level) for level in levels])
    return center[:, None] + deviation[:, None] * normal_quantiles


def _last_season(history: Float64Array, season: int) -> Float64Array:
    """Return the last season's values, of shape (season,), with missing ones filled in."""
    if not np.isnan(history[-season:]).any():
        return history[-season:]
    series = pd.Series(history)
    by_phase = series.groupby(np.arange(len(series)) % season).ffill()
    filled = np.asarray(by_phase.fillna(series.ffill()), dtype=np.float64)
    return filled[-season:]
