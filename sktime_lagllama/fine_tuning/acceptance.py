"""How much of fine-tuning is kept: as much as surely forecasts held-out values better."""

from __future__ import annotations

import copy

import numpy as np
import torch

from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.evaluation.quantile_loss import DECILES, pinball_loss
from sktime_lagllama.fine_tuning.evidence import independent_gains, lower_bound
from sktime_lagllama.fine_tuning.interpolation import interpolate
from sktime_lagllama.fine_tuning.windows import TrainingWindows
from sktime_lagllama.forecasting import summary_statistics
from sktime_lagllama.forecasting.resolutions import draw_paths
from sktime_lagllama.forecasting.rows import Rows
from sktime_lagllama.network.features import Window, location_and_scale
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions

MAX_FORECASTS = 96
"""Largest number of forecasts that are compared."""

NUM_SAMPLES = 20
"""Sample paths per forecast. Few suffice: quantiles are those of a mixture over the paths."""

SHARES = (0.25, 0.5, 0.75, 1.0)
"""Shares of the way from the weights before to those after that are tried."""

CONFIDENCE = 0.95
"""Chance that forecasts with the kept weights are better than those before."""


def best_share(fine_tuned: LagLlama, network: LagLlama, windows: TrainingWindows) -> float:
    """Find the weights between those before and after that are surest to forecast better.

    The validation loss is that of single values, given all values before. Forecasts are many steps
    long, and a lower loss does not always make them better. So whole forecasts of held-out values
    are compared, pair by pair. Of the shares whose mean gain is surely above 0, that with the
    largest gain wins.

    Parameters
    ----------
    fine_tuned, network : LagLlama
        After and before fine-tuning. Neither is changed.
    windows : TrainingWindows
        Forecasts start at its held-out cutoffs.

    Returns
    -------
    float
        Share of the way from the weights before, 0, to those after, 1. 0 if no share is surely
        better.
    """
    series, cutoffs = windows.held_out_pairs(MAX_FORECASTS)
    blocks = windows.held_out_blocks(series, cutoffs)
    losses_before = forecast_losses(network, windows, series, cutoffs)
    between = copy.deepcopy(fine_tuned)
    best, largest_gain = 0.0, 0.0
    for share in SHARES:
        interpolate(between, network, fine_tuned, share)
        gains = independent_gains(
            losses_before - forecast_losses(between, windows, series, cutoffs), series, blocks
        )
        is_sure = lower_bound(gains, CONFIDENCE) > 0
        if is_sure and gains.mean() > largest_gain:
            best, largest_gain = share, float(gains.mean())
    return best


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
    paths = draw_paths(model, history, Rows.numbered(series, cutoffs), horizon, options)
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
