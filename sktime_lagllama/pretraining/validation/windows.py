"""Real series cut into histories and the values that follow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sktime_lagllama.evaluation.seasonal_naive import seasonal_differences
from sktime_lagllama.pretraining.validation.groups import GROUPS, Group
from sktime_lagllama.pretraining.validation.series import RealSeries


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
    def horizons(self) -> tuple[int, ...]:
        """Numbers of targets at which a forecast is scored: the group's, or all of a short one."""
        group = GROUPS[self.series.group]
        return tuple(h for h in group.horizons if h <= len(self.targets)) or (len(self.targets),)

    @property
    def scale(self) -> float:
        """Mean absolute seasonal difference of the history, by which errors are scaled.

        NaN if no two observed values are a season apart.
        """
        differences = seasonal_differences(self.history.to_numpy(), self.series.season)
        observed = differences[~np.isnan(differences)]
        return float(np.abs(observed).mean()) if len(observed) else math.nan


def rolling_windows(series: Sequence[RealSeries]) -> list[RealWindow]:
    """Cut series at several cutoffs, with their whole history and, in some groups, a short one.

    The cutoffs are spread evenly over the later half of a series. Horizons overlap by no more than
    a half; a history is as long as the group wants it, or at least two seasons and ten values. A
    series too short for that gets one window with a shorter horizon, as long as that is half the
    group's. Series of a data set with many series get fewer cutoffs each, because each data set
    counts the same.

    Parameters
    ----------
    series : sequence of RealSeries

    Returns
    -------
    list of RealWindow
        Without those whose targets, or as many values before, are all missing, or whose scale is 0.
    """
    sizes = pd.Series([(one.group, one.source) for one in series]).value_counts()
    windows = []
    for one in series:
        group = GROUPS[one.group]
        for cutoff in _cutoffs(len(one.values), group, int(sizes[one.group, one.source])):
            past, targets = one.values[:cutoff], one.values[cutoff : cutoff + group.horizon]
            histories = [past]
            if group.short_history is not None and group.short_history < len(past):
                histories.append(past[-group.short_history :])
            windows += [
                RealWindow(one, history, targets, shortened=len(history) < len(past))
                for history in histories
            ]
    return [window for window in windows if _can_be_scored(window)]


def _can_be_scored(window: RealWindow) -> bool:
    """Tell whether a window has targets, values shortly before them, and a scale."""
    return (
        bool(window.targets.notna().any())
        and bool(window.history[-GROUPS[window.series.group].horizon :].notna().any())
        and window.scale > 0
    )


def _cutoffs(length: int, group: Group, num_series: int) -> list[int]:
    """Return the lengths of the histories of a series, increasing; none if it is too short.

    ``num_series`` is the number of series of the same data set.
    """
    horizon, min_history = group.horizon, group.min_history
    if length < min_history + horizon:
        min_history = max(2 * group.season, 10)
    first, last = max(min_history, length // 2), length - horizon
    if last < min_history:
        return [min_history] if length - min_history >= horizon / 2 else []
    if last <= first:
        return [last]
    count = min(_max_cutoffs(group, num_series), 1 + (last - first) // max(1, horizon // 2))
    if count == 1:
        return [last]
    return [round(cutoff) for cutoff in np.linspace(first, last, count)]


def _max_cutoffs(group: Group, num_series: int) -> int:
    """Return how often each series of a data set of some size is forecast at most."""
    of_one, of_few, of_many = group.max_cutoffs
    if num_series > 10:
        return of_many
    return of_few if num_series > 1 else of_one
