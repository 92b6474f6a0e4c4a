"""Whether fine-tuned weights forecast held-out values better than the weights before."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import torch

from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.evaluation.quantile_loss import DECILES, pinball_loss
from sktime_lagllama.fine_tuning.windows import TrainingWindows
from sktime_lagllama.forecasting import summary_statistics
from sktime_lagllama.forecasting.paths import draw_paths
from sktime_lagllama.network.features import Window, location_and_scale
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions

MAX_FORECASTS = 96
"""Largest number of forecasts that are compared."""

NUM_SAMPLES = 40
"""Sample paths per forecast."""

MIN_Z_SCORE = 2.0
"""An improvement is clear if it is more than this many standard errors above 0."""


def forecasts_are_better(fine_tuned: LagLlama, network: LagLlama, windows: TrainingWindows) -> bool:
    """Tell whether fine-tuning clearly improved whole forecasts of the held-out values.

    The validation loss is that of single values, given all values before. Forecasts are many steps
    long, and a lower loss does not always make them better.

    Parameters
    ----------
    fine_tuned, network : LagLlama
        After and before fine-tuning.
    windows : TrainingWindows
        Forecasts start at its held-out cutoffs.

    Returns
    -------
    bool
    """
    series, cutoffs = windows.held_out_pairs(MAX_FORECASTS)
    gains = forecast_losses(network, windows, series, cutoffs) - forecast_losses(
        fine_tuned, windows, series, cutoffs
    )
    # Forecasts of one series from cutoffs less than a horizon apart are of the same values, and
    # not independent: they count as one.
    blocks = (cutoffs - windows.training_ends[series]) // windows.horizon
    known = np.isfinite(gains)
    block_gains = pd.Series(gains[known]).groupby([series[known], blocks[known]]).mean()
    return is_clearly_positive(np.asarray(block_gains, dtype=np.float64))


def is_clearly_positive(gains: Float64Array) -> bool:
    """Tell whether the mean of independent gains is more than two standard errors above 0.

    Parameters
    ----------
    gains : float64 array of shape (gains,)

    Returns
    -------
    bool
        False for fewer than two gains, whose standard error is unknown.
    """
    if len(gains) < 2:
        return False
    standard_error = gains.std(ddof=1) / math.sqrt(len(gains))
    return bool(gains.mean() > MIN_Z_SCORE * standard_error)


def forecast_losses(
    model: LagLlama, windows: TrainingWindows, series: IntArray, cutoffs: IntArray
) -> Float64Array:
    """Return the mean quantile loss of forecasts, in units of the scale of each forecast's past.

    Parameters
    ----------
    model : LagLlama
    windows : TrainingWindows
        Tells the series, the context length and the horizon.
    series, cutoffs : int64 arrays of shape (pairs,)
        Number of the series, and grid position of the cutoff, of each forecast.

    Returns
    -------
    float64 array of shape (pairs,)
        Mean over the deciles and the observed steps; NaN where no step is observed.
    """
    history, horizon = windows.history, windows.horizon
    options = SamplingOptions(num_samples=NUM_SAMPLES, context_length=windows.context_length)
    paths = draw_paths(model, history, series, cutoffs, horizon, options)
    quantiles = summary_statistics.quantiles(paths, DECILES)  # (pairs, horizon, levels)
    actuals = history.windows(series, cutoffs + horizon, horizon)  # (pairs, horizon)
    losses = pinball_loss(actuals, quantiles, DECILES).mean(axis=-1)  # (pairs, horizon)
    observed = ~np.isnan(actuals)
    total = np.where(observed, losses, 0.0).sum(axis=1)
    mean = np.where(observed.any(axis=1), total / observed.sum(axis=1).clip(1), np.nan)
    return mean / _past_scale(model, windows, series, cutoffs)


def _past_scale(
    model: LagLlama, windows: TrainingWindows, series: IntArray, cutoffs: IntArray
) -> Float64Array:
    """Return the interquartile range of what a forecast sees of its series, shape (pairs,)."""
    length = model.config.max_lag + windows.context_length
    past = torch.from_numpy(windows.history.windows(series, cutoffs, length))
    _, scale = location_and_scale(Window(past.nan_to_num(), ~past.isnan()), "robust")
    return scale[:, 0].numpy()
