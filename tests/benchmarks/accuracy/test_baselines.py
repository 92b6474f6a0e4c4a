"""Forecasts of the baselines, and the files that keep them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sktime.forecasting.naive import NaiveForecaster

from benchmarks.accuracy import baselines
from benchmarks.accuracy.baselines import baseline_forecasts
from benchmarks.accuracy.competitions import Competition
from benchmarks.accuracy.forecasters import BASELINES, Baseline
from benchmarks.accuracy.published_naive import seasonal_naive
from benchmarks.accuracy.scores import score
from sktime_lagllama.evaluation.quantile_loss import REPORTED_LEVELS


class Failing(NaiveForecaster):
    """Fails on the series of a certain length."""

    length = 14

    def _fit(self, y: Any, X: Any, fh: Any) -> NaiveForecaster:
        if len(y) == self.length:
            raise RuntimeError("cannot fit this one")
        return super()._fit(y, X, fh)


class Recording(NaiveForecaster):
    """Remembers the lengths of the series that any of its kind is fitted to."""

    lengths: list[int] = []  # noqa: RUF012

    def _fit(self, y: Any, X: Any, fh: Any) -> NaiveForecaster:
        self.lengths.append(len(y))
        return super()._fit(y, X, fh)


def test_baseline_forecasts_every_series_and_resumes(
    competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = Baseline(lambda season: Recording("last", sp=season), ("sktime",))
    monkeypatch.setitem(BASELINES, "naive", recording)
    monkeypatch.setattr(baselines, "SERIES_PER_FILE", 2)
    forecasts = baseline_forecasts("naive", competition, tmp_path)
    expected = seasonal_naive(competition, REPORTED_LEVELS)
    np.testing.assert_allclose(forecasts.quantiles, expected, rtol=1e-9)
    assert not forecasts.fell_back.any() and forecasts.cpu_seconds > 0
    files = sorted(tmp_path.iterdir())
    assert len(files) == 3 and all(file.suffix == ".npz" for file in files)

    files[1].unlink()
    kept = {file: file.stat().st_mtime_ns for file in (files[0], files[2])}
    Recording.lengths.clear()
    again = baseline_forecasts("naive", competition, tmp_path)
    assert set(Recording.lengths) == {14, 11}
    assert sorted(tmp_path.iterdir()) == files
    assert {file: file.stat().st_mtime_ns for file in kept} == kept
    np.testing.assert_array_equal(again.quantiles, forecasts.quantiles)


@pytest.mark.slow
def test_processes_forecast_the_same(
    competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "SERIES_PER_FILE", 3)
    one_process = baseline_forecasts("naive", competition, tmp_path / "one")
    two_processes = baseline_forecasts("naive", competition, tmp_path / "two", num_processes=2)
    np.testing.assert_array_equal(two_processes.quantiles, one_process.quantiles)


def test_failures_fall_back_to_the_seasonal_naive_and_are_counted(
    competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = Baseline(lambda season: Failing("mean", sp=season), ("sktime",))
    monkeypatch.setitem(BASELINES, "naive", failing)
    forecasts = baseline_forecasts("naive", competition, tmp_path)
    assert forecasts.fell_back.tolist() == [False, False, True, False, False]
    naive = seasonal_naive(competition, REPORTED_LEVELS)
    np.testing.assert_array_equal(forecasts.quantiles[2], naive[2])
    assert np.abs(forecasts.quantiles[1] - naive[1]).max() > 0.1
    assert score(competition, forecasts).num_failed == 1


def test_other_parameters_and_other_series_are_other_files(
    competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    baseline_forecasts("naive", competition, tmp_path)
    changed = replace(
        competition, histories=(competition.histories[0] + 1, *competition.histories[1:])
    )
    baseline_forecasts("naive", changed, tmp_path)
    mean = Baseline(lambda season: NaiveForecaster("mean", sp=4), ("sktime",))
    monkeypatch.setitem(BASELINES, "naive", mean)
    baseline_forecasts("naive", competition, tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
