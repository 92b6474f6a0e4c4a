"""What a user of the forecaster relies on, beyond sktime's own contract."""

from __future__ import annotations

import copy
import gc
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sktime.datasets import load_airline
from sktime.forecasting.base import BaseForecaster, ForecastingHorizon
from sktime.forecasting.compose import EnsembleForecaster, TransformedTargetForecaster
from sktime.forecasting.model_evaluation import evaluate
from sktime.forecasting.model_selection import ForecastingGridSearchCV
from sktime.forecasting.trend import TrendForecaster
from sktime.split import ExpandingWindowSplitter, SlidingWindowSplitter
from sktime.transformations.series.boxcox import LogTransformer
from sktime.utils._testing.hierarchical import _make_hierarchical

from sktime_lagllama import LagLlama, LagLlamaForecaster
from sktime_lagllama.forecasting import paths as prediction
from sktime_lagllama.forecasting import shared_paths, subseries
from sktime_lagllama.forecasting.cache import SamplePathCache
from sktime_lagllama.forecasting.moving_cutoffs import growing_windows
from sktime_lagllama.sampling.sampled_paths import SampledPaths

DATA = Path(__file__).parent / "data"
AIRLINE = load_airline()


def small(**parameters) -> LagLlamaForecaster:
    defaults = {"num_samples": 8, "context_length": 24, "random_state": 0, "device": "cpu"}
    return LagLlamaForecaster(**{**defaults, **parameters})


def monthly(values) -> pd.Series:
    return pd.Series(values, index=pd.period_range("2000-01", periods=len(values), freq="M"))


def wave(length: int = 60) -> np.ndarray:
    return np.sin(np.arange(length) * 2 * np.pi / 12) + 5


def panel(**parameters) -> pd.DataFrame:
    defaults = {"hierarchy_levels": (3,), "min_timepoints": 12, "max_timepoints": 20}
    return _make_hierarchical(**{**defaults, "random_state": 0, **parameters})


