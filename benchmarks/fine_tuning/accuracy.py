"""Accuracy after fine-tuning, on single real series and on simulated panels."""

from __future__ import annotations

import argparse
from statistics import median

import numpy as np

from benchmarks.common.command_line import print_progress
from benchmarks.common.metrics import geometric_mean
from benchmarks.fine_tuning.comparison import Result, Settings, compare, table
from benchmarks.fine_tuning.criteria import verdict
from benchmarks.fine_tuning.simulated_panels import (
    NOISE,
    RULE_TEXTS,
    RULES,
    simulated_panel,
    split_panel,
)
from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama.pretraining.validation.sources import (
    HORIZONS,
    RealSeries,
    load_real_series,
)

REAL_SERIES = (
    ("airline", "monthly"),
    ("seatbelts", "monthly"),
    ("co2", "monthly"),
    ("elnino", "monthly"),
    ("macrodata/realgdp", "quarterly"),
    ("macrodata/unemp", "quarterly"),
    ("uschange/Consumption", "quarterly"),
    ("sunspots", "yearly"),
    ("nile", "yearly"),
    ("lynx", "yearly"),
    ("fertility/NLD", "yearly"),
    ("grunfeld/General Motors invest", "yearly"),
    ("co2", "weekly"),
    ("victoria", "daily"),
    ("victoria", "hourly"),
)
"""Names and groups of series, none of which belongs to a forecasting competition."""

QUICK_SERIES = 2
MAX_REAL_RATIO, MAX_MEAN_REAL_RATIO = 1.02, 0.98
MAX_SECONDS = 10

PANEL_SIZE, PANEL_PRETRAINED, PANEL_LENGTH, PANEL_HORIZON = 60, 40, 300, 24
QUICK_PANEL_SIZE, QUICK_PANEL_PRETRAINED = 6, 4
MAX_PANEL_RATIO = 0.85


def chosen_series(quick: bool) -> list[RealSeries]:
    """Return the real series that are forecast; for a quick run, only the shortest ones."""
    by_key = {(series.name, series.group): series for series in load_real_series()}
    chosen = [by_key[key] for key in REAL_SERIES]
    if quick:
        return sorted(chosen, key=lambda series: len(series.values))[:QUICK_SERIES]
    return chosen


def real_series_result(series: RealSeries, settings: Settings) -> Result:
    """Fine-tune on a series without its end, and forecast the end.

    Parameters
    ----------
    series : RealSeries
    settings : Settings

    Returns
    -------
    Result

    Raises
    ------
    ValueError
        If the end has missing values or is all zeros, so that it has no WQL.
    """
    horizon = HORIZONS[series.group]
    history, future = series.values.iloc[:-horizon], series.values.iloc[-horizon:]
    if future.isna().any():
        raise ValueError(f"the end of {series.name} must be observed, but found missing values")
    if not future.any():
        raise ValueError(f"the end of {series.name} must not be all zeros: its WQL is not defined")
    fh = np.arange(1, horizon + 1)
    return compare(
        f"{series.name}, {series.group}, {len(history)} + {horizon}",
        history,
        future.to_numpy()[None],
        settings.forecaster().fit(history, fh=fh),
        lambda: settings.forecaster(settings.fine_tuning()).fit(history, fh=fh),
    )


