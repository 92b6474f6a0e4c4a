"""The picture of a backtest."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.dates import date2num
from sktime.datasets import load_airline
from sktime.forecasting.model_evaluation import evaluate
from sktime.forecasting.naive import NaiveForecaster
from sktime.performance_metrics.forecasting import MeanAbsoluteError
from sktime.performance_metrics.forecasting.probabilistic import EmpiricalCoverage, PinballLoss
from sktime.split import ExpandingWindowSplitter

from sktime_lagllama.plotting import plot_folds
from tests.support.pictures import bands, labels, lines

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")
AIRLINE = load_airline()
MAE, PINBALL = MeanAbsoluteError(), PinballLoss(alpha=[0.1, 0.5, 0.9])


def backtest(scoring: Any, y: Any = AIRLINE, fh: Any = (1, 2, 3), step_length: int = 12) -> Any:
    cv = ExpandingWindowSplitter(fh=list(fh), initial_window=100, step_length=step_length)
    return evaluate(NaiveForecaster(), cv=cv, y=y, scoring=scoring, return_data=True)


@pytest.mark.parametrize(
    "index",
    [
        AIRLINE.index,
        pd.date_range("2020-01-01", periods=len(AIRLINE), freq="D"),
        pd.RangeIndex(len(AIRLINE)),
    ],
    ids=["periods", "datetimes", "integers"],
)
def test_each_forecast_stands_where_it_was_forecast(index: pd.Index) -> None:
    y = pd.Series(AIRLINE.to_numpy(float), index, name="passengers")
    ax = plot_folds(backtest([MAE, PINBALL], y=y))
    is_period = isinstance(index, pd.PeriodIndex)
    times: Any = index.to_timestamp() if is_period else index  # type: ignore[attr-defined]
    numbers = date2num(times) if isinstance(times, pd.DatetimeIndex) else np.asarray(times)
    cutoffs = [99, 111, 123, 135]
    forecasts = lines(ax, "forecast")
    assert len(forecasts) == len(bands(ax, "80 % interval")) == len(cutoffs)
    for cutoff, line in zip(cutoffs, forecasts, strict=True):
        np.testing.assert_allclose(line[:, 0], numbers[cutoff + 1 : cutoff + 4])
        np.testing.assert_allclose(line[:, 1], y.iloc[cutoff])  # naive: the last value
    np.testing.assert_allclose([line[0, 0] for line in lines(ax, "cutoff")], numbers[cutoffs])
    observed = lines(ax, "observed")[0]
    np.testing.assert_allclose(observed, np.c_[numbers[:139], y[:139]])
    assert labels(ax) == ["observed", "80 % interval", "forecast", "cutoff"]
    assert ax.get_ylabel() == "passengers"


def test_intervals_are_those_of_the_forecasts() -> None:
    results = backtest(PINBALL)
    drawn = bands(plot_folds(results), "80 % interval")
    for table, band in zip(results["y_pred_quantiles"], drawn, strict=True):
        np.testing.assert_allclose(band[:, 1:], table.to_numpy()[:, [0, 2]])


def test_neighbouring_folds_have_different_colours() -> None:
    ax = plot_folds(backtest(MAE))
    colors = [line.get_color() for line in ax.get_lines() if line.get_label() == "forecast"]
    assert all(one != other for one, other in pairwise(colors))
    assert len(set(colors)) == 2


def test_without_point_forecasts_the_median_is_drawn() -> None:
    results = backtest(PINBALL)
    results = results.drop(columns="y_pred", errors="ignore")
    drawn = lines(plot_folds(results), "forecast")
    medians = [table.to_numpy()[:, 1] for table in results["y_pred_quantiles"]]
    np.testing.assert_allclose([line[:, 1] for line in drawn], medians)


def test_intervals_of_empirical_coverage_are_drawn() -> None:
    results = backtest(EmpiricalCoverage(coverage=[0.5, 0.8]))
    ax: Any = plot_folds(results)
    for coverage, label in ((0.5, "50 % interval"), (0.8, "80 % interval")):
        table = results["y_pred_interval"].iloc[0].droplevel(0, axis=1)[coverage]
        np.testing.assert_allclose(bands(ax, label)[0][:, 1:], table[["lower", "upper"]])
    wide, narrow = ax.collections[:2]
    assert (wide.get_label(), narrow.get_label()) == ("80 % interval", "50 % interval")
    assert wide.get_alpha() < narrow.get_alpha()


def test_a_horizon_of_one_step_can_be_seen() -> None:
    ax = plot_folds(backtest(MAE, fh=[1], step_length=5))
    found = [line for line in ax.get_lines() if line.get_label() == "forecast"]
    assert {line.get_marker() for line in found} == {"o"}


def test_folds_without_a_forecast_are_left_out() -> None:
    results = backtest(MAE)
    results.at[1, "y_pred"] = np.nan  # what evaluate writes where a forecaster fails
    assert len(lines(plot_folds(results), "forecast")) == len(results) - 1
    results["y_pred"] = np.nan
    with pytest.raises(ValueError, match="must have forecasts, but found none"):
        plot_folds(results)


def test_results_without_data_are_refused() -> None:
    results = backtest(MAE).drop(columns=["y_train", "y_test"])
    with pytest.raises(ValueError, match=r"evaluate\(..., return_data=True\).*'y_train'"):
        plot_folds(results)


def test_a_panel_is_refused() -> None:
    y = pd.concat({"a": AIRLINE.to_frame(), "b": AIRLINE.to_frame()})
    with pytest.raises(ValueError, match="results must be of a single series, but found a panel"):
        plot_folds(backtest(MAE, y=y))
