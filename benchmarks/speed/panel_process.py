"""Forecast a panel, and print the memory and the time that it took; a process for each panel.

``python -m benchmarks.speed.panel_process SERIES PATHS STEPS NETWORK`` prints JSON. With a NETWORK
of 0, random numbers stand in for the paths.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.common.checkpoint import random_checkpoint
from benchmarks.speed.sampling_time import seconds_of_sampling
from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama.network.features import Window
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampled_paths import SampledPaths

NUM_MONTHS = 36


def random_panel(num_series: int, random: np.random.Generator) -> pd.DataFrame:
    """Return a panel of monthly series, one column, indexed by series and month."""
    months = pd.period_range("2020-01", periods=NUM_MONTHS, freq="M")
    index = pd.MultiIndex.from_product([range(num_series), months], names=["series", "month"])
    return pd.DataFrame({"y": random.gamma(2.0, 50.0, len(index))}, index=index)


def sampler_without_network(random: np.random.Generator) -> Callable[..., SampledPaths]:
    """Return a stand-in for ``sample_paths`` that draws uniform random numbers."""

    def sample_paths(
        model: LagLlama, window: Window, calendar: Any, horizon: int, options: SamplingOptions,
        *_: Any,
    ) -> SampledPaths:  # fmt: skip
        paths = SampledPaths.empty(len(window.values), options.num_samples, horizon)
        for field in paths:
            random.random(out=field)
        paths.df[:] += 2.0
        return paths

    return sample_paths


def peak_memory() -> float:
    """Return the largest memory of this process so far, in GiB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count the process that this one was forked from
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**30  # bytes on macOS


def measure(
    num_series: int, num_samples: int, horizon: int, with_network: bool
) -> dict[str, float]:
    """Forecast three quantiles of a panel.

    Parameters
    ----------
    num_series, num_samples, horizon : int
    with_network : bool
        Whether the network draws the paths.

    Returns
    -------
    dict of float
        "before" and "peak", GiB of memory before the forecast and at most; "whole" and "paths",
        seconds of the forecast and of drawing paths.
    """
    random = np.random.default_rng(0)
    y = random_panel(num_series, random)
    sampler = None if with_network else sampler_without_network(random)
    sampling_seconds: list[float] = []
    with random_checkpoint() as checkpoint:
        forecaster = LagLlamaForecaster(checkpoint, num_samples=num_samples, device="cpu")
        with seconds_of_sampling([], sampler):
            forecaster.fit(y.loc[:0], fh=[1]).predict()  # loads the weights
        before = peak_memory()
        start = perf_counter()
        with seconds_of_sampling(sampling_seconds, sampler):
            forecaster.fit(y, fh=np.arange(1, horizon + 1))
            forecaster.predict_quantiles(alpha=[0.1, 0.5, 0.9])
        whole = perf_counter() - start
    return {
        "before": before, "peak": peak_memory(), "whole": whole, "paths": sampling_seconds[0]
    }  # fmt: skip


if __name__ == "__main__":
    num_series, num_samples, horizon, with_network = map(int, sys.argv[1:])
    print(json.dumps(measure(num_series, num_samples, horizon, bool(with_network))))
