"""Compare intervals of the model with intervals that are calibrated on a series' own past.

``python -m benchmarks.intervals --output benchmarks/intervals/report.md``
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.common.command_line import count, print_progress
from benchmarks.common.machine import about
from benchmarks.common.reports import deliver
from benchmarks.intervals.methods import METHODS, Method
from sktime_lagllama._typing import Float64Array
from sktime_lagllama.evaluation.quantile_loss import REPORTED_LEVELS
from sktime_lagllama.pretraining.validation.scoring import compare, summarise
from sktime_lagllama.pretraining.validation.sources import load_real_series
from sktime_lagllama.pretraining.validation.windows import RealWindow, rolling_windows

VERSIONS = ("sktime-lagllama", "sktime", "torch", "numpy", "pandas")

MIN_HISTORY = 30
"""Shorter histories have no past to calibrate on."""


def chosen_windows(windows: Sequence[RealWindow], per_group: int) -> list[RealWindow]:
    """Return windows with a history to calibrate on and without gaps, spread over each group.

    Parameters
    ----------
    windows : sequence of RealWindow
    per_group : int
        Of a group, at most.

    Returns
    -------
    list of RealWindow
    """
    complete = [
        window
        for window in windows
        if len(window.history) >= MIN_HISTORY + len(window.targets)
        and not window.history.isna().any()
    ]
    chosen = []
    for group in dict.fromkeys(window.series.group for window in complete):
        of_group = [window for window in complete if window.series.group == group]
        places = np.linspace(0, len(of_group) - 1, min(per_group, len(of_group)))
        chosen += [of_group[place] for place in places.round().astype(int)]
    return chosen


def forecast(method: Method, windows: Sequence[RealWindow]) -> tuple[list[Float64Array], float]:
    """Return quantiles of each window, shape (targets, levels), and seconds for a window."""
    start = time.perf_counter()
    forecasts = [method(w.history, len(w.targets), REPORTED_LEVELS) for w in windows]
    return forecasts, (time.perf_counter() - start) / len(windows)


def table(
    windows: Sequence[RealWindow], methods: dict[str, Method]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score methods.

    Parameters
    ----------
    windows : sequence of RealWindow
    methods : dict of str to Method

    Returns
    -------
    overall : pd.DataFrame
        Indexed by method, with the columns of ``summarise`` and "seconds" for a window.
    by_group : pd.DataFrame
        WQL and coverage of 80 % intervals by method (rows) and group.
    """
    overall, by_group = {}, {}
    for name, method in methods.items():
        print_progress(f"{name} ...")
        forecasts, seconds = forecast(method, windows)
        scores = summarise(compare(windows, forecasts))
        overall[name] = {**scores.loc["all"], "seconds": seconds}
        groups = scores.drop(index="all")
        by_group[name] = {
            group: f"{row['WQL']:.3f} ({100 * row['coverage_80']:.0f})"
            for group, row in groups.iterrows()
        }
    return pd.DataFrame(overall).T, pd.DataFrame(by_group).T


def report(windows: Sequence[RealWindow], methods: dict[str, Method]) -> str:
    """Score methods, and return the report in markdown."""
    measured_on = about(VERSIONS, "bundled")
    overall, by_group = table(windows, methods)
    lines = [
        "# Intervals",
        "",
        "The real validation series (`sktime_lagllama.pretraining.validation`) with a history of",
        f"at least {MIN_HISTORY} values and a horizon more, without gaps: {len(windows)} windows.",
        "MASE and WQL relative to the seasonal naive, geometric means over the groups; shares of",
        "values inside the intervals; seconds for a window, one after the other.",
        "",
        "| | MASE | WQL | in 80 % | in 95 % | seconds |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| {name} | {row['MASE']:.3f} | {row['WQL']:.3f} | {100 * row['coverage_80']:.1f} % "
            f"| {100 * row['coverage_95']:.1f} % | {row['seconds']:.2f} |"
            for name, row in overall.iterrows()
        ),
        "",
        "WQL of each group (and values in 80 % intervals, in per cent):",
        "",
        "| | " + " | ".join(map(str, by_group.columns)) + " |",
        "|---|" + "---:|" * len(by_group.columns),
        *(f"| {name} | " + " | ".join(row) + " |" for name, row in by_group.iterrows()),
        "",
    ]
    return "\n".join([*lines, *measured_on])


def main(arguments: list[str] | None = None) -> None:
    """Compare methods, print the report, and write it if the command line names a file."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.intervals", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), help="default: all possible")
    parser.add_argument("--per-group", type=count, default=12, help="windows of each group")
    parser.add_argument("--output", type=Path, help="markdown file to write the report to, too")
    options = parser.parse_args(arguments)
    names = options.methods or [
        name
        for name in METHODS
        if name != "EnbPIForecaster" or importlib.util.find_spec("tsbootstrap")
    ]
    windows = chosen_windows(rolling_windows(load_real_series()), options.per_group)
    deliver(report(windows, {name: METHODS[name] for name in names}), options.output)


if __name__ == "__main__":
    main()
