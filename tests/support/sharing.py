"""A small forecaster, what it is asked for, and calls in many threads at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from sktime_lagllama import LagLlamaForecaster
from tests.support.models import SMALL, random_model

NUM_THREADS = 8

Result = TypeVar("Result")


def write_small_checkpoint(folder: Path) -> Path:
    random_model(SMALL).save_pretrained(folder)
    return folder


def small(checkpoint: Path | str, **parameters: Any) -> LagLlamaForecaster:
    defaults: dict[str, Any] = {"num_samples": 6, "random_state": 0, "device": "cpu"}
    return LagLlamaForecaster(checkpoint, **{**defaults, **parameters})


def months(length: int = 60, seed: int = 0) -> pd.Series:
    noise = np.random.default_rng(seed).normal(size=length)
    index = pd.period_range("2000-01", periods=length, freq="M")
    return pd.Series(50 + 10 * np.sin(np.arange(length) * np.pi / 6) + noise, index, name="y")


def forecasts_of_every_kind(forecaster: LagLlamaForecaster) -> list[Callable[[], Any]]:
    """Return as many calls as there are threads; no two of them have the same horizon."""
    return [
        lambda: forecaster.predict(fh=[1, 2, 3]),
        lambda: forecaster.predict(fh=[7]),
        lambda: forecaster.predict(fh=[-3, 0, 2]),
        lambda: forecaster.predict_quantiles(fh=[1, 4], alpha=[0.1, 0.9]),
        lambda: forecaster.predict_interval(fh=[5, 6], coverage=0.8),
        lambda: forecaster.predict_var(fh=[2, 3], cov=True),
        lambda: forecaster.predict_samples(fh=[1, 9]),
        lambda: forecaster.predict(fh=pd.PeriodIndex(["2006-01"], freq="M")),
    ]


@contextmanager
def threads_that_alternate_often() -> Iterator[None]:
    """Let threads take turns after each microsecond, not after five thousand."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def at_once(calls: list[Callable[[], Result]]) -> list[Result]:
    """Make calls at the same time, each in its own thread, and return what they return."""
    barrier = Barrier(len(calls))

    def call_with_the_others(call: Callable[[], Result]) -> Result:
        barrier.wait()
        return call()

    with threads_that_alternate_often(), ThreadPoolExecutor(len(calls)) as executor:
        return list(executor.map(call_with_the_others, calls))


def assert_equal(found: Any, expected: Any) -> None:
    """Compare forecasts and their labels to the bit."""
    assert type(found) is type(expected)
    assert found.equals(expected)
    assert found.index.equals(expected.index)
