"""Our forecasts, window by window, through sktime's interface."""

from __future__ import annotations

import warnings

import numpy as np

from benchmarks.accuracy.forecasters import default_lag_llama
from benchmarks.accuracy.forecasts import checked_finite
from sktime_lagllama._typing import Float64Array
from sktime_lagllama.evaluation.quantile_loss import REPORTED_LEVELS
from sktime_lagllama.pretraining.validation.groups import GROUPS
from sktime_lagllama.pretraining.validation.windows import RealWindow


def lag_llama_forecast(checkpoint: str, window: RealWindow) -> Float64Array:
    """Forecast a window by a forecaster that is fitted to its whole history.

    Parameters
    ----------
    checkpoint : str
    window : RealWindow

    Returns
    -------
    float64 array of shape (horizon of the group, levels)
        In data units, at ``REPORTED_LEVELS``.
    """
    steps = np.arange(1, GROUPS[window.series.group].horizon + 1)
    # sktime warns at every call, and sets filters of its own: only recording silences it.
    with warnings.catch_warnings(record=True):
        forecaster = default_lag_llama(checkpoint).fit(window.history, fh=steps)
        quantiles = forecaster.predict_quantiles(alpha=list(REPORTED_LEVELS))
    return checked_finite(quantiles.to_numpy(dtype=np.float64))
