"""The windows of a backtest, where all of its cutoffs can be forecast as one batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sktime_lagllama._typing import IntArray


def growing_windows(y: pd.Series | pd.DataFrame, cv: Any) -> list[IntArray]:
    """Split times so that each window and the ones before it are all times since the first.

    That is what one batch can do: a forecaster that is updated window by window has then seen, at
    each cutoff, all values from the first window's start to the cutoff.

    Parameters
    ----------
    y : pd.Series or pd.DataFrame
        A series, or a panel or hierarchy.
    cv : sktime splitter

    Returns
    -------
    list of int64 array
        Positions among the times that all instances of ``y`` share. Empty if they do not share
        them, if their windows differ, or if a window leaves a gap or ends before an earlier one.
    """
    windows = [window for window, _ in cv.split(y)]
    if isinstance(y.index, pd.MultiIndex):
        windows = _shared_by_instances(windows, y.index)
    return windows if _grow_without_gaps(windows) else []


def shared_times(index: pd.Index) -> pd.Index:
    """Return the times of an index, of the first instance if there are several."""
    if not isinstance(index, pd.MultiIndex):
        return index
    times = index.get_level_values(-1)
    return times[: times.nunique()]


def _shared_by_instances(windows: list[IntArray], index: pd.MultiIndex) -> list[IntArray]:
    """Turn windows of rows into windows of times, if those of all instances are the same ones."""
    num_times = len(shared_times(index))
    num_instances, rest = divmod(len(index), num_times)
    if rest:
        return []
    codes = [np.asarray(level).reshape(num_instances, num_times) for level in index.codes]
    one_instance_a_row = all((level == level[:, :1]).all() for level in codes[:-1])
    if not one_instance_a_row or not (codes[-1] == codes[-1][0]).all():
        return []
    shared = []
    for window in windows:
        if len(window) % num_instances:
            return []
        by_instance = (
            window.reshape(num_instances, -1) - num_times * np.arange(num_instances)[:, None]
        )
        if not (by_instance == by_instance[0]).all():
            return []
        shared.append(by_instance[0])
    return shared


def _grow_without_gaps(windows: list[IntArray]) -> bool:
    """Tell whether windows of positions, together, always are all positions from the first on."""
    if not windows:
        return False
    end = int(windows[0][0]) - 1
    for window in windows:
        consecutive = int(window[-1]) - int(window[0]) == len(window) - 1
        if not consecutive or window[0] < windows[0][0] or window[0] > end + 1 or window[-1] < end:
            return False
        end = int(window[-1])
    return True
