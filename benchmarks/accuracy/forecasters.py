"""The forecasters that are compared, all used through sktime."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sktime.forecasting.naive import NaiveForecaster
from sktime.forecasting.statsforecast import (
    StatsForecastAutoARIMA,
    StatsForecastAutoETS,
    StatsForecastAutoTheta,
)

from sktime_lagllama import LagLlamaForecaster


@dataclass(frozen=True)
class Baseline:
    """A forecaster that is fitted to one series after the other.

    Parameters
    ----------
    make : callable
        Takes the steps in a season, returns an unfitted forecaster of sktime.
    packages : tuple of str
        The packages whose versions may change its forecasts.
    """

    make: Callable[[int], Any]
    packages: tuple[str, ...] = ("sktime", "statsforecast")


NAIVE = "naive"
BASELINES: dict[str, Baseline] = {
    NAIVE: Baseline(lambda season: NaiveForecaster("last", sp=season), ("sktime",)),
    "theta": Baseline(lambda season: StatsForecastAutoTheta(season_length=season)),
    "ets": Baseline(lambda season: StatsForecastAutoETS(season_length=season)),
    "arima": Baseline(lambda season: StatsForecastAutoARIMA(sp=season)),
}
LAG_LLAMA = "ours"
ENSEMBLE = "ensemble"
ENSEMBLE_MEMBERS = (LAG_LLAMA, "theta", "ets")
MODELS = (*BASELINES, LAG_LLAMA, ENSEMBLE)
"""Names on the command line and in the files of the cache."""


def default_lag_llama(checkpoint: str) -> LagLlamaForecaster:
    """Return our forecaster with its default settings and a seed."""
    return LagLlamaForecaster(checkpoint, random_state=0)
