"""Real series cut into histories and the values that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sktime_lagllama.evaluation.seasonal_naive import seasonal_differences
from sktime_lagllama.pretraining.validation.sources import HORIZONS, RealSeries

SHORT_HISTORIES = {
    "monthly": 60,
    "quarterly": 24,
    "yearly": 20,
    "weekly": 156,
    "daily": 42,
    "hourly": 168,
    "hourly_simulated": 168,
}
"""Lengths of the histories that users mostly have: five years of months, a week of hours."""


@dataclass(frozen=True)
class RealWindow:
    """A series cut at a cutoff.

    Parameters
    ----------
    series : RealSeries
    history : pd.Series
        What a forecaster may see.
    targets : pd.Series
        What follows immediately.
    shortened : bool
        Whether older history was left out.
    """

    series: RealSeries
    history: pd.Series
    targets: pd.Series
    shortened: bool

    @property
    def scale(self) -> float:
        """Mean absolute seasonal difference of the history, by which errors are scaled."""
        differences = seasonal_differences(self.history.to_numpy(), self.series.season)
        return float(np.nanmean(np.abs(differences)))


def rolling_windows(series: Sequence[RealSeries]) -> list[RealWindow]:
    """Cut series at up to three cutoffs, with their whole history and with a short one.

    The cutoffs are spread evenly over the later half of a series. Horizons overlap by no more than
    a half; a history is at least two seasons and ten values long. A series too short for that gets
    one window with a shorter horizon, as long as that is half the group's. Series of a data set
    with many series get fewer cutoffs each, because each data set counts the same.

    Parameters
    ----------
    series : sequence of RealSeries

    Returns
    -------
    list of RealWindow
        Without those whose targets are all missing or whose scale is 0.
    """
    sizes = pd.Series([(one.group, one.source) for one in series]).value_counts()
    windows = []
    for one in series:
        horizon = HORIZONS[one.group]
        max_cutoffs = _max_cutoffs(sizes[one.group, one.source])
        for cutoff in _cutoffs(len(one.values), horizon, one.season, max_cutoffs):
            past, targets = one.values[:cutoff], one.values[cutoff : cutoff + horizon]
            short_past = past[-SHORT_HISTORIES[one.group] :]
            histories = [past] if len(short_past) == len(past) else [past, short_past]
            windows += [
                RealWindow(one, history, targets, shortened=len(history) < len(past))
                for history in histories
            ]
    return [window for window in windows if window.targets.notna().any() and window.scale > 0]


def _max_cutoffs(num_series: int) -> int:
    """Return how often each series of a data set of some size is forecast at most."""
    if num_series > 10:
        return 1
    return 2 if num_series > 1 else 3


def _cutoffs(length: int, horizon: int, season: int, max_cutoffs: int) -> list[int]:
    """Return the lengths of the histories of a series, increasing; none if it is too short."""
    min_history = max(2 * season, 10)
    first, last = max(min_history, length // 2), length - horizon
    if last < min_history:
        return [min_history] if length - min_history >= horizon / 2 else []
    if last <= first:
        return [last]
    count = min(max_cutoffs, 1 + (last - first) // max(1, horizon // 2))
    if count == 1:
        return [last]
    return [round(cutoff) for cutoff in np.linspace(first, last, count)]
