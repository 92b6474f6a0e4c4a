"""Forecasts of windows that are kept in files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.forecasts import Forecasts
from benchmarks.accuracy_fast import cache as cache_module
from benchmarks.accuracy_fast.__main__ import forecast_group
from benchmarks.accuracy_fast.baselines import BASELINES, Baseline
from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama.evaluation.quantile_loss import REPORTED_LEVELS
from sktime_lagllama.pretraining.validation.windows import RealWindow
from tests.support.models import PUBLISHED_LIKE, random_model


def theta(windows: list[RealWindow], cache: Path) -> Forecasts:
    return forecast_group("theta", windows, "bundled", cache)


def test_only_files_that_are_missing_are_computed(
    windows: list[RealWindow], tmp_path: Path, mean_model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "WINDOWS_PER_FILE", 2)
    forecasts = theta(windows, tmp_path)
    assert forecasts.quantiles.shape == (3, 14, len(REPORTED_LEVELS))
    assert forecasts.fell_back.tolist() == [False, True, False]
    files = sorted(tmp_path.iterdir())
    assert len(files) == 2 and mean_model.lengths == [30, 31, 32]

    files[1].unlink()
    again = theta(windows, tmp_path)
    assert mean_model.lengths == [30, 31, 32, 32]
    assert sorted(tmp_path.iterdir()) == files
    np.testing.assert_array_equal(again.quantiles, forecasts.quantiles)


@pytest.mark.usefixtures("mean_model")
def test_other_histories_and_other_parameters_are_other_files(
    windows: list[RealWindow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theta(windows, tmp_path)
    theta([*windows[:2], replace(windows[2], history=windows[2].history + 1)], tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    # Targets are what forecasts are compared with.
    theta([*windows[:2], replace(windows[2], targets=windows[2].targets + 1)], tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    of_a_week = BASELINES["theta"].make
    monthly = Baseline(lambda seasons: of_a_week([30]), ("numpy",))
    monkeypatch.setitem(BASELINES, "theta", monthly)
    theta(windows, tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_ours_is_that_of_the_forecaster_and_kept_by_its_weights(
    windows: list[RealWindow], tmp_path: Path
) -> None:
    checkpoint, cache = str(tmp_path / "checkpoint"), tmp_path / "cache"
    random_model(PUBLISHED_LIKE, seed=0).save_pretrained(checkpoint)
    forecasts = forecast_group("ours", windows, checkpoint, cache)
    forecaster = LagLlamaForecaster(checkpoint, random_state=0).fit(windows[2].history)
    expected = forecaster.predict_quantiles(fh=np.arange(1, 15), alpha=list(REPORTED_LEVELS))
    np.testing.assert_array_equal(forecasts.quantiles[2], expected)
    assert len(list(cache.iterdir())) == 1

    random_model(PUBLISHED_LIKE, seed=1).save_pretrained(checkpoint)
    forecast_group("ours", windows, checkpoint, cache)
    assert len(list(cache.iterdir())) == 2
