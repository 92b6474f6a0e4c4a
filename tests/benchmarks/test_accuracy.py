import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sktime.forecasting.naive import NaiveForecaster

from benchmarks import accuracy, forecasts
from benchmarks.accuracy import aggregate, score
from benchmarks.competitions import Competition, check_naive_mase, seasonal_naive
from benchmarks.forecasts import LEVELS, Forecasts, baseline, ensemble, ours, weights_digest
from sktime_lagllama import LagLlamaForecaster
from tests.support.models import PUBLISHED_LIKE, random_model


@pytest.fixture
def competition():
    random = np.random.default_rng(0)
    histories = tuple(random.uniform(1, 9, length) for length in (9, 30, 14, 11, 8))
    return Competition("M3 quarterly", 4, "Q", histories, random.uniform(1, 9, (5, 6)))


@pytest.fixture
def checkpoint(tmp_path):
    folder = tmp_path / "checkpoint"
    random_model(PUBLISHED_LIKE, seed=0).save_pretrained(folder)
    return str(folder)


def some_forecasts(series=5, steps=6, seed=0):
    quantiles = np.sort(np.random.default_rng(seed).normal(size=(series, steps, len(LEVELS))))
    return Forecasts(quantiles.mean(axis=-1), quantiles, np.zeros(series, bool), 2.0)


class Failing(NaiveForecaster):
    """Fails on the series of a certain length."""

    length = 14

    def _fit(self, y, X, fh):
        if len(y) == self.length:
            raise RuntimeError("cannot fit this one")
        return super()._fit(y, X, fh)


@pytest.mark.parametrize(("season", "period"), [(1, "Y"), (4, "Q"), (12, "M")])
def test_seasonal_naive_is_that_of_sktime(season, period):
    histories = tuple(np.random.default_rng(0).normal(size=(2, 40)))
    competition = Competition("some", season, period, histories, np.zeros((2, 26)))
    found = seasonal_naive(competition, LEVELS)
    for number in range(2):
        with warnings.catch_warnings(record=True):
            forecaster = NaiveForecaster("last", sp=season)
            forecaster.fit(competition.series(number), fh=np.arange(1, 27))
            expected = forecaster.predict_quantiles(alpha=list(LEVELS))
        np.testing.assert_allclose(found[number], expected, rtol=1e-12)


def test_series_and_panel_end_together_in_periods(competition):
    assert competition.series(1).index[-1] == pd.Period("1999Q4")
    panel = competition.panel()
    last = panel.reset_index().groupby("series")["time"].last()
    assert (last == pd.Period("1999Q4")).all()
    np.testing.assert_array_equal(panel["value"], np.concatenate(competition.histories))


def test_published_mase_is_insisted_on(competition):
    with pytest.raises(AssertionError, match=r"must have a MASE of 1\.4253"):
        check_naive_mase(competition, competition.actuals + 1)


