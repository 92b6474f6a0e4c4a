"""The windows of a backtest whose cutoffs can all be forecast as one batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sktime_lagllama._typing import IntArray


def growing_windows(y: pd.Series | pd.DataFrame, cv: Any) -> list[IntArray]:
    """Return the windows of a backtest if together they leave no gap, else none.

    A forecaster that is updated with such windows one by one has seen, at each cutoff, all values
    from the start of the first window to the cutoff. That is also what each cutoff sees when all
    cutoffs are forecast as one batch.

    Parameters
    ----------
    y : pd.Series or pd.DataFrame
        A series, or a panel or hierarchy.
    cv : sktime splitter

    Returns
    -------
    list of int64 array of shape (window length,)
        Positions among the times of ``shared_times(y.index)``; the last one is the cutoff. The list
        is empty if not all instances have the same times, if their windows differ, or if a window
        leaves a gap or ends before an earlier one.
    """
    windows = [window for window, _ in cv.split(y)]
    if isinstance(y.index, pd.MultiIndex):
        windows = _windows_of_times(windows, y.index)
    return windows if _cover_all_times(windows) else []


def shared_times(index: pd.Index) -> pd.Index:
    """Return the times of an index, or those of its first instance if it has several.

    Parameters
    ----------
    index : pd.Index of shape (rows,)
        All instances have the same times if there are several.

    Returns
    -------
    pd.Index of shape (times,)
    """
    if not isinstance(index, pd.MultiIndex):
        return index
    times = index.get_level_values(-1)
    return times[: times.nunique()]


def _windows_of_times(windows: list[IntArray], index: pd.MultiIndex) -> list[IntArray]:
    """Turn windows of rows into windows of times.

    Parameters
    ----------
    windows : list of int64 array of shape (rows of the window,)
        Positions among the rows of the index.
    index : pd.MultiIndex
        Instance levels, and time as the last one.

    Returns
    -------
    list of int64 array of shape (window length,)
        Positions among the times; empty if not all instances have the same times and windows.
    """
    num_times = len(shared_times(index))
    if not _has_same_times_in_all_instances(index, num_times):
        return []
    num_instances = len(index) // num_times
    first_row_of_instance = num_times * np.arange(num_instances)[:, None]
    windows_of_times = []
    for window in windows:
        if len(window) % num_instances:
            return []
        times_of_instance = window.reshape(num_instances, -1) - first_row_of_instance
        if not (times_of_instance == times_of_instance[0]).all():
            return []
        windows_of_times.append(times_of_instance[0])
    return windows_of_times


def _has_same_times_in_all_instances(index: pd.MultiIndex, num_times: int) -> bool:
    """Tell whether an index lists its instances one after the other, each with the same times."""
    num_instances, num_remaining_rows = divmod(len(index), num_times)
    if num_remaining_rows:
        return False
    # One row per instance if the index is as described.
    *instance_codes, time_codes = (
        np.asarray(codes).reshape(num_instances, num_times) for codes in index.codes
    )
    one_instance_per_row = all((codes == codes[:, :1]).all() for codes in instance_codes)
    return one_instance_per_row and bool((time_codes == time_codes[0]).all())


def _cover_all_times(windows: list[IntArray]) -> bool:
    """Tell whether each window and those before it cover all positions from the first on."""
    if not windows:
        return False
    first_start = windows[0][0]
    end = int(first_start) - 1
    for window in windows:
        start = window[0]
        is_consecutive = int(window[-1]) - int(start) == len(window) - 1
        leaves_gap = start > end + 1
        if not is_consecutive or start < first_start or leaves_gap or window[-1] < end:
            return False
        end = int(window[-1])
    return True
