"""The rows of a partition, in any order and with gaps -> its series on their grid."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.data.containers import MAX_MAGNITUDE
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.data.time_grid import TimeGrid
from sktime_lagllama.scale.data_set import Columns
from sktime_lagllama.scale.identity import Label, as_labels, instances_of, series_of_rows
from sktime_lagllama.scale.times import grid_of_times, read_times


class Partition(NamedTuple):
    """Series, in the order of their labels.

    Attributes
    ----------
    series : SeriesBatch
        Their latest values.
    cutoffs : int64 array of shape (series,)
        Grid position of each series' last time.
    labels : pa.Table of shape (series, columns that name them)
    """

    series: SeriesBatch
    cutoffs: IntArray
    labels: pa.Table


class _Rows(NamedTuple):
    """Rows ordered by series and time.

    Attributes
    ----------
    series, positions : int64 arrays of shape (rows,)
        Number of the series and grid position.
    values : float64 array of shape (rows,)
        NaN where missing.
    """

    series: IntArray
    positions: IntArray
    values: Float64Array


def read_series(
    table: pa.Table, columns: Columns, freq: str | None, window: Callable[[TimeGrid], int]
) -> Partition:
    """Arrange the rows of a partition as series.

    Parameters
    ----------
    table : pa.Table
        At least one row; in any order. Times without a row count as missing values.
    columns : Columns
    freq : str or None
        Step of the times.
    window : callable
        Returns how many steps of a grid, up to a series' last value, forecasts look at; the rest is
        left out.

    Returns
    -------
    Partition

    Raises
    ------
    ValueError
        If a series has a time twice, no value, or one that is infinite or too large; if a time does
        not lie on the grid. The error names the series.
    """
    numbers, labels = series_of_rows([table[name] for name in columns.series])
    times = read_times(table[columns.time], freq)
    grid = grid_of_times(times, freq)
    positions = grid.positions(times)
    values = table[columns.value].cast(pa.float64()).to_numpy()
    order = np.lexsort((positions, numbers))
    rows = _Rows(numbers[order], positions[order], values[order])
    _check(rows, times[order], as_labels(labels))
    batch_values, starts, lengths, cutoffs = _latest(rows, window(grid))
    batch = SeriesBatch(
        values=batch_values,
        lengths=lengths,
        starts=starts,
        grid=grid,
        instances=instances_of(labels),
        columns=pd.Index([columns.value]),
    )
    return Partition(batch, cutoffs, labels.rename_columns(list(columns.series)))


def _check(rows: _Rows, times: pd.Index, labels: list[Label]) -> None:
    """Check values and times, and that each series has a value."""
    same = (np.diff(rows.series) == 0) & (np.diff(rows.positions) == 0)
    if same.any():
        row = int(np.flatnonzero(same)[0])
        raise ValueError(
            f"series {_named(labels, rows, row)} has the time {times[row]} twice: keep one row"
        )
    wrong = np.abs(rows.values) > MAX_MAGNITUDE
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"series {_named(labels, rows, row)} has the value {rows.values[row]} at {times[row]}, "
            f"but values must lie between -{MAX_MAGNITUDE:g} and {MAX_MAGNITUDE:g}: replace it, by "
            "null for a missing value"
        )
    num_observed = np.bincount(rows.series, ~np.isnan(rows.values))
    if not num_observed.all():
        label = labels[int(np.flatnonzero(num_observed == 0)[0])]
        raise ValueError(
            f"series {_one_or_all(label)} has no value but nulls or NaN: leave it out of the source"
        )


def _named(labels: list[Label], rows: _Rows, row: int) -> str:
    return _one_or_all(labels[rows.series[row]])


def _one_or_all(label: Label) -> str:
    """Return a label as users write it: without a tuple if one column names series."""
    return repr(label[0] if len(label) == 1 else label)


def _latest(rows: _Rows, window: int) -> tuple[Float64Array, IntArray, IntArray, IntArray]:
    """Return the steps of each series that forecasts depend on.

    They end with the last value that was observed, because a forecast looks back from there if
    nothing was observed for longer than a window, and begin a window before.

    Returns
    -------
    values : float64 array of shape (total length,)
        NaN where missing.
    starts, lengths, cutoffs : int64 arrays of shape (series,)
        Grid positions of the first step and of the last row, and the number of steps.
    """
    first_rows = np.flatnonzero(np.diff(rows.series, prepend=-1))
    last_rows = np.append(first_rows[1:], len(rows.series)) - 1
    observed = ~np.isnan(rows.values)
    series, positions = rows.series[observed], rows.positions[observed]
    ends = positions[np.append(np.flatnonzero(np.diff(series)), len(series) - 1)]
    starts = np.maximum(rows.positions[first_rows], ends - window + 1)
    lengths = ends - starts + 1
    offsets = np.cumsum(lengths) - lengths
    values = np.full(int(lengths.sum()), np.nan)
    recent = positions >= starts[series]
    places = (offsets - starts)[series[recent]] + positions[recent]
    values[places] = rows.values[observed][recent]
    return values, starts, lengths, rows.positions[last_rows]