def test_baseline_forecasts_every_series_and_resumes(
    competition, tmp_path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(forecasts, "SERIES_PER_FILE", 2)
    found = baseline("naive", competition, tmp_path)
    np.testing.assert_allclose(found.quantiles, seasonal_naive(competition, LEVELS), rtol=1e-9)
    assert not found.fell_back.any() and found.cpu_seconds > 0
    files = sorted(tmp_path.iterdir())
    assert len(files) == 3 and all(file.suffix == ".npz" for file in files)

    files[1].unlink()
    made = []
    work = forecasts._baseline_chunk

    def counting(model, chunk, path):
        made.append(path)
        return work(model, chunk, path)

    monkeypatch.setattr(forecasts, "_baseline_chunk", counting)
    again = baseline("naive", competition, tmp_path)
    assert made == [files[1]]
    np.testing.assert_array_equal(again.quantiles, found.quantiles)


def test_failures_fall_back_to_the_seasonal_naive_and_are_counted(
    competition, tmp_path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(forecasts.BASELINES, "naive", lambda season: Failing("mean", sp=season))
    found = baseline("naive", competition, tmp_path)
    assert found.fell_back.tolist() == [False, False, True, False, False]
    naive = seasonal_naive(competition, LEVELS)
    np.testing.assert_array_equal(found.quantiles[2], naive[2])
    assert np.abs(found.quantiles[1] - naive[1]).max() > 0.1
    assert score(competition, found).failed == 1


def test_other_parameters_and_other_series_are_other_files(
    competition, tmp_path, monkeypatch: pytest.MonkeyPatch
):
    baseline("naive", competition, tmp_path)
    changed = replace(
        competition, histories=(competition.histories[0] + 1, *competition.histories[1:])
    )
    baseline("naive", changed, tmp_path)
    monkeypatch.setitem(forecasts.BASELINES, "naive", lambda season: NaiveForecaster("mean", sp=4))
    baseline("naive", competition, tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_ours_is_one_panel_and_ensemble_is_that_of_sktime(
    competition, checkpoint, tmp_path, monkeypatch: pytest.MonkeyPatch
):
    found = ours(checkpoint, competition, tmp_path)
    forecaster = LagLlamaForecaster(checkpoint, random_state=0)
    expected = forecaster.fit(competition.panel(), fh=np.arange(1, 7)).predict()
    np.testing.assert_array_equal(found.points.ravel(), expected["value"])
    np.testing.assert_array_equal(found.medians, found.points)

    monkeypatch.setitem(forecasts.BASELINES, "theta", lambda season: NaiveForecaster("drift"))
    monkeypatch.setitem(forecasts.BASELINES, "ets", lambda season: NaiveForecaster("mean"))
    monkeypatch.setattr(forecasts, "package_version", lambda package: "1")
    members = [found, *(baseline(name, competition, tmp_path) for name in ("theta", "ets"))]
    mean = ensemble(members)
    forecasts.check_ensemble(checkpoint, competition, mean)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        forecasts.check_ensemble(checkpoint, competition, replace(mean, points=mean.points + 0.1))
    np.testing.assert_allclose(mean.medians, np.mean([one.medians for one in members], axis=0))


def test_other_weights_are_another_file(competition, checkpoint, tmp_path):
    ours(checkpoint, competition, tmp_path / "cache")
    before = weights_digest(checkpoint)
    random_model(PUBLISHED_LIKE, seed=1).save_pretrained(checkpoint)
    assert weights_digest(checkpoint) != before
    ours(checkpoint, competition, tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_the_same_weights_elsewhere_are_the_same_file(competition, checkpoint, tmp_path):
    random_model(PUBLISHED_LIKE, seed=0).save_pretrained(tmp_path / "copy")
    ours(checkpoint, competition, tmp_path / "cache")
    ours(str(tmp_path / "copy"), competition, tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_scores_use_the_levels_that_they_name(competition):
    exact = np.repeat(competition.actuals[:, :, None], len(LEVELS), axis=2)
    exact[:, :, [0, -1]] += [-5.0, 5.0]
    found = Forecasts(competition.actuals + 1, exact, np.zeros(5, bool), 1.0)
    scores = score(competition, found)
    assert scores.mase == scores.wql == 0
    assert scores.predict_mase > 0
    assert scores.inside_80 == scores.inside_95 == 1
    assert scores.cpu_seconds == 20

    exact[:, :, LEVELS.index(0.1)] += 1
    scores = score(competition, found)
    assert scores.inside_80 == 0 and scores.inside_95 == 1
    assert scores.wql > 0


def test_aggregate_is_the_geometric_mean_of_ratios(competition):
    naive = [score(competition, some_forecasts(seed=seed)) for seed in (0, 1)]
    better = [
        replace(naive[0], mase=naive[0].mase / 4, inside_80=0.6, cpu_seconds=1.0, series=30),
        replace(
            naive[1], wql=naive[1].wql * 9, inside_80=0.8, cpu_seconds=5.0, series=10, failed=2
        ),
    ]
    found = aggregate(better, naive)
    assert found.mase == pytest.approx(0.5)
    assert found.predict_mase == pytest.approx(1)
    assert found.wql == pytest.approx(3)
    assert found.inside_80 == pytest.approx(0.7)
    assert found.cpu_seconds == pytest.approx(2)
    assert (found.series, found.failed) == (40, 2)


def test_report_never_tells_where_the_checkpoint_lies(checkpoint, monkeypatch: pytest.MonkeyPatch):
    # The packages of the benchmark need not be there for its tests.
    monkeypatch.setattr(accuracy.machine, "package_version", lambda package: "1")
    text = "\n".join(accuracy.about(checkpoint))
    assert '"checkpoint"' in text and weights_digest(checkpoint)[:16] in text
    assert str(checkpoint) not in text
