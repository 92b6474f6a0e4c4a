"""How long it takes to score a long series."""

from __future__ import annotations

from time import perf_counter, process_time

import numpy as np
import pandas as pd
import torch

from benchmarks.common.command_line import print_progress
from sktime_lagllama import LagLlamaAnomalyDetector

MAX_SECONDS = 10.0
NUM_OUTLIERS = 100


def report(checkpoint: str, num_values: int) -> list[str]:
    """Return the lines of the section."""
    random = np.random.default_rng(0)
    times = np.arange(num_values)
    values = 10 + 3 * np.sin(2 * np.pi * times / 24) + random.standard_normal(num_values)
    values[random.choice(num_values, NUM_OUTLIERS, replace=False)] += 20
    y = pd.Series(values, pd.date_range("2000-01-01", periods=num_values, freq="h"))
    lines = [
        f"{num_values:,} hourly values with {NUM_OUTLIERS} outliers; torch on "
        f"{torch.get_num_threads()} threads. A machine that does nothing else takes about the "
        "seconds of all threads, divided by their number.",
        "",
        "| | seconds by the clock | of all threads |",
        "|---|---:|---:|",
    ]
    for name, robust in (("robust=False", False), ("robust=True", True)):
        print_progress(f"speed, {name}")
        detector = LagLlamaAnomalyDetector(checkpoint, robust=robust).fit(y[:1000])
        detector.transform_scores(y[:2000])  # warm up
        start, cpu_start = perf_counter(), process_time()
        detector.transform_scores(y)
        seconds, cpu_seconds = perf_counter() - start, process_time() - cpu_start
        lines.append(f"| {name} | {seconds:.1f} | {cpu_seconds:.1f} |")
        if not robust:
            met = seconds <= MAX_SECONDS
            verdict = f"Criterion: one pass in at most {MAX_SECONDS:g} seconds. Found {seconds:.1f}"
            verdict += f": **{'met' if met else 'MISSED'}**."
    return [*lines, "", verdict, ""]
