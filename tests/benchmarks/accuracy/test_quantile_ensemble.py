"""The ensemble that the package offers, beside the mean whose accuracy the report has."""

from __future__ import annotations

import numpy as np
import pytest
from sktime.forecasting.naive import NaiveForecaster

from benchmarks.accuracy.baselines import baseline_forecasts
from benchmarks.accuracy.competitions import Competition
from benchmarks.accuracy.forecasters import BASELINES, ENSEMBLE_MEMBERS, LAG_LLAMA, Baseline
from benchmarks.accuracy.lag_llama import ensemble_forecasts, lag_llama_forecasts
from sktime_lagllama import LagLlamaForecaster, QuantileEnsembleForecaster
from sktime_lagllama.evaluation.quantile_loss import REPORTED_LEVELS


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_ensemble_of_the_package_is_that_of_the_benchmark(
    competition: Competition, checkpoint: str, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The packages of the benchmark need not be there for its tests.
    monkeypatch.setitem(
        BASELINES, "theta", Baseline(lambda season: NaiveForecaster("drift"), ("sktime",))
    )
    monkeypatch.setitem(
        BASELINES, "ets", Baseline(lambda season: NaiveForecaster("mean"), ("sktime",))
    )
    benchmark = ensemble_forecasts(
        [
            lag_llama_forecasts(checkpoint, competition, tmp_path)
            if name == LAG_LLAMA
            else baseline_forecasts(name, competition, tmp_path)
            for name in ENSEMBLE_MEMBERS
        ]
    )
    members = [
        (
            name,
            LagLlamaForecaster(checkpoint, random_state=0)
            if name == LAG_LLAMA
            else BASELINES[name].make(competition.season),
        )
        for name in ENSEMBLE_MEMBERS
    ]
    ensemble = QuantileEnsembleForecaster(members).fit(competition.panel(), fh=np.arange(1, 7))
    quantiles = ensemble.predict_quantiles(alpha=list(REPORTED_LEVELS)).to_numpy()
    np.testing.assert_allclose(
        quantiles.reshape(benchmark.quantiles.shape), benchmark.quantiles, rtol=1e-6
    )
    np.testing.assert_allclose(
        ensemble.predict().to_numpy().reshape(benchmark.points.shape), benchmark.points, rtol=1e-6
    )