def panel_results(rule: str, settings: Settings) -> list[Result]:
    """Forecast some series of a panel, with two kinds of training: on the others, and on these.

    Parameters
    ----------
    rule : str
        One of ``RULES``.
    settings : Settings

    Returns
    -------
    list of Result
        After ``pretrain`` on the other series, and after ``fit`` with fine-tuning.
    """
    size, num_pretrained = PANEL_SIZE, PANEL_PRETRAINED
    if settings.quick:
        size, num_pretrained = QUICK_PANEL_SIZE, QUICK_PANEL_PRETRAINED
    panel = simulated_panel(rule, size, PANEL_LENGTH)
    other_series, histories, actuals = split_panel(panel, num_pretrained, PANEL_HORIZON)
    fh = np.arange(1, PANEL_HORIZON + 1)
    zero_shot = settings.forecaster().fit(histories, fh=fh)

    def pretrained() -> LagLlamaForecaster:
        return settings.forecaster(settings.fine_tuning()).pretrain(other_series, fh=fh)

    def fitted() -> LagLlamaForecaster:
        return settings.forecaster(settings.fine_tuning()).fit(histories, fh=fh)

    return [
        compare(f"{rule}, {name}", histories, actuals, zero_shot, train)
        for name, train in (
            (f"`pretrain` on {num_pretrained} others, `fit`", pretrained),
            (f"`fit` on the {size - num_pretrained} themselves", fitted),
        )
    ]


def real_series_report(options: argparse.Namespace) -> list[str]:
    """Measure on the real series, and return the lines of the report.

    Parameters
    ----------
    options : argparse.Namespace
        Of the command line: checkpoint, quick.

    Returns
    -------
    list of str
    """
    settings = Settings(options.checkpoint, options.quick)
    results = []
    for series in chosen_series(settings.quick):
        results.append(real_series_result(series, settings))
        print_progress(results[-1].row())
    worst = max(result.ratio for result in results)
    mean = geometric_mean([result.ratio for result in results])
    unchanged = [result.seconds for result in results if not result.weights_changed]
    seconds = median(unchanged) if unchanged else 0.0
    return [
        "`LagLlamaForecaster(random_state=0)` against the same with",
        "`fine_tuning=FineTuning(random_state=0)`, on all but the last values of a series, which",
        'are then forecast ("history + horizon"). WQL is over the levels 0.1 to 0.9. None of the',
        "series belongs to a forecasting competition. Where held-out values were not",
        "forecast clearly better (with a confidence of 95 %), `fit` keeps the checkpoint's",
        'weights: "unchanged", a ratio of 1. Seconds are of `fit`.',
        "",
        *table(results),
        "",
        f"Geometric mean of the ratios: {mean:.3f}; weights were tuned for "
        f"{sum(result.weights_changed for result in results)} of {len(results)} series.",
        "",
        verdict(
            f"the mean ratio is at most {MAX_MEAN_REAL_RATIO}", mean, mean <= MAX_MEAN_REAL_RATIO
        ),
        "",
        verdict(f"the worst ratio is at most {MAX_REAL_RATIO}", worst, worst <= MAX_REAL_RATIO),
        "",
        verdict(
            f"the median time of a series that stays as it is is at most {MAX_SECONDS} seconds",
            seconds,
            seconds <= MAX_SECONDS,
        ),
        "",
    ]


def simulated_panels_report(options: argparse.Namespace) -> list[str]:
    """Measure on the simulated panels, and return the lines of the report.

    Parameters
    ----------
    options : argparse.Namespace
        Of the command line: checkpoint, quick.

    Returns
    -------
    list of str
    """
    settings = Settings(options.checkpoint, options.quick)
    results, verdicts = [], []
    for rule in RULES:
        of_rule = panel_results(rule, settings)
        print_progress("\n".join(result.row() for result in of_rule))
        worst = max(result.ratio for result in of_rule)
        criterion = f"both ratios on the {rule} are at most {MAX_PANEL_RATIO}"
        verdicts += [verdict(criterion, worst, worst <= MAX_PANEL_RATIO), ""]
        results += of_rule
    return [
        f"Panels of daily series of {PANEL_LENGTH} values that follow one rule, with levels and",
        f"scales at random and {NOISE:.0%} noise:",
        "",
        *(f"- {rule}: {text}" for rule, text in RULE_TEXTS.items()),
        "",
        f"The last {PANEL_HORIZON} values of some of them are forecast, after `pretrain` on the",
        "other series, or after `fit` with fine-tuning on these series up to there. Seconds are of",
        "`pretrain` or `fit`.",
        "",
        *table(results),
        "",
        *verdicts,
    ]
