"""Accuracy measures: arrays in, a number out.

The definitions are those of the evaluation of Chronos (Ansari et al., arXiv 2403.07815).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.evaluation.quantile_loss import pinball_loss
from sktime_lagllama.evaluation.seasonal_naive import seasonal_differences


def seasonal_scale(history: Float64Array, season: int) -> float:
    """Return the in-sample mean absolute error of the seasonal naive forecast.

    Parameters
    ----------
    history : float64 array of shape (times,)
        Without missing values.
    season : int
        Steps in a season; with 1, each value is compared with the one before.

    Returns
    -------
    float
        In data units.

    Raises
    ------
    ValueError
        If the history is not longer than a season, or repeats itself exactly.
    """
    differences = seasonal_differences(history, season)
    if not differences.any():
        raise ValueError(
            f"a history must be longer than its season of {season} and not repeat itself, or else "
            f"there is no scale, but found {len(history)} values without seasonal differences"
        )
    return float(np.abs(differences).mean())


def mase(
    actuals: Float64Array, forecasts: Float64Array, histories: Sequence[Float64Array], season: int
) -> float:
    """Return the mean absolute scaled error; every series has the same weight.

    Parameters
    ----------
    actuals, forecasts : float64 arrays of shape (series, horizon)
        In data units.
    histories : sequence of float64 array of shape (times,)
        The scale of each series is computed from its history.
    season : int
        Steps in a season.

    Returns
    -------
    float
    """
    errors = np.abs(actuals - forecasts).mean(axis=1)
    scales = np.array([seasonal_scale(history, season) for history in histories])
    return float((errors / scales).mean())


def weighted_quantile_loss(
    actuals: Float64Array, quantiles: Float64Array, levels: Sequence[float]
) -> float:
    """Return twice the pinball loss over the sum of absolute values, averaged over the levels.

    The sums run over all series and steps, so that large series have more weight.

    Parameters
    ----------
    actuals : float64 array of shape (series, horizon)
        In data units.
    quantiles : float64 array of shape (series, horizon, levels)
        In data units.
    levels : sequence of float
        Between 0 and 1.

    Returns
    -------
    float
    """
    losses = pinball_loss(actuals, quantiles, levels)
    return float(2 * losses.sum(axis=(0, 1)).mean() / np.abs(actuals).sum())


def coverage(actuals: Float64Array, lower: Float64Array, upper: Float64Array) -> float:
    """Return the share of values inside their interval, both ends included.

    Parameters
    ----------
    actuals, lower, upper : float64 arrays of one shape
        In data units.

    Returns
    -------
    float
        Between 0 and 1.
    """
    return float(((lower <= actuals) & (actuals <= upper)).mean())


def geometric_mean(values: Sequence[float]) -> float:
    """Return the geometric mean of positive numbers."""
    return float(np.exp(np.log(values).mean()))
