"""What a forecast costs besides the network: imports, memory, and pandas in and out."""

from __future__ import annotations

import json
import subprocess
import sys
from statistics import median
from time import perf_counter

REPEATS = 5

IMPORTS = "import torch, sktime.datasets, sktime.forecasting.base"
FIRST_FORECAST = """
from sktime.datasets import load_airline
from sktime_lagllama import LagLlamaForecaster
LagLlamaForecaster(num_samples=1, device="cpu").fit(load_airline(), fh=[1]).predict()
"""
# Series, paths, steps, and whether the network draws the paths: a hundred thousand series with all
# their paths would take it hours.
PANELS = ((100_000, 10, 2, True), (200, 100, 24, True), (100_000, 100, 24, False))
# Peak memory is that of a process: each panel has one of its own.
PANEL = """
import json, resource, sys, tempfile
from pathlib import Path
from time import perf_counter
from unittest.mock import patch
import numpy as np, pandas as pd
from sktime_lagllama import LagLlamaConfig, LagLlamaForecaster
from sktime_lagllama.forecasting import paths as prediction
from tests.support.published_layout import write_published_layout

num_series, num_samples, horizon, with_network = map(int, sys.argv[1:])
months = pd.period_range("2020-01", periods=36, freq="M")
index = pd.MultiIndex.from_product([range(num_series), months], names=["series", "month"])
random = np.random.default_rng(0)
y = pd.DataFrame({"y": random.gamma(2.0, 50.0, len(index))}, index=index)
spent = 0.0
sample_paths = prediction.sample_paths
def without_network(model, window, calendar, horizon, options, *others):
    return random.random((len(window.values), options.num_samples, horizon))
def stopwatch(*args, **kwargs):
    global spent
    start = perf_counter()
    paths = (sample_paths if with_network else without_network)(*args, **kwargs)
    spent += perf_counter() - start
    return paths
def peak():
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count the process that this one was forked from
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**30  # bytes on macOS
with tempfile.TemporaryDirectory() as folder, patch.object(prediction, "sample_paths", stopwatch):
    checkpoint = Path(folder, "published_size.ckpt")
    write_published_layout(checkpoint, LagLlamaConfig(), seed=0)
    forecaster = LagLlamaForecaster(checkpoint, num_samples=num_samples, device="cpu")
    forecaster.fit(y.loc[:0], fh=[1]).predict()
    before, spent = peak(), 0.0
    start = perf_counter()
    forecaster.fit(y, fh=np.arange(1, horizon + 1))
    quantiles = forecaster.predict_quantiles(alpha=[0.1, 0.5, 0.9])
    whole = perf_counter() - start
print(json.dumps({"before": before, "peak": peak(), "whole": whole, "paths": spent}))
"""


def run(program: str, *arguments: str) -> str:
    """Run a program in a fresh process, and return what it prints."""
    command = [sys.executable, "-W", "ignore", "-c", program, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def seconds_of_process(program: str) -> float:
    """Return the seconds from the start to the end of a process."""
    start = perf_counter()
    run(program)
    return perf_counter() - start


def first_forecast() -> list[str]:
    """Compare a first forecast in a fresh process with importing sktime and torch alone."""
    alone, whole = [], []
    for _ in range(REPEATS):
        alone.append(seconds_of_process(IMPORTS))
        whole.append(seconds_of_process(IMPORTS + FIRST_FORECAST))
    extra = median(whole) - median(alone)
    return [
        f"A fresh process that imports torch and sktime: {median(alone):.2f} s; and then loads the",
        f"bundled checkpoint and makes a first forecast: {median(whole):.2f} s, {extra:.2f} s more",
        f"(medians of {REPEATS}, in turns).",
        "",
    ]


def panel(num_series: int, num_samples: int, horizon: int, with_network: bool) -> str:
    """Measure memory and time of a panel, in a process of its own, and return a table's row."""
    numbers = (num_series, num_samples, horizon, int(with_network))
    measured: dict[str, float] = json.loads(run(PANEL, *map(str, numbers)).splitlines()[-1])
    other = measured["whole"] - measured["paths"]
    return (
        f"| {num_series} | {num_samples} | {horizon} | {'network' if with_network else 'random'} "
        f"| {measured['whole']:.1f} | {other:.2f} | {other / measured['whole']:.1%} "
        f"| {measured['before']:.2f} | {measured['peak']:.2f} |"
    )


def report() -> list[str]:
    """Measure, and return the lines of the report."""
    return [
        "## Besides the network",
        "",
        *first_forecast(),
        "`fit` and `predict_quantiles` of series of 36 months, in a process each, weights loaded",
        "before; the rest is all but drawing paths. With random numbers in place of the network's,",
        "memory is that of the rest: a panel needs that, and what the network adds to 200 series.",
        "",
        "| series | paths | steps | drawn by | seconds | the rest | share | GiB before | peak |",
        "|---:|---:|---:|---|---:|---:|---:|---:|---:|",
        *(panel(*case) for case in PANELS),
        "",
    ]
