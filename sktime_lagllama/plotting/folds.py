"""The forecasts of a backtest, on the series that they forecast."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sktime_lagllama.plotting.axes import (
    BLACK,
    BLUE,
    GREY,
    VERMILION,
    draw_band,
    draw_line,
    finish,
    label_times,
    new_axes,
    on_time_axis,
    one_series,
)
from sktime_lagllama.plotting.backtest import Fold, read_folds
from sktime_lagllama.plotting.intervals import central_intervals, median

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAINTEST, STRONGEST = 0.18, 0.35
"""Opacity of the widest and of the narrowest interval; bands of folds that overlap stay visible."""


def plot_folds(results: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the series of a backtest, and on it the forecast of each fold.

    Folds have two colours in turn, so that neighbours can be told apart where they overlap. A
    dotted line stands at each cutoff. Central intervals are drawn if they, or quantiles, are there.
    (The windows alone, without forecasts, are what ``sktime.utils.plotting.plot_windows`` draws.)

    Parameters
    ----------
    results : pd.DataFrame
        Of sktime's ``evaluate(..., return_data=True)``. What ``scoring`` asks for is there: point
        forecasts with a metric such as ``MeanAbsoluteError()``, quantiles with
        ``PinballLoss(alpha=[0.1, 0.5, 0.9])``, intervals with ``EmpiricalCoverage()``. Quantiles
        come before intervals, and the point forecast before the median.
    ax : Axes, optional
        Where to draw. None: a new figure.

    Returns
    -------
    Axes
        The legend stands to the right of them.

    Raises
    ------
    ValueError
        If there are no data or no forecasts in ``results``, or if they are of a panel or of several
        variables.
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from sktime.datasets import load_airline
    >>> from sktime.forecasting.model_evaluation import evaluate
    >>> from sktime.performance_metrics.forecasting.probabilistic import PinballLoss
    >>> from sktime.split import ExpandingWindowSplitter
    >>> from sktime_lagllama import LagLlamaForecaster
    >>> from sktime_lagllama.plotting import plot_folds
    >>> results = evaluate(
    ...     LagLlamaForecaster(random_state=0),
    ...     cv=ExpandingWindowSplitter(fh=range(1, 13), initial_window=84, step_length=12),
    ...     y=load_airline(),
    ...     scoring=PinballLoss(alpha=[0.1, 0.5, 0.9]),
    ...     return_data=True,
    ... )
    >>> ax = plot_folds(results)  # doctest: +SKIP
    """
    folds = read_folds(results)
    observed = _observed(folds)
    ax = new_axes() if ax is None else ax
    draw_line(ax, observed, color=BLACK, linewidth=1.2, label="observed", zorder=2)
    for number, fold in enumerate(folds):
        color = (BLUE, VERMILION)[number % 2]
        _draw_forecast(ax, fold, color)
        cutoff = on_time_axis(one_series("results", fold.past).index)[-1]
        ax.axvline(cutoff, color=GREY, linestyle=":", linewidth=1, label="cutoff", zorder=0)
    label_times(ax, observed.index)
    ax.set_ylabel("" if observed.name is None else str(observed.name))
    finish(ax)
    return ax


def _observed(folds: list[Fold]) -> pd.Series:
    """Return all that was known or forecast in any fold, in order."""
    parts = [one_series("results", part) for fold in folds for part in (fold.past, fold.actual)]
    observed = reduce(lambda one, other: one.combine_first(other), parts)
    observed.name = parts[0].name
    return observed


def _draw_forecast(ax: Axes, fold: Fold, color: str) -> None:
    """Draw the intervals and the point forecast of a fold."""
    line = None if fold.point is None else one_series("results", fold.point)
    if fold.table is not None:
        intervals = central_intervals("results", fold.table)
        opacities = np.linspace(FAINTEST, STRONGEST, len(intervals))
        for interval, opacity in zip(intervals, opacities, strict=True):
            draw_band(
                ax,
                fold.table.index,
                interval.lower,
                interval.upper,
                color=color,
                alpha=opacity,
                label=interval.label,
                zorder=1,
            )
        line = median("results", fold.table) if line is None else line
    if line is not None:
        draw_line(ax, line, color=color, linewidth=1.8, label="forecast", zorder=3)
