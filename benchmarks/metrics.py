"""What a benchmark says about forecasts; plain arrays in, a number out.

The definitions are those of the evaluation of Chronos (Ansari et al., arXiv 2403.07815).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def seasonal_scale(history: FloatArray, season: int) -> float:
    """Return the in-sample mean absolute error of the seasonal naive forecast.

    Parameters
    ----------
    history : array of shape (times,)
    season : int
        Steps in a season; 1 compares with the value before.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the history is not longer than a season, or repeats itself exactly.
    """
    differences = history[season:] - history[:-season]
    if not differences.any():
        raise ValueError(
            f"a history must be longer than its season of {season} and not repeat itself, or else "
            f"there is no scale, but found {len(history)} values without seasonal differences"
        )
    return float(np.abs(differences).mean())


def mase(
    actuals: FloatArray, forecasts: FloatArray, histories: Sequence[FloatArray], season: int
) -> float:
    """Return the mean absolute scaled error, every series counting the same.

    Parameters
    ----------
    actuals, forecasts : array of shape (series, steps)
    histories : sequence of array of shape (times,)
        What each series' scale is computed from.
    season : int

    Returns
    -------
    float
    """
    errors = np.abs(actuals - forecasts).mean(axis=1)
    scales = np.array([seasonal_scale(history, season) for history in histories])
    return float((errors / scales).mean())


def weighted_quantile_loss(
    actuals: FloatArray, quantiles: FloatArray, levels: Sequence[float]
) -> float:
    """Return twice the pinball loss over the sum of absolute values, averaged over the levels.

    Sums are over all series and steps: large series count more.

    Parameters
    ----------
    actuals : array of shape (series, steps)
    quantiles : array of shape (series, steps, levels)
    levels : sequence of float

    Returns
    -------
    float
    """
    probabilities = np.asarray(levels)
    errors = actuals[:, :, None] - quantiles
    pinball = np.maximum(probabilities * errors, (probabilities - 1) * errors)
    return float(2 * pinball.sum(axis=(0, 1)).mean() / np.abs(actuals).sum())


def coverage(actuals: FloatArray, lower: FloatArray, upper: FloatArray) -> float:
    """Return the share of values inside their interval, its ends included."""
    return float(((lower <= actuals) & (actuals <= upper)).mean())


def geometric_mean(values: Sequence[float]) -> float:
    """Return the geometric mean of positive numbers."""
    return float(np.exp(np.log(values).mean()))
