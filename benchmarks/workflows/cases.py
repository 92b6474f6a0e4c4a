"""The workflows, each with the forecasters that are compared in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sktime.datasets import load_airline, load_hierarchical_sales_toydata
from sktime.forecasting.compose import EnsembleForecaster
from sktime.forecasting.ets import AutoETS
from sktime.forecasting.model_evaluation import evaluate
from sktime.forecasting.model_selection import ForecastingGridSearchCV
from sktime.forecasting.naive import NaiveForecaster
from sktime.forecasting.reconcile import ReconcilerForecaster
from sktime.forecasting.theta import ThetaForecaster
from sktime.performance_metrics.forecasting import MeanAbsoluteScaledError
from sktime.split import ExpandingWindowSplitter

from sktime_lagllama import LagLlamaForecaster

HORIZON = range(1, 13)
SEASON = 12
FIRST_WINDOW = 84
NUM_WORKERS = 2

CONTEXT_LENGTHS = [16, 24, 32, 48, 64, 128]
POINT_FORECASTS = ["median", "mean"]
"""With the context lengths, 12 candidates of ours."""

INFORMATION_CRITERIA = ["aic", "bic", "aicc"]
YES_AND_NO = [True, False]
"""For two parameters, with the information criteria: 12 candidates of AutoETS."""


Workflow = Callable[[], None]


def lag_llama() -> LagLlamaForecaster:
    """Return our forecaster, with its default settings."""
    return LagLlamaForecaster(device="cpu", random_state=0)


def auto_ets() -> Any:
    """Return AutoETS of a monthly series, which uses one process."""
    return AutoETS(auto=True, sp=SEASON)


def backtested() -> dict[str, Any]:
    """Return the forecasters of the backtest, by name."""
    return {
        "LagLlamaForecaster": lag_llama(),
        "AutoETS": auto_ets(),
        "ThetaForecaster": ThetaForecaster(sp=SEASON),
    }


def folds(num_folds: int) -> ExpandingWindowSplitter:
    """Return an expanding window over the airline data, of so many cutoffs.

    Parameters
    ----------
    num_folds : int
        From 1 to 24.

    Returns
    -------
    ExpandingWindowSplitter
    """
    num_cutoffs = len(load_airline()) - FIRST_WINDOW - len(HORIZON) + 1
    step = max(1, num_cutoffs // num_folds)
    first = len(load_airline()) - len(HORIZON) - step * (num_folds - 1)
    return ExpandingWindowSplitter(fh=HORIZON, initial_window=first, step_length=step)


def backtest(forecaster: Any, num_folds: int) -> float:
    """Refit and forecast at each cutoff, and score the points.

    Quantiles are not scored: those of AutoETS fail with statsmodels 0.15 where they are simulated.

    Parameters
    ----------
    forecaster : sktime forecaster
    num_folds : int

    Returns
    -------
    float
        Mean absolute scaled error, averaged over the folds.
    """
    error = MeanAbsoluteScaledError(sp=SEASON)
    results = evaluate(
        forecaster, folds(num_folds), load_airline(), scoring=error, error_score="raise"
    )
    return float(results["test_MeanAbsoluteScaledError"].mean())


def grid_search(forecaster: Any, grid: dict[str, list[Any]], num_folds: int) -> None:
    """Search a grid in worker processes, and forecast with the best."""
    ForecastingGridSearchCV(
        forecaster,
        cv=folds(num_folds),
        param_grid=grid,
        backend="loky",
        backend_params={"n_jobs": NUM_WORKERS},
        error_score="raise",
    ).fit(load_airline()).predict(HORIZON)


def ensemble(forecaster: Any) -> None:
    """Average a forecaster with two quick ones."""
    members = [("it", forecaster), ("Theta", ThetaForecaster(sp=SEASON))]
    members.append(("naive", NaiveForecaster(sp=SEASON)))
    EnsembleForecaster(members).fit(load_airline(), fh=HORIZON).predict()


def reconciliation(forecaster: Any) -> None:
    """Forecast a hierarchy of seven series, and reconcile by the residuals in sample."""
    y = load_hierarchical_sales_toydata()
    ReconcilerForecaster(forecaster, method="mint_shrink").fit(y, fh=HORIZON).predict()


def workflows(grid_folds: int) -> dict[str, tuple[Workflow, Workflow]]:
    """Return the workflows in which our forecaster is compared with AutoETS.

    Parameters
    ----------
    grid_folds : int
        Of each candidate of the grid.

    Returns
    -------
    dict of tuple
        By what it is: the same with our forecaster, and with AutoETS.
    """
    ours_grid: dict[str, list[Any]] = {
        "context_length": CONTEXT_LENGTHS,
        "point_forecast": POINT_FORECASTS,
    }
    ets_grid: dict[str, list[Any]] = {
        "information_criterion": INFORMATION_CRITERIA,
        "additive_only": YES_AND_NO,
        "restrict": YES_AND_NO,
    }
    return {
        f"grid of 12 candidates, {grid_folds} folds each, {NUM_WORKERS} processes": (
            lambda: grid_search(lag_llama(), ours_grid, grid_folds),
            lambda: grid_search(auto_ets(), ets_grid, grid_folds),
        ),
        "ensemble with Theta and naive": (
            lambda: ensemble(lag_llama()),
            lambda: ensemble(auto_ets()),
        ),
        "reconciliation of 7 series": (
            lambda: reconciliation(lag_llama()),
            lambda: reconciliation(auto_ets()),
        ),
    }
