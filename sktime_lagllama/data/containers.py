"""sktime's containers of series (pandas) -> a batch of series (arrays)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.data.missing_times import insertion_of_missing_times
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.data.time_grid import TimeGrid, grid_of, wrong_order_error

MAX_MAGNITUDE = 1e140
"""Largest absolute value of a series: variances of larger ones could overflow in float64."""


def to_series_batch(y: pd.Series | pd.DataFrame, grid: TimeGrid | None = None) -> SeriesBatch:
    """Read the series of an sktime container.

    Parameters
    ----------
    y : pd.Series or pd.DataFrame
        Of sktime's mtypes ``pd.Series``, ``pd.DataFrame``, ``pd-multiindex`` or
        ``pd_multiindex_hier``.
    grid : TimeGrid, optional
        Grid of earlier data that ``y`` will be added to. None: found from the index.

    Returns
    -------
    SeriesBatch
        Shares no memory with ``y``.

    Raises
    ------
    TypeError
        If a value is not a number or a time stamp is of no kind that a grid can have.
    ValueError
        If a value is infinite or beyond ``MAX_MAGNITUDE``, there is no row at all, or the time
        stamps of a series are duplicate, unsorted or irregular.
    """
    frame = y.to_frame() if isinstance(y, pd.Series) else y
    if len(frame) == 0:
        raise ValueError("y has no time points: give at least one")
    values = _numbers(frame)
    if isinstance(frame.index, pd.MultiIndex):
        order, boundaries = _group_instances(frame.index)
        values = values[order]
        times = frame.index.get_level_values(-1)[order]
        instances = frame.index[order[boundaries[:-1]]].droplevel(-1)
    else:
        boundaries = np.array([0, len(frame)])
        times, instances = frame.index, None
    if grid is None:
        grid = _grid_of_instances(times, boundaries, instances, frame.index)
    positions = grid.positions(times)
    _check_steps(times, positions, boundaries, instances, grid)
    _check_finite(values, times, frame.columns, boundaries, instances)
    num_columns = values.shape[1]
    return SeriesBatch(
        values=np.array(values.T, order="C").ravel(),  # a copy: y may change later
        lengths=np.tile(np.diff(boundaries), num_columns),
        starts=np.tile(positions[boundaries[:-1]], num_columns),
        grid=grid,
        instances=instances,
        columns=frame.columns,
        time_name=frame.index.names[-1],
    )


def as_floats(y: pd.Series | pd.DataFrame) -> pd.Series | pd.DataFrame:
    """Return numbers of any dtype as float64.

    Parameters
    ----------
    y : pd.Series or pd.DataFrame

    Returns
    -------
    pd.Series or pd.DataFrame
        NaN where missing.

    Raises
    ------
    TypeError
        If a value is not a number.
    """
    if isinstance(y, pd.Series):
        return pd.Series(_numbers(y.to_frame())[:, 0], index=y.index, name=y.name)
    return pd.DataFrame(_numbers(y), index=y.index, columns=y.columns)


def holds_numbers(dtype: Any) -> bool:
    """Tell whether the values of a dtype are numbers or truth values.

    Parameters
    ----------
    dtype : dtype of NumPy or pandas

    Returns
    -------
    bool
    """
    # To pandas, a bool is a number in some of its dtypes but not in Arrow's.
    return pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype)


def _numbers(frame: pd.DataFrame) -> Float64Array:
    """Return the values of a data frame, shape (rows, columns), NaN where missing."""
    for column, dtype in zip(frame.columns, frame.dtypes, strict=True):
        if not (holds_numbers(dtype) or pd.api.types.is_object_dtype(dtype)):
            raise TypeError(f"column {column!r} of y must hold numbers, but has dtype {dtype}")
    try:
        return frame.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise TypeError(f"y must hold numbers, but a value is not one: {error}") from error


def _group_instances(index: pd.MultiIndex) -> tuple[IntArray, IntArray]:
    """Find an order of the rows in which those of an instance follow each other.

    Parameters
    ----------
    index : pd.MultiIndex of shape (rows,)
        Instance levels, and time as the last one.

    Returns
    -------
    order : int64 array of shape (rows,)
        Row numbers. It is the order of the index if that groups instances already.
    boundaries : int64 array of shape (instances + 1,)
        Where the rows of each instance begin in this order, and the number of rows.
    """
    level_sizes = [len(level) for level in index.levels[:-1]]
    level_codes = [np.asarray(codes) for codes in index.codes[:-1]]
    instance_of_row = np.ravel_multi_index(level_codes, level_sizes)
    order = np.arange(len(index))
    changes = instance_of_row[1:] != instance_of_row[:-1]
    if changes.sum() + 1 > len(np.unique(instance_of_row)):
        order = np.argsort(instance_of_row, kind="stable")
        changes = np.diff(instance_of_row[order]) != 0
    boundaries = np.concatenate(([0], np.flatnonzero(changes) + 1, [len(index)]))
    return order, boundaries


def _grid_of_instances(
    times: pd.Index, boundaries: IntArray, instances: pd.Index | None, index: pd.Index
) -> TimeGrid:
    """Find the grid from the frequency that the index has, or else from the longest series.

    Parameters
    ----------
    times : pd.Index of shape (rows,)
        Grouped by instance.
    boundaries : int64 array of shape (instances + 1,)
        As ``_group_instances`` returns them.
    instances : pd.Index of shape (instances,), optional
    index : pd.Index of shape (rows,)
        As it was given.

    Returns
    -------
    TimeGrid
    """
    if isinstance(index, pd.MultiIndex):
        if _level_has_freq(index):
            return grid_of(index.levels[-1])
    elif getattr(index, "freq", None) is not None:
        return grid_of(index)
    longest = int(np.argmax(np.diff(boundaries)))
    times_of_longest = times[boundaries[longest] : boundaries[longest + 1]]
    if instances is None:
        return grid_of(times_of_longest)
    try:
        return grid_of(times_of_longest, instances.nlevels)
    except ValueError as error:
        raise ValueError(f"instance {instances[longest]!r}: {error}") from None


def _level_has_freq(index: pd.MultiIndex) -> bool:
    """Tell whether the times of a panel have a freq that is still theirs.

    Selecting rows leaves the level as it was, with times that no row has any more. If the times
    that are left have gaps, their step may be another one, such as that of first days of months.
    """
    level = index.levels[-1]
    if getattr(level, "freq", None) is None:
        return False
    used = np.unique(index.codes[-1])
    return bool(used[-1] - used[0] + 1 == len(used))


def _check_steps(
    times: pd.Index,
    positions: IntArray,
    boundaries: IntArray,
    instances: pd.Index | None,
    grid: TimeGrid,
) -> None:
    """Check that the grid position grows by one from each row of an instance to its next row.

    Parameters
    ----------
    times : pd.Index of shape (rows,)
    positions : int64 array of shape (rows,)
    boundaries, instances
        As in ``_grid_of_instances``.
    grid : TimeGrid
    """
    steps = np.diff(positions)
    steps[boundaries[1:-1] - 1] = 1  # from one instance to the next
    wrong_rows = np.flatnonzero(steps != 1)
    if len(wrong_rows) == 0:
        return
    row = int(wrong_rows[0])
    before, after = times[row], times[row + 1]
    whose = _owner_of(row, boundaries, instances)
    if steps[row] <= 0:
        raise ValueError(f"{whose}{wrong_order_error(before, after)}")
    if isinstance(before, int | np.integer) and (steps == steps[row]).all():
        raise ValueError(
            f"an integer index must count by one, but y has {after} after {before}: number the "
            "rows by y.reset_index(drop=True), or give them periods or datetimes"
        )
    num_instance_levels = 0 if instances is None else instances.nlevels
    raise ValueError(
        f"{whose}time stamps must be equally spaced, but {after} comes {steps[row]} steps after "
        f"{before}: insert rows of NaN for missing times, by "
        f"{insertion_of_missing_times(times, grid.freq, num_instance_levels)}"
    )


def _owner_of(row: int, boundaries: IntArray, instances: pd.Index | None) -> str:
    """Return the beginning of an error's message, which names the instance of a row in a panel."""
    if instances is None:
        return ""
    number = int(np.searchsorted(boundaries, row, side="right")) - 1
    return f"instance {instances[number]!r}: "


def _check_finite(
    values: Float64Array,
    times: pd.Index,
    columns: pd.Index,
    boundaries: IntArray,
    instances: pd.Index | None,
) -> None:
    """Check that no value, shape (rows, columns), is infinite or too large to be squared."""
    too_large = np.argwhere(np.abs(values) > MAX_MAGNITUDE)
    if len(too_large) == 0:
        return
    row, column = too_large[0]
    value = values[row, column]
    whose = _owner_of(int(row), boundaries, instances)
    place = f"column {columns[column]!r} is {value} at {times[row]}"
    if np.isinf(value):
        raise ValueError(
            f"{whose}y must be finite, but {place}: replace it by a number, or by NaN for a "
            "missing value"
        )
    raise ValueError(
        f"{whose}y must lie between -{MAX_MAGNITUDE:g} and {MAX_MAGNITUDE:g}, but {place}: divide "
        "y by a power of ten, or replace the value by NaN for a missing one"
    )
