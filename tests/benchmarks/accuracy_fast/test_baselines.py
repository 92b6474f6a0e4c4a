"""Quantiles of models whose interface is that of statsforecast."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.accuracy_fast.baselines import BASELINES, baseline_forecast
from sktime_lagllama.evaluation.quantile_loss import REPORTED_LEVELS
from sktime_lagllama.evaluation.seasonal_naive import seasonal_naive_quantiles
from sktime_lagllama.pretraining.validation.windows import RealWindow


@pytest.mark.usefixtures("mean_model")
def test_quantiles_are_the_ends_of_intervals_and_the_point_forecast(
    windows: list[RealWindow],
) -> None:
    quantiles, fell_back = baseline_forecast("theta", windows[0])
    offsets = 100 * (np.array(REPORTED_LEVELS) - 0.5)
    expected = np.broadcast_to(windows[0].history.mean() + offsets, (14, len(REPORTED_LEVELS)))
    np.testing.assert_allclose(quantiles, expected)
    assert not fell_back


@pytest.mark.usefixtures("mean_model")
def test_a_failure_falls_back_to_the_seasonal_naive(
    windows: list[RealWindow], capsys: pytest.CaptureFixture[str]
) -> None:
    quantiles, fell_back = baseline_forecast("mstl", windows[1])
    history = windows[1].history.to_numpy()
    expected = seasonal_naive_quantiles(history, 7, 14, REPORTED_LEVELS)
    np.testing.assert_array_equal(quantiles, expected)
    assert fell_back
    assert "days, crafted, mstl: failed: RuntimeError" in capsys.readouterr().err


def test_ets_forecasts_only_where_the_season_allows() -> None:
    groups = ("5 minutes", "30 minutes", "hours", "days", "weeks")
    assert [group for group in groups if BASELINES["ets"].can_forecast(group)] == ["hours", "days"]
    assert all(BASELINES["mstl"].can_forecast(group) for group in groups)


@pytest.mark.slow
def test_models_of_statsforecast_have_the_interface(windows: list[RealWindow]) -> None:
    pytest.importorskip("statsforecast")
    for model in BASELINES:
        quantiles, fell_back = baseline_forecast(model, windows[0])
        assert quantiles.shape == (14, len(REPORTED_LEVELS)) and not fell_back
        assert (quantiles[:, 0] < quantiles[:, -1]).all()
