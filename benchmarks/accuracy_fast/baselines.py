"""The baselines: models of statsforecast with their own prediction intervals, window by window."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.accuracy.forecasts import checked_finite
from benchmarks.accuracy_fast.history import recent_history, seasons
from benchmarks.common.command_line import print_progress
from benchmarks.common.machine import package_version
from sktime_lagllama._typing import Float64Array
from sktime_lagllama.evaluation.quantile_loss import REPORTED_LEVELS
from sktime_lagllama.evaluation.seasonal_naive import seasonal_naive_quantiles
from sktime_lagllama.pretraining.validation.groups import GROUPS
from sktime_lagllama.pretraining.validation.windows import RealWindow

MAX_ETS_SEASON = 24
"""The longest season that ETS has states for."""


@dataclass(frozen=True)
class Baseline:
    """A model that is fitted to one window after the other.

    Parameters
    ----------
    make : callable
        Takes the numbers of steps in the seasons, the shortest first, and returns an unfitted model
        with the method ``forecast`` of statsforecast.
    packages : tuple of str
        The packages whose versions may change its forecasts.
    max_season : int, optional
        The longest season of a group that it can forecast; None: any.
    """

    make: Callable[[Sequence[int]], Any]
    packages: tuple[str, ...] = ("statsforecast",)
    max_season: int | None = None

    def can_forecast(self, group: str) -> bool:
        """Tell whether the season of a group is not too long."""
        return self.max_season is None or GROUPS[group].season <= self.max_season


def _auto_theta(seasons: Sequence[int]) -> Any:
    """Return AutoTheta; tests run without statsforecast, so it is imported when it is needed."""
    from statsforecast.models import AutoTheta

    return AutoTheta(season_length=seasons[0])


def _mstl(seasons: Sequence[int]) -> Any:
    """Return MSTL, whose trend is forecast by AutoETS without a season, its default."""
    from statsforecast.models import MSTL

    return MSTL(season_length=list(seasons))


def _auto_ets(seasons: Sequence[int]) -> Any:
    """Return AutoETS."""
    from statsforecast.models import AutoETS

    return AutoETS(season_length=seasons[0])


BASELINES: dict[str, Baseline] = {
    "theta": Baseline(_auto_theta),
    "mstl": Baseline(_mstl, ("statsforecast", "statsmodels")),
    "ets": Baseline(_auto_ets, max_season=MAX_ETS_SEASON),
}


def baseline_forecast(model: str, window: RealWindow) -> tuple[Float64Array, bool]:
    """Forecast a window, by the seasonal naive method if the baseline fails.

    Parameters
    ----------
    model : str
        A key of ``BASELINES``.
    window : RealWindow

    Returns
    -------
    quantiles : float64 array of shape (horizon of the group, levels)
        In data units, at ``REPORTED_LEVELS``. The level 0.5 has the point forecast: AutoTheta's is
        exact, its median that of simulated paths.
    fell_back : bool
        Whether the baseline raised an error or returned a number that is not finite.
    """
    horizon = GROUPS[window.series.group].horizon
    coverages = [coverage for level in REPORTED_LEVELS if (coverage := _coverage(level)) > 0]
    try:
        # Models warn of what they try and reject.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            forecast = (
                BASELINES[model]
                .make(seasons(window))
                .forecast(y=recent_history(window), h=horizon, level=sorted(set(coverages)))
            )
        columns = [forecast[_column(level)] for level in REPORTED_LEVELS]
        return checked_finite(np.stack(columns, axis=-1).astype(np.float64)), False
    # Which errors a library raises for a series that it cannot fit is not documented.
    except Exception as error:
        print_progress(f"{window.series.group}, {window.series.name}, {model}: failed: {error!r}")
        history = window.history.to_numpy()
        season = window.series.season
        return seasonal_naive_quantiles(history, season, horizon, REPORTED_LEVELS), True


def baseline_provenance(model: str, windows: Sequence[RealWindow]) -> dict[str, Any]:
    """Return what a baseline's forecasts depend on beside the windows' histories.

    Parameters
    ----------
    model : str
        A key of ``BASELINES``.
    windows : sequence of RealWindow

    Returns
    -------
    dict
        Of what JSON can hold.
    """
    baseline = BASELINES[model]
    models = [baseline.make(seasons(window)) for window in windows]
    return {
        "model": type(models[0]).__name__,
        "parameters": [{name: repr(value) for name, value in vars(one).items()} for one in models],
        "fitted_to": [recent_history(window).tolist() for window in windows],
        "versions": {package: package_version(package) for package in baseline.packages},
    }


def _coverage(level: float) -> int:
    """Return the coverage in percent of the central interval that a level bounds."""
    return round(100 * abs(1 - 2 * level))


def _column(level: float) -> str:
    """Return the name that statsforecast gives to the forecasts of a level."""
    if level == 0.5:
        return "mean"
    return f"{'lo' if level < 0.5 else 'hi'}-{_coverage(level)}"
