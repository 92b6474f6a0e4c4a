"""What a forecast costs outside the network: imports, memory, and pandas in and out."""

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
PANELS = ((100_000, 10, 2, True), (200, 100, 24, True), (100_000, 100, 24, False))
"""Series, paths, steps, and whether the network draws the paths.

It would take hours to draw all paths of a hundred thousand series.
"""


def run_python(*arguments: str) -> str:
    """Run Python without warnings in a fresh process, and return what it prints."""
    command = [sys.executable, "-W", "ignore", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def seconds_of_process(program: str) -> float:
    """Return the seconds from the start to the end of a process that runs a program."""
    start = perf_counter()
    run_python("-c", program)
    return perf_counter() - start


def first_forecast() -> list[str]:
    """Compare a first forecast in a fresh process with importing sktime and torch alone."""
    import_seconds, forecast_seconds = [], []
    for _ in range(REPEATS):
        import_seconds.append(seconds_of_process(IMPORTS))
        forecast_seconds.append(seconds_of_process(IMPORTS + FIRST_FORECAST))
    alone, whole = median(import_seconds), median(forecast_seconds)
    return [
        f"A fresh process that imports torch and sktime: {alone:.2f} s. One that then loads the",
        f"bundled checkpoint and makes a first forecast: {whole:.2f} s, {whole - alone:.2f} s more",
        f"(medians of {REPEATS}, in turns).",
        "",
    ]


def panel(num_series: int, num_samples: int, horizon: int, with_network: bool) -> str:
    """Measure memory and time of a panel in a process of its own, and return a table's row.

    Parameters
    ----------
    num_series, num_samples, horizon : int
    with_network : bool
        Whether the network draws the paths; if not, random numbers stand in.

    Returns
    -------
    str
    """
    # Peak memory is that of a process.
    numbers = (num_series, num_samples, horizon, int(with_network))
    printed = run_python("-m", "benchmarks.speed.panel_process", *map(str, numbers))
    measured: dict[str, float] = json.loads(printed.splitlines()[-1])
    rest = measured["whole"] - measured["paths"]
    return (
        f"| {num_series} | {num_samples} | {horizon} | {'network' if with_network else 'random'} "
        f"| {measured['whole']:.1f} | {rest:.2f} | {rest / measured['whole']:.1%} "
        f"| {measured['before']:.2f} | {measured['peak']:.2f} |"
    )


def report() -> list[str]:
    """Measure, and return the lines of the report."""
    return [
        "## Outside the network",
        "",
        *first_forecast(),
        "`fit` and `predict_quantiles` of series of 36 months, in a process each, weights loaded",
        'before. "The rest" is everything except drawing paths. The row with random numbers in',
        "place of the network shows the memory of the rest: a panel needs that, and what the",
        "network adds to 200 series.",
        "",
        "| series | paths | steps | drawn by | seconds | the rest | share | GiB before | peak |",
        "|---:|---:|---:|---|---:|---:|---:|---:|---:|",
        *(panel(*case) for case in PANELS),
        "",
    ]
