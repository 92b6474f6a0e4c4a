"""Ways to get quantiles for a series, all with the same forecaster."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from sktime.forecasting.base import BaseForecaster
from sktime.forecasting.conformal import ConformalIntervals
from sktime.forecasting.naive import NaiveVariance

from benchmarks.intervals.rolling_calibration import calibrated_quantiles
from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama._typing import Float64Array
from sktime_lagllama.checkpoints.weights import load
from sktime_lagllama.sampling.options import SamplingOptions

Method = Callable[[pd.Series, int, Sequence[float]], Float64Array]
"""History, horizon and levels -> quantiles of shape (horizon, levels)."""

MAX_HISTORY = 200
"""Values that wrappers see, which forecast anew from most of them; the model alone sees all."""

NUM_WINDOWS = 20
"""Cutoffs that wrappers which let us choose forecast from."""


def own(history: pd.Series, horizon: int, levels: Sequence[float]) -> Float64Array:
    """Return the quantiles that the model predicts."""
    return _quantiles(_forecaster(), history, horizon, levels)


def conformal(method: str) -> Method:
    """Return sktime's ``ConformalIntervals`` of a method."""

    def quantiles(history: pd.Series, horizon: int, levels: Sequence[float]) -> Float64Array:
        recent = history[-MAX_HISTORY:]
        initial = max(10, len(recent) - horizon - NUM_WINDOWS)
        wrapper = ConformalIntervals(_forecaster(), method=method, initial_window=initial)
        return _quantiles(wrapper, recent, horizon, levels)

    return quantiles


def naive_variance(history: pd.Series, horizon: int, levels: Sequence[float]) -> Float64Array:
    """Return the quantiles of sktime's ``NaiveVariance``."""
    recent = history[-MAX_HISTORY:]
    initial = max(10, len(recent) - horizon - NUM_WINDOWS)
    return _quantiles(NaiveVariance(_forecaster(), initial_window=initial), recent, horizon, levels)


def enbpi(history: pd.Series, horizon: int, levels: Sequence[float]) -> Float64Array:
    """Return the quantiles of sktime's ``EnbPIForecaster``, which needs tsbootstrap."""
    from sktime.forecasting.enbpi import EnbPIForecaster

    return _quantiles(EnbPIForecaster(_forecaster()), history[-MAX_HISTORY:], horizon, levels)


def rolling_calibration(history: pd.Series, horizon: int, levels: Sequence[float]) -> Float64Array:
    """Return the model's quantiles, calibrated by forecasts from past cutoffs of one batch."""
    model, options = load("bundled"), SamplingOptions()
    return calibrated_quantiles(model, history, horizon, levels, options)


METHODS: dict[str, Method] = {
    "the model's own": own,
    "rolling calibration": rolling_calibration,
    "ConformalIntervals, empirical": conformal("empirical"),
    "ConformalIntervals, conformal": conformal("conformal"),
    "NaiveVariance": naive_variance,
    "EnbPIForecaster": enbpi,
}


def _forecaster() -> LagLlamaForecaster:
    """Return the forecaster that all methods use."""
    return LagLlamaForecaster(random_state=0, device="cpu")


def _quantiles(
    forecaster: BaseForecaster, history: pd.Series, horizon: int, levels: Sequence[float]
) -> Float64Array:
    """Fit, and return quantiles, shape (horizon, levels)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fh = np.arange(1, horizon + 1)
        frame = forecaster.fit(history, fh=fh).predict_quantiles(alpha=list(levels))
    return np.sort(frame.to_numpy(dtype=float), axis=1)
