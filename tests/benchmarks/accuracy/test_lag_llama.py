"""Our forecasts of a set, the files that keep them, and their ensemble with baselines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sktime.forecasting.naive import NaiveForecaster

from benchmarks.accuracy.baselines import baseline_forecasts
from benchmarks.accuracy.competitions import Competition
from benchmarks.accuracy.forecasters import BASELINES, Baseline
from benchmarks.accuracy.lag_llama import (
    check_ensemble,
    ensemble_forecasts,
    lag_llama_forecasts,
)
from benchmarks.common.checkpoint import weights_digest
from sktime_lagllama import LagLlamaForecaster
from tests.support.models import PUBLISHED_LIKE, random_model


def test_ours_is_one_panel_and_ensemble_is_that_of_sktime(
    competition: Competition,
    checkpoint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forecasts = lag_llama_forecasts(checkpoint, competition, tmp_path)
    forecaster = LagLlamaForecaster(checkpoint, random_state=0)
    expected = forecaster.fit(competition.panel(), fh=np.arange(1, 7)).predict()
    np.testing.assert_array_equal(forecasts.points.ravel(), expected["value"])
    np.testing.assert_array_equal(forecasts.medians, forecasts.points)

    # The packages of the benchmark need not be there for its tests.
    drift = Baseline(lambda season: NaiveForecaster("drift"), ("sktime",))
    mean_of_history = Baseline(lambda season: NaiveForecaster("mean"), ("sktime",))
    monkeypatch.setitem(BASELINES, "theta", drift)
    monkeypatch.setitem(BASELINES, "ets", mean_of_history)
    members = [
        forecasts,
        *(baseline_forecasts(name, competition, tmp_path) for name in ("theta", "ets")),
    ]
    mean = ensemble_forecasts(members)
    check_ensemble(checkpoint, competition, mean)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check_ensemble(checkpoint, competition, replace(mean, points=mean.points + 0.1))
    medians = [member.medians for member in members]
    np.testing.assert_allclose(mean.medians, np.mean(medians, axis=0))


def test_other_weights_are_another_file(
    competition: Competition, checkpoint: str, tmp_path: Path
) -> None:
    lag_llama_forecasts(checkpoint, competition, tmp_path / "cache")
    before = weights_digest(checkpoint)
    random_model(PUBLISHED_LIKE, seed=1).save_pretrained(checkpoint)
    assert weights_digest(checkpoint) != before
    lag_llama_forecasts(checkpoint, competition, tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_the_same_weights_elsewhere_are_the_same_file(
    competition: Competition, checkpoint: str, tmp_path: Path
) -> None:
    random_model(PUBLISHED_LIKE, seed=0).save_pretrained(tmp_path / "copy")
    lag_llama_forecasts(checkpoint, competition, tmp_path / "cache")
    lag_llama_forecasts(str(tmp_path / "copy"), competition, tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 1
