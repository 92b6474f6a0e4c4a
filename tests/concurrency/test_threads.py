"""Threads of one process: every forecast is what the main thread alone would have got."""

from __future__ import annotations

import pickle
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import joblib
import pandas as pd
import pytest
import torch
from sktime.forecasting.model_evaluation import evaluate
from sktime.forecasting.model_selection import ForecastingGridSearchCV
from sktime.split import ExpandingWindowSplitter

from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama.forecasting.shared_paths import CACHE
from tests.support.sharing import (
    NUM_THREADS,
    assert_equal,
    at_once,
    forecasts_of_every_kind,
    months,
    small,
    threads_that_alternate_often,
)

FH = [1, 2, 3]
CV = ExpandingWindowSplitter(initial_window=48, step_length=3, fh=FH)


@pytest.fixture(params=["with cache", "without cache"])
def cache(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without cache":
        monkeypatch.setattr(CACHE, "max_bytes", 0)


@pytest.mark.usefixtures("cache")
def test_one_forecaster_gives_eight_threads_what_each_asks_for(checkpoint: Path) -> None:
    expected = [call() for call in forecasts_of_every_kind(small(checkpoint).fit(months()))]
    shared = small(checkpoint).fit(months())
    calls = forecasts_of_every_kind(shared)
    assert len(calls) == NUM_THREADS
    for _ in range(10):
        for found, exact in zip(at_once(calls), expected, strict=True):
            assert_equal(found, exact)


def test_eight_forecasters_in_eight_threads_share_nothing_but_weights(checkpoint: Path) -> None:
    def forecast(seed: int) -> pd.Series:
        return small(checkpoint, random_state=seed).fit(months(seed=seed)).predict(FH)

    expected = [forecast(seed) for seed in range(NUM_THREADS)]
    for _ in range(5):
        found = at_once([partial(forecast, seed) for seed in range(NUM_THREADS)])
        for one, exact in zip(found, expected, strict=True):
            assert_equal(one, exact)


@pytest.mark.parametrize("panel", [False, True])
def test_a_forecast_beside_updates_belongs_to_one_state_of_the_data(
    panel: bool, checkpoint: Path
) -> None:
    def data(first: int, stop: int) -> pd.Series | pd.DataFrame:
        if not panel:
            return months()[first:stop]
        frames = [months(seed=seed)[first:stop].to_frame() for seed in range(2)]
        return pd.concat(frames, keys=range(2), names=["series", "month"])

    states = range(30, 61)
    expected = {}
    for length in states:
        forecast = small(checkpoint).fit(data(0, length)).predict(FH)
        expected[forecast.index[0]] = forecast
    forecaster = small(checkpoint).fit(data(0, states[0]))
    finished = False
    found: list[pd.Series | pd.DataFrame] = []
    errors: list[BaseException] = []

    def forecast_all_the_time() -> None:
        try:
            while not finished:
                found.append(forecaster.predict(FH))
        except BaseException as error:
            errors.append(error)

    threads = [Thread(target=forecast_all_the_time) for _ in range(2)]
    with threads_that_alternate_often():
        for thread in threads:
            thread.start()
        for length in states[1:]:
            forecaster.update(data(length - 1, length), update_params=False)
        finished = True
        for thread in threads:
            thread.join()
    assert not errors
    assert len({forecast.index[0] for forecast in found}) > 1
    for forecast in found:
        assert_equal(forecast, expected[forecast.index[0]])


def test_a_pickle_that_is_made_beside_forecasts_and_updates_forecasts_one_state(
    checkpoint: Path,
) -> None:
    y = months()
    expected = {}
    for length in range(30, 61):
        forecast = small(checkpoint).fit(y[:length]).predict(FH)
        expected[forecast.index[0]] = forecast
    forecaster = small(checkpoint).fit(y[:30])
    pickles: list[bytes] = []

    def update() -> None:
        for length in range(31, 61):
            forecaster.update(y[length - 1 : length])

    def pickle_often() -> None:
        pickles.extend(pickle.dumps(forecaster) for _ in range(30))

    def forecast_often() -> None:
        for number in range(30):
            forecaster.predict(fh=[1 + number % 3])

    at_once([update, pickle_often, forecast_often])
    for pickled in pickles:
        forecast = pickle.loads(pickled).predict(FH)
        assert_equal(forecast, expected[forecast.index[0]])


def test_threads_of_joblib_get_the_forecasts_of_the_main_thread(checkpoint: Path) -> None:
    forecaster = small(checkpoint).fit(months())
    horizons = [[step] for step in range(1, 17)]
    expected = [small(checkpoint).fit(months()).predict(fh) for fh in horizons]
    workers = joblib.Parallel(n_jobs=NUM_THREADS, backend="threading")
    for found, exact in zip(
        workers(joblib.delayed(forecaster.predict)(fh) for fh in horizons), expected, strict=True
    ):
        assert_equal(found, exact)


def scores(results: pd.DataFrame) -> pd.DataFrame:
    return results.drop(columns=[name for name in results if "time" in str(name)])


@pytest.mark.slow
def test_evaluate_and_grid_search_find_the_same_with_threads(checkpoint: Path) -> None:
    parallel: dict[str, Any] = {"backend": "threading", "backend_params": {"n_jobs": 4}}
    forecaster = small(checkpoint)
    expected = scores(evaluate(forecaster, CV, months()))
    assert_equal(scores(evaluate(forecaster, CV, months(), **parallel)), expected)
    grid = {"context_length": [8, 12], "random_state": [0, 1]}
    searches = [
        ForecastingGridSearchCV(forecaster, CV, grid, **options).fit(months())
        for options in ({}, parallel)
    ]
    serial, threaded = (scores(search.cv_results_) for search in searches)
    # Several threads may each have another number of cores, which changes rounding.
    pd.testing.assert_frame_equal(serial, threaded, rtol=1e-5)
    assert searches[0].best_params_ == searches[1].best_params_


def test_threads_leave_the_modes_of_torch_as_they_were(checkpoint: Path) -> None:
    threads = torch.get_num_threads()
    forecaster = LagLlamaForecaster(checkpoint, num_samples=6, random_state=0).fit(months())
    modes = at_once(
        [
            lambda: (
                forecaster.predict(FH) is None,
                torch.is_inference_mode_enabled(),
                torch.is_grad_enabled(),
                torch.get_num_threads(),
            )
        ]
        * NUM_THREADS
    )
    assert modes == [(False, False, True, threads)] * NUM_THREADS
