"""What a forecast costs besides the network: imports, memory, and pandas in and out."""

from __future__ import annotations

import json
import subprocess
import sys
from statistics import median
from typing import Any

REPEATS = 5
# Series, paths and steps: all the series with few paths, and some of them with all their paths.
MANY_SERIES_CASES = ((100_000, 10, 2), (200, 100, 24))

IMPORTS = "import torch, sktime.datasets, sktime.forecasting.base"
FIRST_FORECAST = """
from sktime.datasets import load_airline
from sktime_lagllama import LagLlamaForecaster
LagLlamaForecaster(num_samples=1, device="cpu").fit(load_airline(), fh=[1]).predict()
"""
# Peak memory is that of a process: each case has one of its own.
MANY_SERIES = """
import json, resource, sys, tempfile
from pathlib import Path
from time import perf_counter
from unittest.mock import patch
import numpy as np, pandas as pd
from sktime_lagllama import LagLlamaConfig, LagLlamaForecaster, prediction
from tests.support.published_layout import write_published_layout

num_series, num_samples, horizon = map(int, sys.argv[1:])
index = pd.MultiIndex.from_product(
    [range(num_series), pd.period_range("2020-01", periods=36, freq="M")], names=["series", "month"]
)
random = np.random.default_rng(0)
y = pd.DataFrame({"y": random.gamma(2.0, 50.0, len(index))}, index=index)
spent = 0.0
sample_paths = prediction.sample_paths
def stopwatch(*args, **kwargs):
    global spent
    start = perf_counter()
    paths = sample_paths(*args, **kwargs)
    spent += perf_counter() - start
    return paths
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
with tempfile.TemporaryDirectory() as folder, patch.object(prediction, "sample_paths", stopwatch):
    checkpoint = Path(folder, "published_size.ckpt")
    write_published_layout(checkpoint, LagLlamaConfig(), seed=0)
    forecaster = LagLlamaForecaster(checkpoint, num_samples=num_samples, device="cpu")
    before = peak()
    start = perf_counter()
    forecaster.fit(y, fh=np.arange(1, horizon + 1))
    quantiles = forecaster.predict_quantiles(alpha=[0.1, 0.5, 0.9])
    whole = perf_counter() - start
print(json.dumps({"before": before, "peak": peak(), "whole": whole, "paths": spent,
                  "rows": len(quantiles)}))
"""


def seconds_of_process(program: str) -> float:
    """Return the seconds from the start to the end of a Python process."""
    timed = (
        "import subprocess, sys, time; start = time.perf_counter(); "
        "subprocess.run([sys.executable, '-W', 'ignore', '-c', sys.argv[1]], check=True); "
        "print(time.perf_counter() - start)"
    )
    result = subprocess.run(
        [sys.executable, "-c", timed, program], check=True, capture_output=True, text=True
    )
    return float(result.stdout)


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


def many_series(num_series: int, num_samples: int, horizon: int) -> str:
    """Measure memory and time of a panel, in a process of its own, and return a table's row."""
    command = [sys.executable, "-W", "ignore", "-c", MANY_SERIES]
    numbers = [str(number) for number in (num_series, num_samples, horizon)]
    result = subprocess.run([*command, *numbers], check=True, capture_output=True, text=True)
    measured: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    other = measured["whole"] - measured["paths"]
    return (
        f"| {num_series} | {num_samples} | {horizon} | {measured['whole']:.1f} | {other:.2f} | "
        f"{other / measured['whole']:.1%} | {measured['before']:.2f} | {measured['peak']:.2f} |"
    )


def report() -> list[str]:
    """Measure, and return the lines of the report."""
    return [
        "## Besides the network",
        "",
        *first_forecast(),
        "`fit` and `predict_quantiles` of series of 36 months, in a process each. A hundred",
        "thousand series with 100 paths of 24 steps would take hours here; what they need is the",
        "larger of both: paths exist for one block of series at a time.",
        "",
        "| series | paths | steps | seconds | all but paths | share | GiB before | GiB at peak |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(many_series(*case) for case in MANY_SERIES_CASES),
        "",
    ]