def run_python(code: str, *flags: str) -> str:
    result = subprocess.run(
        [sys.executable, *flags, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    # -W error alone would not do: some packages set warning filters of their own.
    assert not result.stderr
    return result.stdout


def test_importing_the_package_does_not_import_torch() -> None:
    code = "import sktime_lagllama, sys; dir(sktime_lagllama); print('torch' in sys.modules)"
    assert run_python(code).strip() == "False"


@pytest.mark.slow
def test_everyday_use_gives_no_warning() -> None:
    run_python(
        """
from sktime.datasets import load_airline
from sktime_lagllama import LagLlamaForecaster
y = load_airline()
forecaster = LagLlamaForecaster(num_samples=5, context_length=24, random_state=0)
forecaster.fit(y[:100], fh=[1, 2, 3])
forecaster.predict()
forecaster.predict_interval(coverage=[0.5, 0.9])
forecaster.predict_quantiles(alpha=[0.1, 0.5])
forecaster.predict_var()
forecaster.predict_proba().mean()
forecaster.predict_samples()
forecaster.predict_residuals()
forecaster.update(y[100:110])
forecaster.update(y[110:112], update_params=False)
forecaster.predict()
forecaster.clone().fit(y).predict(fh=[-2, 1])
""",
        "-W",
        "error",
    )


def test_bundled_checkpoint_beats_the_seasonal_naive_forecast_on_airline() -> None:
    train, test = AIRLINE[:-36], AIRLINE[-36:]
    forecast = LagLlamaForecaster(random_state=0).fit(train).predict(fh=range(1, 37))
    naive = np.tile(train.to_numpy()[-12:], 3)
    assert (forecast - test).abs().mean() < np.abs(naive - test.to_numpy()).mean()


def test_median_forecast_is_the_middle_quantile() -> None:
    forecaster = small().fit(AIRLINE)
    middle = forecaster.predict_quantiles(fh=[1, 5], alpha=[0.5]).iloc[:, 0]
    np.testing.assert_array_equal(forecaster.predict(fh=[1, 5]), middle)


@pytest.mark.parametrize("nonnegative", [False, True])
def test_forecasts_are_those_of_many_sample_paths(nonnegative: bool) -> None:
    y = AIRLINE - (350.0 if nonnegative else 0.0)
    fh, levels = [-3, 1, 5], [0.1, 0.5, 0.9]
    forecaster = small(num_samples=4000, point_forecast="mean", nonnegative=nonnegative).fit(y)
    samples = forecaster.predict_samples(fh=fh).iloc[:, 0].unstack(0)
    assert (samples == 0.0).any(axis=None) == nonnegative
    spread = samples.std(axis=1)
    mean, deviation = forecaster.predict(fh=fh), forecaster.predict_var(fh=fh).iloc[:, 0] ** 0.5
    assert ((mean - samples.mean(axis=1)).abs() < 0.05 * spread).all()
    assert ((deviation - spread).abs() < 0.15 * spread).all()
    quantiles = forecaster.predict_quantiles(fh=fh, alpha=levels).to_numpy()
    differences = quantiles - samples.quantile(levels, axis=1).T.to_numpy()
    assert (np.abs(differences) < 0.05 * spread.to_numpy()[:, None]).all()


def test_the_first_step_is_exact_whatever_is_drawn() -> None:
    forecasts = [
        small(num_samples=num_samples, random_state=seed)
        .fit(AIRLINE)
        .predict_quantiles(fh=[-20, 0, 1], alpha=[0.01, 0.5, 0.9])
        for num_samples, seed in [(1, 0), (1, 1), (50, 2)]
    ]
    for other in forecasts[1:]:
        np.testing.assert_allclose(other, forecasts[0], rtol=1e-6)


@settings(max_examples=10)
@given(st.lists(st.floats(0.01, 0.99), min_size=2, max_size=5, unique=True))
def test_quantiles_rise_with_their_level(alpha: list[float]) -> None:
    quantiles = small().fit(AIRLINE).predict_quantiles(fh=[1, 3], alpha=sorted(alpha))
    assert (np.diff(quantiles.to_numpy(), axis=1) >= 0).all()


def test_wider_coverage_contains_the_narrower_interval() -> None:
    intervals = small().fit(AIRLINE).predict_interval(fh=range(1, 13), coverage=[0.5, 0.8, 0.95])
    lower = intervals.xs("lower", axis=1, level=2).to_numpy()
    upper = intervals.xs("upper", axis=1, level=2).to_numpy()
    assert (np.diff(lower, axis=1) <= 0).all()
    assert (np.diff(upper, axis=1) >= 0).all()


def test_all_predictions_after_one_fit_come_from_the_same_paths() -> None:
    forecaster = small(random_state=None).fit(AIRLINE)
    fh = [1, 2, 3]
    middle = forecaster.predict_quantiles(fh, alpha=[0.5]).iloc[:, 0]
    np.testing.assert_array_equal(forecaster.predict(fh), middle)
    samples = forecaster.predict_samples(fh)
    pd.testing.assert_frame_equal(forecaster.predict_samples(fh), samples)
    # The correlations are those of the samples, the variances those of predict_var.
    by_path = samples.iloc[:, 0].unstack(0)
    covariance = forecaster.predict_var(fh, cov=True).to_numpy()
    deviation = forecaster.predict_var(fh).to_numpy() ** 0.5
    expected = np.corrcoef(by_path) * deviation * deviation.T
    np.testing.assert_allclose(covariance, expected)


def test_without_a_random_state_every_fit_draws_other_paths() -> None:
    first, second = (small(random_state=None).fit(AIRLINE).predict(fh=[2]) for _ in range(2))
    assert first.iloc[0] != second.iloc[0]


def test_same_random_state_gives_the_same_paths() -> None:
    first, second = (small(random_state=3).fit(AIRLINE).predict(fh=[1, 9]) for _ in range(2))
    pd.testing.assert_series_equal(first, second)


@pytest.mark.parametrize("batch_size", [1, 7, 10_000])
def test_batch_size_changes_nothing(batch_size: int) -> None:
    y = panel(n_columns=2)
    expected = small().fit(y).predict_samples(fh=[-1, 1, 4])
    actual = small(batch_size=batch_size).fit(y).predict_samples(fh=[-1, 1, 4])
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)


def test_a_horizon_may_be_in_any_form_and_order() -> None:
    forecaster = small().fit(AIRLINE)
    relative = forecaster.predict(fh=[-5, 0, 1, 2, 7])
    times = pd.PeriodIndex(["1960-07", "1960-12", "1961-01", "1961-02", "1961-07"], freq="M")
    absolute = forecaster.predict(fh=ForecastingHorizon(times, is_relative=False))
    pd.testing.assert_series_equal(relative, absolute, check_names=False)
    for step in (-5, 0, 1, 2, 7):
        alone = forecaster.predict(fh=[step])
        np.testing.assert_allclose(alone, relative.loc[alone.index], rtol=1e-6)


def test_in_sample_forecasts_see_nothing_from_their_time_on() -> None:
    changed = AIRLINE.copy()
    changed.iloc[100:] *= 7
    steps = list(range(-143, -43 + 1))  # up to and with observation 100
    before = small().fit(AIRLINE).predict(fh=steps)
    after = small().fit(changed).predict(fh=steps)
    pd.testing.assert_series_equal(before, after)


def test_in_sample_forecast_follows_the_one_step_forecast() -> None:
    in_sample = small().fit(AIRLINE).predict(fh=[0]).iloc[0]
    ahead = small().fit(AIRLINE[:-1]).predict(fh=[1]).iloc[0]
    assert in_sample == pytest.approx(ahead, rel=1e-5)


def test_points_without_history_have_finite_in_sample_forecasts() -> None:
    y = monthly(np.r_[[np.nan, np.nan], wave(20)])
    assert np.isfinite(small().fit(y).predict(fh=range(-21, 1))).all()


@pytest.mark.parametrize("make", [lambda: AIRLINE, lambda: AIRLINE.to_frame(), panel])
def test_residuals_are_observations_minus_in_sample_forecasts(make) -> None:
    y = make()
    residuals = small().fit(y).predict_residuals()
    assert residuals.index.equals(y.index)
    times = y.index.get_level_values(-1).unique()
    forecast = small().fit(y).predict(fh=ForecastingHorizon(times, is_relative=False))
    np.testing.assert_allclose(residuals, y - forecast.loc[y.index])


def test_residuals_of_an_unequal_panel_cover_each_instance_only() -> None:
    y = panel(same_cutoff=False, n_columns=2)
    assert small().fit(y).predict_residuals().index.equals(y.index)


def test_an_unknown_instance_has_no_residuals_and_is_named() -> None:
    forecaster = small().fit(panel())
    other = panel().rename(index={"h0_0": "elsewhere"}, level=0)
    with pytest.raises(ValueError, match=r"fitted to, but found \('elsewhere'"):
        forecaster.predict_residuals(other)


def test_residuals_of_a_panel_of_any_container_are_a_data_frame() -> None:
    y = panel(min_timepoints=20, max_timepoints=20)
    expected = small().fit(y).predict_residuals()
    cube = y.to_numpy().reshape(3, 1, 20)
    for container in (cube, [pd.DataFrame(instance.T) for instance in cube]):
        residuals = small().fit(container).predict_residuals()
        assert residuals.shape == expected.shape
        assert np.isfinite(residuals).all(axis=None)


def test_residuals_leave_the_horizon_as_it_was() -> None:
    forecaster = small().fit(panel(), fh=[1, 2])
    forecaster.predict_residuals()
    assert list(forecaster.fh) == [1, 2]


def test_updating_equals_fitting_on_everything() -> None:
    expected = small().fit(AIRLINE).predict(fh=[1, 2])
    for update_params in (True, False):
        forecaster = small().fit(AIRLINE[:120])
        forecaster.update(AIRLINE[120:130], update_params=update_params)
        forecaster.update(AIRLINE[125:], update_params=update_params)
        pd.testing.assert_series_equal(forecaster.predict(fh=[1, 2]), expected)


def test_an_update_need_not_repeat_the_name_of_the_series() -> None:
    forecaster = small().fit(AIRLINE[:120]).update(AIRLINE[120:].rename(None))
    pd.testing.assert_series_equal(forecaster.predict(fh=[1]), small().fit(AIRLINE).predict(fh=[1]))


def test_updating_a_hierarchy_equals_fitting_on_everything() -> None:
    y = panel(hierarchy_levels=(2, 2), min_timepoints=20, max_timepoints=20, n_columns=2)
    times = y.index.get_level_values(-1)
    early = times < times.unique()[14]
    forecaster = small().fit(y[early]).update(y[~early])
    pd.testing.assert_frame_equal(forecaster.predict(fh=[1, 2]), small().fit(y).predict(fh=[1, 2]))


def test_update_does_not_load_weights_again(monkeypatch: pytest.MonkeyPatch) -> None:
    forecaster = small().fit(AIRLINE[:100])
    expected = forecaster.model_
    monkeypatch.setattr("sktime_lagllama.checkpoints.weights.read", None)
    forecaster.update(AIRLINE[100:], update_params=True)
    forecaster.predict(fh=[1])
    assert forecaster.model_ is expected


def test_rolling_forecasts_see_nothing_after_their_cutoff() -> None:
    splitter = ExpandingWindowSplitter(initial_window=60, step_length=20, fh=[1, 2])
    changed = AIRLINE.copy()
    changed.iloc[80:] *= 5
    # Fitted on all data: going back to an early cutoff must forget what came later.
    rolled = small().fit(AIRLINE).update_predict(AIRLINE, cv=splitter, update_params=False)
    other = small().fit(changed).update_predict(changed, cv=splitter, update_params=False)
    early = rolled.columns[rolled.columns <= AIRLINE.index[79]]
    assert len(early) >= 2
    pd.testing.assert_frame_equal(rolled[early], other[early])


ROLLING = {
    "expanding": (ExpandingWindowSplitter(initial_window=60, step_length=6, fh=[1, 2, 3]), AIRLINE),
    "sliding": (SlidingWindowSplitter(window_length=24, step_length=12, fh=[2, 5]), AIRLINE),
    "one step": (ExpandingWindowSplitter(initial_window=100, step_length=4, fh=[1]), AIRLINE),
    "later data": (
        ExpandingWindowSplitter(initial_window=5, step_length=3, fh=[1, 2]),
        AIRLINE[90:],
    ),
    "days": (
        SlidingWindowSplitter(window_length=30, step_length=5, fh=[1, 2]),
        pd.Series(
            np.sin(np.arange(80.0)), pd.date_range("2020-01-01", periods=80), name="temperature"
        ),
    ),
    "whole numbers": (
        ExpandingWindowSplitter(initial_window=30, step_length=9, fh=[1, 4]),
        pd.Series(np.sin(np.arange(80.0))),
    ),
    "two columns": (
        ExpandingWindowSplitter(initial_window=60, step_length=20, fh=[1, 2, 3]),
        pd.DataFrame({"one": AIRLINE, "other": 500 - AIRLINE}),
    ),
    "one column": (
        ExpandingWindowSplitter(initial_window=60, step_length=30, fh=[1]),
        AIRLINE.to_frame("passengers"),
    ),
    "panel": (
        SlidingWindowSplitter(window_length=30, step_length=15, fh=[1, 3]),
        pd.concat(
            {"east": AIRLINE.to_frame("passengers"), "west": 500 - AIRLINE.to_frame("passengers")},
            names=["line", "month"],
        ),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ROLLING)
def test_rolling_forecasts_are_those_of_the_loop(name: str) -> None:
    splitter, y = ROLLING[name]
    forecaster = small().fit(y[:50] if name == "later data" else y)
    batched = forecaster.update_predict(y, cv=splitter, update_params=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(LagLlamaForecaster, "update_predict")
        looped = forecaster.update_predict(y, cv=splitter, update_params=False)
    assert type(batched) is type(looped)
    pd.testing.assert_index_equal(batched.index, looped.index)
    if isinstance(batched, pd.DataFrame):
        pd.testing.assert_index_equal(batched.columns, looped.columns)
    assert (batched.isna() == looped.isna()).all(axis=None)
    np.testing.assert_allclose(batched, looped, atol=1e-5 * float(np.std(y.to_numpy())))


@pytest.mark.parametrize("labels", [[3, 1, 2], ["north", "east", "south"], [1.5, -2.0, 0.0]])
def test_an_instance_has_the_same_paths_in_every_panel(labels: list[Any]) -> None:
    lines = {label: AIRLINE[-60 - number :] * (1 + number) for number, label in enumerate(labels)}
    together = small().fit(pd.concat(lines, names=["line", "month"]).to_frame())
    paths = together.predict_samples(fh=[-1, 1, 2])
    some = {label: lines[label] for label in sorted(labels)[1:]}
    fewer = small().fit(pd.concat(some, names=["line", "month"]).to_frame())
    found = fewer.predict_samples(fh=[-1, 1, 2])
    tolerance = 1e-5 * float(AIRLINE.std())
    pd.testing.assert_frame_equal(found, paths.loc[found.index], rtol=0, atol=tolerance)


@pytest.mark.parametrize(("name", "series"), [("expanding", 1), ("two columns", 2), ("panel", 2)])
def test_rolling_forecasts_are_one_batch(
    name: str, series: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    original = subseries.sample_paths

    def counted(*arguments: Any, **options: Any) -> SampledPaths:
        drawn.append(len(arguments[1].values))
        return original(*arguments, **options)

    splitter, y = ROLLING[name]
    forecaster = small().fit(y)
    monkeypatch.setattr(subseries, "sample_paths", counted)
    forecaster.update_predict(y, cv=splitter, update_params=False)
    assert drawn == [series * splitter.get_n_splits(y if series == 1 else AIRLINE)]


def test_a_panel_of_unequal_lengths_is_rolled_by_the_loop() -> None:
    lines = {"long": AIRLINE[:60].to_frame(), "short": AIRLINE[:57].to_frame()}
    panel = pd.concat(lines, names=["line", "month"])
    splitter = ExpandingWindowSplitter(initial_window=50, step_length=5, fh=[1, 2])
    assert growing_windows(panel, splitter) == []
    forecasts = small().fit(panel).update_predict(panel, cv=splitter, update_params=False)
    assert not forecasts.isna().all(axis=None)


def test_rolling_forecasts_that_stay_leave_the_forecaster_updated() -> None:
    splitter = ExpandingWindowSplitter(initial_window=10, step_length=10, fh=[1, 2])
    forecaster = small().fit(AIRLINE[:100])
    forecaster.update_predict(
        AIRLINE[100:], cv=splitter, update_params=False, reset_forecaster=False
    )
    assert forecaster.cutoff[0] == AIRLINE.index[139]


def test_all_predictions_after_one_fit_draw_their_paths_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = []
    original = subseries.sample_paths

    def counted(*arguments: Any, **options: Any) -> SampledPaths:
        calls.append(1)
        return original(*arguments, **options)

    monkeypatch.setattr(subseries, "sample_paths", counted)
    forecaster = small().fit(AIRLINE)
    fh = [1, 2, 3]
    forecaster.predict(fh)
    forecaster.predict_interval(fh, coverage=0.9)
    forecaster.predict_quantiles(fh, alpha=[0.1, 0.5])
    forecaster.predict_var(fh)
    forecaster.predict_samples(fh)
    assert len(calls) == 1
    forecaster.update(AIRLINE[-1:] * 2)
    forecaster.predict(fh)
    assert len(calls) == 2


def test_paths_larger_than_the_cache_are_reduced_chunk_by_chunk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = {i: AIRLINE[: 60 + i].to_frame() for i in range(7)}
    forecaster = small().fit(pd.concat(lines, names=["line", "month"]))
    fh = [-2, 0, 1, 3]

    def forecasts() -> list[pd.DataFrame]:
        return [
            forecaster.predict(fh),
            forecaster.predict_quantiles(fh, alpha=[0.1, 0.9]),
            forecaster.predict_var(fh),
        ]

    expected = forecasts()
    chunks = []
    chunks_of_rows = prediction.chunks_of_rows

    def recorded(*arguments: int) -> Iterator[tuple[int, int]]:
        for chunk in chunks_of_rows(*arguments):
            chunks.append(chunk)
            yield chunk

    monkeypatch.setattr(prediction, "chunks_of_rows", recorded)
    monkeypatch.setattr(
        "sktime_lagllama.forecasting.chunks.MAX_BYTES_CHUNK", 4 * 8 * forecaster.num_samples * 4 * 3
    )
    monkeypatch.setattr(shared_paths, "CACHE", SamplePathCache(max_bytes=0))
    for found, exact in zip(forecasts(), expected, strict=True):
        pd.testing.assert_frame_equal(found, exact, rtol=1e-4)
    assert chunks == 3 * [(0, 3), (3, 6), (6, 7)]


def test_a_deleted_forecaster_leaves_no_paths_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = SamplePathCache(max_bytes=2**20)
    monkeypatch.setattr(shared_paths, "CACHE", cache)
    forecaster = small().fit(AIRLINE)
    forecaster.predict([1, 2])
    forecaster.clone().fit(AIRLINE).predict([1, 2])  # its network is the same one
    gc.collect()
    assert len(cache) == 1
    forecaster.update(AIRLINE[-1:])
    gc.collect()
    assert len(cache) == 0


@pytest.mark.parametrize("strategy", ["refit", "update", "no-update_params"])
def test_backtesting_works_with_every_strategy(strategy: str) -> None:
    splitter = ExpandingWindowSplitter(initial_window=110, step_length=12, fh=[1, 2, 3])
    scores = evaluate(small(), splitter, AIRLINE, strategy=strategy, error_score="raise")
    assert np.isfinite(scores.filter(like="test_").to_numpy()).all()


@pytest.mark.slow
def test_backtesting_works_in_worker_processes() -> None:
    splitter = ExpandingWindowSplitter(initial_window=110, step_length=12, fh=[1, 2, 3])
    alone = evaluate(small(), splitter, AIRLINE, error_score="raise")
    spread = evaluate(
        small(),
        splitter,
        AIRLINE,
        error_score="raise",
        backend="loky",
        backend_params={"n_jobs": 2},
    )
    scores = "test_MeanAbsolutePercentageError"
    np.testing.assert_allclose(spread[scores], alone[scores], rtol=1e-5)


@pytest.mark.slow
def test_grid_search_chooses_among_context_lengths() -> None:
    search = ForecastingGridSearchCV(
        small(),
        cv=SlidingWindowSplitter(window_length=100, step_length=20, fh=[1, 2]),
        param_grid={"context_length": [4, 24]},
    )
    search.fit(AIRLINE, fh=[1, 2])
    assert search.best_params_["context_length"] in (4, 24)
    assert np.isfinite(search.predict()).all()


def test_forecaster_works_in_a_pipeline_and_an_ensemble() -> None:
    pipeline = TransformedTargetForecaster([("log", LogTransformer()), ("forecast", small())])
    ensemble = EnsembleForecaster([("lagllama", small()), ("trend", TrendForecaster())])
    for forecaster in (pipeline, ensemble):
        assert np.isfinite(forecaster.fit(AIRLINE, fh=[1, 2]).predict()).all()
    assert pipeline.predict_interval().shape == (2, 2)


def test_pickle_holds_the_data_but_no_weights() -> None:
    forecaster = small().fit(AIRLINE)
    pickled = pickle.dumps(forecaster)
    assert len(pickled) < 8 * len(AIRLINE) + 10_000
    pd.testing.assert_series_equal(
        pickle.loads(pickled).predict(fh=[1, 2]), forecaster.predict(fh=[1, 2])
    )


def test_forecaster_survives_saving_and_loading(tmp_path: Path) -> None:
    forecaster = small().fit(AIRLINE)
    forecaster.save(tmp_path / "saved")
    loaded = LagLlamaForecaster.load_from_path(tmp_path / "saved.zip")
    pd.testing.assert_series_equal(loaded.predict(fh=[1, 2]), forecaster.predict(fh=[1, 2]))


def test_weights_are_shared_by_clones_and_fits() -> None:
    forecaster = small().fit(AIRLINE)
    assert forecaster.model_ is forecaster.clone().fit(AIRLINE[:50]).model_
    assert isinstance(forecaster.model_, LagLlama)


def test_nothing_is_loaded_before_fit() -> None:
    forecaster = LagLlamaForecaster(checkpoint="missing.ckpt", device="cuda:99", num_samples=0)
    assert forecaster.num_samples == 0
    assert not hasattr(forecaster, "model_")


def test_published_layout_checkpoint_forecasts() -> None:
    forecaster = small(checkpoint=DATA / "official_layout.ckpt", context_length=None)
    assert np.isfinite(forecaster.fit(AIRLINE).predict(fh=[1, 2, 3])).all()
    assert forecaster.context_length_ == 32


def test_saved_network_is_a_checkpoint(tmp_path: Path) -> None:
    forecaster = small().fit(AIRLINE)
    forecaster.model_.save_pretrained(tmp_path)
    again = small(checkpoint=tmp_path).fit(AIRLINE)
    pd.testing.assert_series_equal(again.predict(fh=[1, 2]), forecaster.predict(fh=[1, 2]))


def test_a_fitted_forecaster_does_not_need_its_checkpoint_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    LagLlamaForecaster(device="cpu").fit(AIRLINE).model_.save_pretrained(tmp_path / "saved")
    monkeypatch.chdir(tmp_path)
    forecaster = small(checkpoint="saved").fit(AIRLINE)
    expected = forecaster.predict(fh=[1, 2])
    pickled = pickle.dumps(forecaster)
    monkeypatch.chdir("/")
    pd.testing.assert_series_equal(pickle.loads(pickled).predict(fh=[1, 2]), expected)
    shutil.rmtree(tmp_path / "saved")
    pd.testing.assert_series_equal(forecaster.predict(fh=[1, 2]), expected)
    pd.testing.assert_series_equal(copy.deepcopy(forecaster).predict(fh=[1, 2]), expected)


def test_copies_share_the_network() -> None:
    forecaster = small().fit(AIRLINE)
    assert copy.deepcopy(forecaster).model_ is forecaster.model_
    assert pickle.loads(pickle.dumps(forecaster)).model_ is forecaster.model_


@pytest.mark.parametrize("gap", [10, 600])
def test_values_before_a_long_gap_still_place_the_forecast(gap: int) -> None:
    y = monthly(np.r_[1e6 + wave(), [np.nan] * gap])
    forecast = small(num_samples=50).fit(y).predict(fh=[-3, 1, 2])
    assert forecast.between(1e6 - 20, 1e6 + 30).all()


@pytest.mark.parametrize("freq", ["M", "W-SUN", "D", "h"])
def test_periods_may_be_the_horizon_of_datetimes_and_the_reverse(freq: str) -> None:
    periods = pd.period_range("2000-01-01", periods=62, freq=freq)
    by_period = pd.Series(wave(), index=periods[:60])
    by_start = by_period.to_timestamp()
    expected = small().fit(by_period).predict(fh=[1, 2])
    actual = small().fit(by_start).predict(fh=periods[60:])
    np.testing.assert_allclose(actual, small().fit(by_start).predict(fh=[1, 2]))
    reverse = small().fit(by_period).predict(fh=periods[60:].to_timestamp())
    np.testing.assert_allclose(reverse, expected)


def test_forecasts_of_an_unequal_panel_are_those_of_its_instances() -> None:
    y = panel(n_columns=2, same_cutoff=True)
    together = small(num_samples=3000).fit(y).predict(fh=[1])
    for instance in y.index.get_level_values(0).unique():
        alone = small(num_samples=3000).fit(y.loc[instance]).predict(fh=[1])
        spread = y.loc[instance].std().to_numpy()
        difference = together.loc[instance].to_numpy() - alone.to_numpy()
        assert (np.abs(difference) < 0.1 * spread).all()


def test_an_instance_that_ends_early_is_forecast_from_the_last_time_of_the_panel() -> None:
    times = pd.period_range("2000-01", periods=40, freq="M")
    long = pd.DataFrame({"y": wave(40)}, index=times)
    y = pd.concat({"long": long, "short": long.iloc[:38]}, names=["instance", "time"])
    forecast = small().fit(y).predict(fh=[1, 2])
    assert (
        forecast.index.get_level_values(-1)
        .unique()
        .equals(pd.period_range("2003-05", periods=2, freq="M"))
    )
    masked = pd.concat({"long": long, "short": long.assign(y=long.y.where(times < times[38]))})
    np.testing.assert_allclose(forecast, small().fit(masked).predict(fh=[1, 2]), rtol=1e-6)


def test_array_of_several_columns_is_forecast_as_its_data_frame() -> None:
    y = np.column_stack([wave(), -wave()])
    expected = small().fit(pd.DataFrame(y)).predict(fh=[1, 2])
    np.testing.assert_array_equal(small().fit(y).predict(fh=[1, 2]), expected)


def test_sample_paths_have_a_level_per_sample() -> None:
    y = panel(n_columns=2)
    samples = small().fit(y).predict_samples(fh=[1, 3])
    assert samples.index.names == ["sample", *y.index.names]
    assert samples.index.unique(0).tolist() == list(range(8))
    assert samples.shape == (8 * 3 * 2, 2)
    assert list(samples.columns) == list(y.columns)


PROBABILISTIC = {
    "quantiles": lambda forecaster: forecaster.predict_quantiles([1], alpha=[0.1]),
    "variance": lambda forecaster: forecaster.predict_var([1]),
    "covariance": lambda forecaster: forecaster.predict_var([1], cov=True),
    "samples": lambda forecaster: forecaster.predict_samples([1]),
    "distribution": lambda forecaster: forecaster.predict_proba([1]),
}


@pytest.mark.parametrize("what", PROBABILISTIC)
@pytest.mark.parametrize(
    ("y", "name"),
    [
        (AIRLINE.rename("passengers"), "passengers"),
        (AIRLINE.rename(None), 0),
        (AIRLINE.rename(("line", 1)), ("line", 1)),
        (AIRLINE.to_frame("passengers").rename_axis(columns="variable"), "passengers"),
        (AIRLINE.to_numpy(), 0),
        (np.stack([AIRLINE, AIRLINE])[:, None], 0),
    ],
    ids=["named", "unnamed", "tuple", "named columns", "array", "array of a panel"],
)
def test_all_probabilistic_forecasts_name_the_variable_as_intervals_do(y, name, what) -> None:
    forecaster = small().fit(y)
    interval = forecaster.predict_interval([1], coverage=0.8).columns
    levels = interval.droplevel([-2, -1])
    found = PROBABILISTIC[what](forecaster).columns
    extra = {"quantiles": 1, "covariance": 1}.get(what, 0)
    found = found.droplevel(-1) if extra else found
    assert set(found) == set(levels) == {name}


def test_probabilistic_forecasts_have_the_name_that_was_seen_last() -> None:
    forecaster = small().fit(AIRLINE[:100].rename("early")).update(AIRLINE[100:].rename("late"))
    for predict in PROBABILISTIC.values():
        assert "late" in str(predict(forecaster).columns.tolist())


def test_the_horizon_of_samples_is_remembered_as_that_of_other_predictions() -> None:
    forecaster = small().fit(AIRLINE)
    with pytest.raises(ValueError, match="must be passed either to `fit` or `predict`"):
        forecaster.predict_samples()
    samples = forecaster.predict_samples([2, 3])
    times = samples.index.get_level_values(-1).unique()
    assert forecaster.predict().index.equals(times)


@pytest.mark.parametrize(
    ("y", "X"),
    [
        (AIRLINE[100:], "no container"),
        (AIRLINE[100:].astype(str), None),
        (AIRLINE[100:].astype(object), None),
        (None, None),
    ],
    ids=["X", "strings", "objects", "nothing"],
)
def test_rolling_forecasts_refuse_what_sktime_refuses(y: Any, X: Any) -> None:
    splitter = ExpandingWindowSplitter(initial_window=10, step_length=10, fh=[1])
    forecaster = small().fit(AIRLINE[:100])
    with pytest.raises(TypeError) as expected:
        BaseForecaster.update_predict(forecaster, y, splitter, X=X)
    with pytest.raises(TypeError) as found:
        forecaster.update_predict(y, splitter, X=X)
    assert str(found.value) == str(expected.value)


def test_distribution_is_that_of_the_samples() -> None:
    forecaster = small().fit(panel())
    distribution = forecaster.predict_proba(fh=[1, 2])
    samples = forecaster.predict_samples(fh=[1, 2])
    expected = samples.groupby(level=[1, 2]).mean()
    np.testing.assert_allclose(distribution.mean(), expected)


def test_covariance_has_the_variances_on_its_diagonal() -> None:
    forecaster = small().fit(panel(n_columns=2))
    variance = forecaster.predict_var(fh=[1, 2])
    covariance = forecaster.predict_var(fh=[1, 2], cov=True)
    for (instance, time), row in variance.iterrows():
        for column, value in row.items():
            assert covariance.loc[(instance, time), (column, time)] == pytest.approx(value)


@pytest.mark.parametrize(
    "values",
    [
        np.full(30, 5.0),
        np.full(30, 0.1),
        np.zeros(30),
        np.array([100.0]),
        wave() * 1e12,
        wave() * 1e-12,
        (10 * wave()).astype(int),
        (10 * wave()).astype("int8"),
        wave() > 5,
        wave().astype("float32"),
        pd.array([3, 4, None] * 10, dtype="Int64"),
        np.r_[[np.nan] * 5, wave(), [np.nan] * 3],
        np.where(np.arange(60) % 7 == 0, np.nan, wave()),
    ],
    ids=[
        *("constant", "inexact constant", "zeros", "one point", "huge", "tiny", "integers"),
        *("small integers", "booleans", "single precision", "nullable", "missing ends", "gaps"),
    ],
)
def test_unusual_series_have_finite_forecasts_in_the_right_place(values) -> None:
    y = monthly(values)
    numbers = y.to_numpy(dtype=float, na_value=np.nan)
    low, high = np.nanmin(numbers), np.nanmax(numbers)
    room = max(high - low, abs(high) / 2, 0.5 if high == low == 0 else 0.0)
    forecast = small(num_samples=100).fit(y).predict(fh=[1, 2, 3])
    assert forecast.between(low - room, high + room).all()


@settings(max_examples=15)
@given(factor=st.floats(1e-6, 1e6))
def test_forecasts_scale_with_the_series(factor: float) -> None:
    expected = small().fit(AIRLINE).predict(fh=[1, 2]) * factor
    actual = small().fit(AIRLINE * factor).predict(fh=[1, 2])
    np.testing.assert_allclose(actual, expected, rtol=1e-4)


def test_nonnegative_paths_are_never_negative() -> None:
    y = monthly(np.where(np.arange(60) % 3 == 0, 4.0, 0.0))
    free = small(num_samples=200).fit(y).predict_samples(fh=range(1, 7))
    clipped = small(num_samples=200, nonnegative=True).fit(y).predict_samples(fh=range(1, 7))
    assert (free.to_numpy() < 0).any()
    assert (clipped.to_numpy() >= 0).all()


@pytest.mark.parametrize("device", ["cpu", "auto", torch.device("cpu")])
def test_device_may_be_named_or_given(device) -> None:
    assert np.isfinite(small(device=device).fit(AIRLINE).predict(fh=[1])).all()


def test_bfloat16_forecasts_are_near_those_of_float32() -> None:
    single = small(num_samples=200).fit(AIRLINE).predict(fh=[1])
    half = small(num_samples=200, dtype="bfloat16").fit(AIRLINE).predict(fh=[1])
    np.testing.assert_allclose(half, single, rtol=0.05)


@pytest.mark.parametrize("rope_scaling", ["linear", "dynamic"])
def test_contexts_longer_than_the_checkpoint_saw_are_possible(rope_scaling: str) -> None:
    forecaster = small(
        checkpoint=DATA / "official_layout.ckpt", context_length=100, rope_scaling=rope_scaling
    )
    assert np.isfinite(forecaster.fit(AIRLINE).predict(fh=[1, 2])).all()


@pytest.mark.parametrize(
    "freq",
    [
        *("MS", "ME", "QS-OCT", "QE-NOV", "YS", "YE-MAR", "W-WED", "D", "B", "BMS", "SME", "2MS"),
        *("h", "2h", "15min", "s", "3D", "28D", pd.DateOffset(months=1)),
    ],
)
def test_every_pandas_frequency_has_its_forecast_times(freq) -> None:
    times = pd.date_range("2000-01-03", periods=60, freq=freq)
    y = pd.Series(wave(), index=times)
    forecaster = small().fit(y[:50])
    assert forecaster.predict(fh=[1, 3]).index.equals(times[[50, 52]])
    assert forecaster.predict(fh=[-2, 1]).index.equals(times[[47, 50]])
    forecaster.update(y[50:51])
    assert forecaster.predict(fh=[1, 2]).index.equals(times[51:53])


@pytest.mark.parametrize("freq", ["MS", "ME", "W-WED", "D", "B", "h", "15min", "3D"])
def test_a_regular_index_without_freq_will_do(freq: str) -> None:
    times = pd.date_range("2000-01-03", periods=60, freq=freq)
    y = pd.Series(wave(), index=pd.DatetimeIndex(times.to_numpy()))
    forecaster = small().fit(y[:50])
    assert forecaster.predict(fh=[1, 3]).index.equals(times[[50, 52]])
    forecaster.update(y[50:51])
    assert forecaster.predict(fh=[1, 2]).index.equals(times[51:53])


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (monthly([1.0, np.inf, 2.0]), ValueError, "inf at 2000-02"),
        (monthly(["a", "b", "c"]), TypeError, "y"),
        (monthly([np.nan, np.nan]), ValueError, "NaN throughout"),
        (monthly(np.zeros(0)), ValueError, "no time points"),
        (AIRLINE.drop(AIRLINE.index[7]), ValueError, "equally spaced"),
        (pd.concat([AIRLINE[:3], AIRLINE[2:]]), ValueError, "twice"),
        (AIRLINE[::-1], TypeError, "sorted"),
        (pd.Series(wave(), index=range(0, 120, 2)), ValueError, "count by one"),
    ],
    ids=[
        *("infinite", "strings", "nothing observed", "empty", "gap", "duplicate", "unsorted"),
        "stepped integers",
    ],
)
def test_unusable_series_are_refused_with_a_reason(y, error, message) -> None:
    with pytest.raises(error, match=message):
        small().fit(y)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"num_samples": 0}, ValueError, "num_samples must be a positive integer, but found 0"),
        ({"num_samples": 2.5}, TypeError, r"num_samples .* 2.5"),
        ({"context_length": 0}, ValueError, "context_length"),
        ({"context_length": 5000}, ValueError, "at most 2048"),
        ({"device": "tpu"}, ValueError, "unknown device 'tpu'"),
        ({"device": "cuda:99"}, ValueError, r"'cuda:99' is not there: this machine has .*1 cpu"),
        ({"dtype": "float16"}, ValueError, "dtype must be"),
        ({"point_forecast": "mode"}, ValueError, "point_forecast must be one of"),
        ({"rope_scaling": "yarn"}, ValueError, "rope_scaling must be one of"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"batch_size": "big"}, TypeError, "'auto'"),
        ({"nonnegative": "yes"}, TypeError, "True or False"),
        ({"checkpoint": "nowhere.ckpt"}, FileNotFoundError, "nowhere.ckpt"),
    ],
)
def test_wrong_parameters_are_named_in_fit(parameters, error, message) -> None:
    forecaster = small(**parameters)
    with pytest.raises(error, match=message):
        forecaster.fit(AIRLINE)
