"""Accuracy after fine-tuning, on panels of real series from one source."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd

from benchmarks.common.command_line import print_progress
from benchmarks.common.metrics import geometric_mean, weighted_quantile_loss
from benchmarks.fine_tuning.comparison import (
    Result,
    Settings,
    deciles,
    differs,
    table,
    timed_training,
)
from benchmarks.fine_tuning.criteria import verdict
from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama._typing import Float64Array
from sktime_lagllama.evaluation.quantile_loss import DECILES
from sktime_lagllama.pretraining.validation.fast_sources import load_fast_series
from sktime_lagllama.pretraining.validation.series import RealSeries
from sktime_lagllama.pretraining.validation.sources import load_real_series

MAX_STEPS = 40
NUM_WINDOWS = 2
"""Forecasts at the end of each series, one horizon apart."""

MAX_MEAN_RATIO, MAX_RATIO = 0.95, 1.02


@dataclass(frozen=True)
class Source:
    """Series of one source and step.

    Parameters
    ----------
    name, group : str
        As in the validation set.
    horizon : int
    chosen_on : bool, default=False
        Whether settings and defaults of fine-tuning were chosen by its accuracy.
    """

    name: str
    group: str
    horizon: int
    chosen_on: bool = False


SOURCES = (
    Source("chicago", "days", 14, chosen_on=True),
    Source("chicago", "weeks", 13, chosen_on=True),
    Source("births_by_state", "weeks", 13, chosen_on=True),
    Source("swiss_nox", "days", 14, chosen_on=True),
    Source("uschange", "quarterly", 8, chosen_on=True),
    Source("macrodata", "quarterly", 8, chosen_on=True),
    Source("fertility", "yearly", 6, chosen_on=True),
    Source("grunfeld", "yearly", 3, chosen_on=True),
    Source("births_by_state", "days", 14),
    Source("cities", "days", 14),
    Source("exchange_rates", "days", 14),
    Source("nowcast", "monthly", 12),
    Source("denmark", "quarterly", 8),
    Source("copper", "yearly", 3),
    Source("longley", "yearly", 3),
)
"""All with at least five series, and steps of at least a day."""

QUICK_SOURCES = (Source("denmark", "quarterly", 4),)


def series_of(source: Source) -> list[RealSeries]:
    """Return all series of a source.

    Raises
    ------
    LookupError
        If this installation has none.
    """
    found = [
        series
        for series in (*load_real_series(), *load_fast_series())
        if (series.source, series.group) == (source.name, source.group)
    ]
    if not found:
        raise LookupError(f"no series of {source.name}, {source.group} are installed")
    return found


def panel_of(series: list[RealSeries]) -> pd.DataFrame:
    """Return series as one panel, a column indexed by series and time."""
    tables = {one.name: one.values.rename("value").rename_axis("time").to_frame() for one in series}
    return pd.concat(tables, names=["series"])


def from_the_end(panel: pd.DataFrame, start: int, stop: int | None = None) -> pd.DataFrame:
    """Return a part of every series, with places counted as in a slice of the series."""
    parts = {name: part.droplevel(0).iloc[start:stop] for name, part in panel.groupby(level=0)}
    return pd.concat(parts, names=["series"])


def rolling_wql(forecaster: LagLlamaForecaster, panel: pd.DataFrame, horizon: int) -> float:
    """Forecast the last horizons of a panel one after the other, and score them together.

    Parameters
    ----------
    forecaster : LagLlamaForecaster
        Its weights are used; it is fitted anew, without training, to all but these horizons.
    panel : pd.DataFrame
    horizon : int

    Returns
    -------
    float
        Weighted quantile loss over the levels 0.1 to 0.9; missing values do not count.
    """
    fh = np.arange(1, horizon + 1)
    quantiles: list[Float64Array] = []
    actuals: list[Float64Array] = []
    forecaster.fit(from_the_end(panel, 0, -NUM_WINDOWS * horizon), fh=fh)
    for window in range(NUM_WINDOWS, 0, -1):
        stop = None if window == 1 else (1 - window) * horizon
        future = from_the_end(panel, -window * horizon, stop)
        quantiles.append(deciles(forecaster, horizon).reshape(1, -1, len(DECILES)))
        actuals.append(future["value"].to_numpy().reshape(1, -1))
        if window > 1:
            forecaster.update(future, update_params=False)
    all_actuals, all_quantiles = np.concatenate(actuals, 1), np.concatenate(quantiles, 1)
    observed = ~np.isnan(all_actuals[0])
    return weighted_quantile_loss(all_actuals[:, observed], all_quantiles[:, observed], DECILES)


def source_results(source: Source, settings: Settings) -> list[Result]:
    """Fine-tune on some series of a source, and forecast their ends and those of the others.

    Parameters
    ----------
    source : Source
    settings : Settings

    Returns
    -------
    list of Result
        Of the series that were trained on, up to the ends, and of those that were not.
    """
    series = series_of(source)
    # Not the first half: neighbours in the alphabet are often alike.
    parts = {"themselves": series[::2], "others": series[1::2]}
    trained_on = panel_of(parts["themselves"])
    history = from_the_end(trained_on, 0, -NUM_WINDOWS * source.horizon)
    fh = np.arange(1, source.horizon + 1)
    fine_tuning = settings.fine_tuning()
    if not settings.quick:
        fine_tuning.set_params(max_steps=MAX_STEPS)
    tuned, seconds = timed_training(lambda: settings.forecaster(fine_tuning).fit(history, fh=fh))
    results = []
    for part, members in parts.items():
        panel = panel_of(members)
        zero_shot = settings.forecaster()
        # A network as checkpoint: what ``pretrain`` leaves is used in the same way.
        with_tuned = settings.forecaster().set_params(checkpoint=tuned.model_)
        results.append(
            Result(
                f"{source.name}, {source.group}, {len(members)} series, {part}",
                zero_shot_wql=rolling_wql(zero_shot, panel, source.horizon),
                fine_tuned_wql=rolling_wql(with_tuned, panel, source.horizon),
                num_steps=int(tuned.history_.index.max()),
                weights_changed=differs(tuned.model_, zero_shot.model_),
                seconds=seconds,
            )
        )
    return results


def report(options: argparse.Namespace) -> list[str]:
    """Measure on all panels, and return the lines of the report.

    Parameters
    ----------
    options : argparse.Namespace
        Of the command line: checkpoint, quick.

    Returns
    -------
    list of str
    """
    settings = Settings(options.checkpoint, options.quick)
    sources = QUICK_SOURCES if options.quick else SOURCES
    lines = [
        f"`fit` with `FineTuning(max_steps={MAX_STEPS}, random_state=0)` on every other series of",
        f'a source ("themselves"), without the last {NUM_WINDOWS} horizons. These are forecast',
        "one after the other, of the series that were trained on and of the others, whose",
        "histories training has not seen. The sources are those with at least five series and",
        "steps of at least a day. WQL is over the levels 0.1 to 0.9. Seconds are of `fit`.",
        "",
    ]
    ratios = []
    for chosen_on, group in groupby(sources, key=lambda source: source.chosen_on):
        results = []
        for source in group:
            of_source = source_results(source, settings)
            print_progress("\n".join(result.row() for result in of_source))
            results += of_source
        of_group = [result.ratio for result in results]
        ratios += of_group
        lines += [
            "Sources by which the defaults were chosen:"
            if chosen_on
            else "Sources that nothing was chosen by:",
            "",
            *table(results),
            "",
            f"Geometric mean of the ratios: {geometric_mean(of_group):.3f}.",
            "",
        ]
    mean, worst = geometric_mean(ratios), max(ratios)
    criteria = (
        (f"the mean ratio of all is at most {MAX_MEAN_RATIO}", mean, mean <= MAX_MEAN_RATIO),
        (f"the worst ratio is at most {MAX_RATIO}", worst, worst <= MAX_RATIO),
    )
    for criterion in criteria:
        lines += [verdict(*criterion), ""]
    return lines
