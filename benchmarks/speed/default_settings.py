"""A forecast with default settings, beside what else one could use for it.

One monthly series of 144 points, and 1,000 such series, 12 steps: ours from ``fit`` to
``predict_quantiles``, pandas in and out; AutoETS and AutoTheta of statsforecast on arrays, one
series after the other in one process; networks of the sizes of Chronos-Bolt on arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import torch

from benchmarks.common.series import airline, airline_like
from benchmarks.speed import chronos_bolt
from benchmarks.speed.decile_error import LEVELS
from benchmarks.speed.timing import seconds
from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama._typing import Float64Array

HORIZON = 12
SEASON = 12
NUM_SERIES = 1000
STATISTICAL_SERIES = 50
"""Series of the panel that AutoETS and AutoTheta are timed on, as each series takes as long."""
CHRONOS_BATCH = 256
INTERVALS = [80, 95]
"""Of AutoETS and AutoTheta, per cent."""
REPEATS = 20
PANEL_REPEATS = 3


@dataclass(frozen=True)
class Contender:
    """A way to forecast.

    Parameters
    ----------
    one : callable
        Forecasts one series.
    panel : callable
        Forecasts a panel.
    panel_size : int
        Its series.
    """

    one: Callable[[], object]
    panel: Callable[[], object]
    panel_size: int


def lag_llama(num_series: int) -> Contender:
    """Return our forecaster with its default settings."""
    one, panel, fh = airline(), airline_like(num_series), np.arange(1, HORIZON + 1)

    def deciles(y: Any) -> object:
        return LagLlamaForecaster().fit(y, fh=fh).predict_quantiles(alpha=list(LEVELS))

    return Contender(lambda: deciles(one), lambda: deciles(panel), num_series)


def chronos(size: chronos_bolt.Size, num_series: int) -> Contender:
    """Return a network of a size of Chronos-Bolt."""
    pipeline = chronos_bolt.random_pipeline(size)

    def deciles(values: Float64Array) -> None:
        for batch in torch.from_numpy(values).float().split(CHRONOS_BATCH):
            pipeline.predict_quantiles(batch, HORIZON, quantile_levels=list(LEVELS))

    one, panel = _values(1), _values(num_series)
    return Contender(lambda: deciles(one), lambda: deciles(panel), num_series)


def statistical(name: str, num_series: int) -> Contender:
    """Return a model of statsforecast, fitted to one series after the other."""
    from statsforecast import models

    make = getattr(models, name)

    def intervals(values: Float64Array) -> None:
        for y in values:
            make(season_length=SEASON).forecast(y=y, h=HORIZON, level=INTERVALS)

    one, panel = _values(1), _values(num_series)
    return Contender(lambda: intervals(one), lambda: intervals(panel), num_series)


def _values(num_series: int) -> Float64Array:
    """Return the series as an array of shape (series, times)."""
    y = airline() if num_series == 1 else airline_like(num_series)
    return y.to_numpy().reshape(num_series, -1)


def measure(contenders: dict[str, Contender]) -> dict[str, tuple[float, float]]:
    """Time all contenders in turns, so that other load on the machine slows all.

    Parameters
    ----------
    contenders : dict of Contender
        By name.

    Returns
    -------
    dict of tuple of float
        Median seconds of one series, and of each series of a panel, by name.
    """
    one: dict[str, list[float]] = {name: [] for name in contenders}
    panel: dict[str, list[float]] = {name: [] for name in contenders}
    for contender in contenders.values():
        contender.one()  # loads weights, compiles
    for _ in range(REPEATS):
        for name, contender in contenders.items():
            one[name].append(seconds(contender.one))
    for _ in range(PANEL_REPEATS):
        for name, contender in contenders.items():
            panel[name].append(seconds(contender.panel) / contender.panel_size)
    return {name: (median(one[name]), median(panel[name])) for name in contenders}


def report() -> list[str]:
    """Measure, and return the lines of the report."""
    ours = f"`LagLlamaForecaster()`, {LagLlamaForecaster().num_samples} paths, bundled weights"
    measured = measure(
        {
            ours: lag_llama(NUM_SERIES),
            **{
                f"network of the size of Chronos-Bolt-{name}": chronos(size, NUM_SERIES)
                for name, size in chronos_bolt.SIZES.items()
            },
            "AutoETS": statistical("AutoETS", STATISTICAL_SERIES),
            "AutoTheta": statistical("AutoTheta", STATISTICAL_SERIES),
        }
    )
    rows = [
        f"| {name} | {1e3 * one:.1f} | {1e3 * each:.1f} |" for name, (one, each) in measured.items()
    ]
    return [
        "## Default settings, and what else there is",
        "",
        f"One monthly series of 144 points, and {NUM_SERIES} such series, {HORIZON} steps. Ours:",
        "`fit` to `predict_quantiles` of the nine deciles, pandas in and out. The networks of",
        "Chronos-Bolt's sizes have random weights, as nothing is downloaded here; they return",
        f"the deciles of arrays, in batches of {CHRONOS_BATCH}. AutoETS and AutoTheta",
        "(statsforecast) return 80 and 95 % intervals of arrays, one series after the other in one",
        f"process; to tell the time of each of the {NUM_SERIES} series, they forecast",
        f"{STATISTICAL_SERIES} of such series. Milliseconds, medians of {REPEATS} and",
        f"{PANEL_REPEATS} repeats, all in turns.",
        "",
        f"| | one series | each of {NUM_SERIES} |",
        "|---|---:|---:|",
        *rows,
        "",
    ]
