"""Worker processes of every kind: their forecasts are those of the process that started them."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import pytest
import torch
from sktime.forecasting.model_evaluation import evaluate
from sktime.split import ExpandingWindowSplitter

from sktime_lagllama import LagLlamaForecaster
from tests.support.sharing import assert_equal, months, small
from tests.support.workers import Forecast, fit_and_predict, predict, put

pytestmark = pytest.mark.slow

SECONDS_BEFORE_A_HANG = 120
NUM_JOBS = 2
SEEDS = range(4)


@pytest.fixture(autouse=True)
def several_threads() -> Iterator[None]:
    """Let torch use two threads, whose like a forked process does not have."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def assert_forecast_here(found: Forecast, checkpoint: Path, seed: int, *options: int) -> None:
    """Compare a forecast to the bit with the one that this process makes with as many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(found.num_threads)
    try:
        assert_equal(found.values, fit_and_predict(checkpoint, seed, *options).values)
    finally:
        torch.set_num_threads(before)


def fitted(checkpoint: Path, seed: int) -> LagLlamaForecaster:
    return small(checkpoint, random_state=seed).fit(months(seed=seed))


def result_of_process(method: str, *call: Any) -> Forecast:
    """Return what a function returns in a process that was started by a method."""
    context: Any = multiprocessing.get_context(method)
    queue = context.Queue()
    process = context.Process(target=put, args=(queue, *call))
    process.start()
    try:
        return queue.get(timeout=SECONDS_BEFORE_A_HANG)
    finally:
        process.kill()
        process.join()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork")
def test_a_process_forked_after_forecasts_forecasts_the_same(checkpoint: Path) -> None:
    fit_and_predict(checkpoint, 0)
    fit_and_predict(checkpoint, 0, 2)
    for seed in SEEDS:
        # Its paths are not in the cache.
        found = result_of_process("fork", predict, fitted(checkpoint, seed))
        assert_forecast_here(found, checkpoint, seed)
        found = result_of_process("fork", fit_and_predict, checkpoint, seed, 2)
        assert_forecast_here(found, checkpoint, seed, 2)
    assert torch.get_num_threads() == 2


def test_a_spawned_process_forecasts_the_same(checkpoint: Path) -> None:
    found = result_of_process("spawn", predict, fitted(checkpoint, 1))
    assert_forecast_here(found, checkpoint, 1)


@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork")
def test_processes_of_joblib_forecast_the_same(backend: str, checkpoint: Path) -> None:
    fit_and_predict(checkpoint, 0)
    # A worker that hangs ends with a TimeoutError.
    workers = joblib.Parallel(NUM_JOBS, backend=backend, timeout=SECONDS_BEFORE_A_HANG)
    forecasters = [fitted(checkpoint, seed) for seed in SEEDS]
    forecasts = workers(joblib.delayed(predict)(forecaster) for forecaster in forecasters)
    fits = workers(joblib.delayed(fit_and_predict)(checkpoint, seed) for seed in SEEDS)
    for seed in SEEDS:
        assert_forecast_here(forecasts[seed], checkpoint, seed)
        assert_forecast_here(fits[seed], checkpoint, seed)


def test_evaluate_finds_the_same_with_loky(checkpoint: Path) -> None:
    cv = ExpandingWindowSplitter(initial_window=48, step_length=4, fh=[1, 2])
    results = [
        evaluate(small(checkpoint), cv, months(), **options)
        for options in ({}, {"backend": "loky", "backend_params": {"n_jobs": NUM_JOBS}})
    ]
    serial, parallel = (
        result.drop(columns=[name for name in result if "time" in str(name)]) for result in results
    )
    # The workers may have another number of threads, which changes rounding.
    pd.testing.assert_frame_equal(parallel, serial, rtol=1e-5)


def test_dask_workers_forecast_the_same(checkpoint: Path) -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=NUM_JOBS, threads_per_worker=2, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        forecasters = [fitted(checkpoint, seed) for seed in SEEDS]
        forecasts = client.gather(client.map(predict, forecasters))
    for seed in SEEDS:
        assert_forecast_here(forecasts[seed], checkpoint, seed)
