"""Calibrate the model's quantiles by how far past values lay outside of past forecasts.

Conformalised quantile regression (Romano, Patterson and Candes, arXiv 1905.03222, equation 6) in
time: the calibration set is forecasts from the last cutoffs of the history, all of one batch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.forecasting import summary_statistics
from sktime_lagllama.forecasting.paths import predict_paths_from_cutoffs
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampled_paths import SampledPaths

MIN_SCORES = 20
"""With fewer scores the quantiles stay as they are: their own quantiles would be too rough."""

MIN_HISTORY = 10
"""Values before the first cutoff that is forecast from."""


def calibrated_quantiles(
    model: LagLlama,
    history: pd.Series,
    horizon: int,
    levels: Sequence[float],
    options: SamplingOptions,
    max_cutoffs: int = 30,
) -> Float64Array:
    """Forecast quantiles, widened or narrowed as past forecasts would have had to be.

    Parameters
    ----------
    model : LagLlama
    history : pd.Series
    horizon : int
        Steps ahead.
    levels : sequence of float
        Symmetric about 0.5, rising.
    options : SamplingOptions
    max_cutoffs : int, default=30
        Past cutoffs that are forecast from: the last ones after which ``horizon`` values are known.

    Returns
    -------
    float64 array of shape (horizon, levels), in data units
    """
    series = to_series_batch(history)
    last = len(history) - 1 - horizon  # place of the last past cutoff
    places = np.arange(max(MIN_HISTORY - 1, last - max_cutoffs + 1), last + 1)
    cutoffs = series.starts[0] + np.append(places, len(history) - 1)
    quantiles = predict_paths_from_cutoffs(
        model, series, cutoffs, horizon, options, lambda paths: _quantiles(paths, levels)
    )[:, 0]  # (cutoffs, horizon, levels)
    values = history.to_numpy(dtype=float)
    actuals = np.stack([np.zeros(horizon), *(values[p + 1 : p + 1 + horizon] for p in places)])[1:]
    return calibrate(quantiles[:-1], actuals, quantiles[-1], levels)


def calibrate(
    past: Float64Array, actuals: Float64Array, forecast: Float64Array, levels: Sequence[float]
) -> Float64Array:
    """Move the quantiles of a forecast by the conformal quantile of past scores.

    The score of a value and an interval is how far the value lies outside, or minus how far it lies
    inside, divided by the interval's width.

    Parameters
    ----------
    past : float64 array of shape (cutoffs, horizon, levels)
    actuals : float64 array of shape (cutoffs, horizon)
        NaN where missing.
    forecast : float64 array of shape (horizon, levels)
    levels : sequence of float
        Symmetric about 0.5, rising.

    Returns
    -------
    float64 array of shape (horizon, levels)
        Monotone in the level.
    """
    moved = forecast.copy()
    for low in range(len(levels) // 2):
        high = len(levels) - 1 - low
        width = np.maximum(past[..., high] - past[..., low], np.finfo(float).tiny)
        outside = np.maximum(past[..., low] - actuals, actuals - past[..., high]) / width
        scores = outside[np.isfinite(outside)]
        if len(scores) < MIN_SCORES:
            continue
        coverage = levels[high] - levels[low]
        level = min(1.0, coverage * (1 + 1 / len(scores)))
        # Half a width inwards is a single point.
        shift = max(float(np.quantile(scores, level)), -0.5)
        by = shift * (forecast[:, high] - forecast[:, low])
        moved[:, low] -= by
        moved[:, high] += by
    return np.sort(moved, axis=1)


def _quantiles(paths: SampledPaths, levels: Sequence[float]) -> Float64Array:
    """Return quantiles of paths, shape (rows, horizon, levels)."""
    return summary_statistics.quantiles(paths, levels)
