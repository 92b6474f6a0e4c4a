"""The rows of a partition, in any order and with gaps -> its series on their grid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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

MAX_STEPS = 2**24
"""Of series that are in memory at the same time, 8 bytes each."""


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
) -> Iterator[Partition]:
    """Arrange the rows of a partition as series, some of them at a time.

    A series takes memory for each step from its first value to its last, if the window is that
    long, whether the step has a row or not. So series of few rows, far apart, come in many parts.

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

    Yields
    ------
    Partition
        In the order of the labels, with at most ``MAX_STEPS`` steps or a single series.

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
    values = table[columns.value].cast(pa.float64(), safe=False).to_numpy()
    order = np.lexsort((positions, numbers))
    rows = _Rows(numbers[order], positions[order], values[order])
    _check(rows, times[order], as_labels(labels))
    labels = labels.rename_columns(list(columns.series))
    for first, some_rows, spans in _in_parts(rows, _spans(rows, window(grid))):
        some_labels = labels.slice(first, len(spans.starts))
        batch = SeriesBatch(
            values=_values(some_rows, spans),
            lengths=spans.lengths,
            starts=spans.starts,
            grid=grid,
            instances=instances_of(some_labels),
            columns=pd.Index([columns.value]),
        )
        yield Partition(batch, spans.cutoffs, some_labels)


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


class _Spans(NamedTuple):
    """The steps of each series that forecasts depend on; int64 arrays of shape (series,).

    They end with the last value that was observed, because a forecast looks back from there if
    nothing was observed for longer than a window, and begin a window before.

    Attributes
    ----------
    starts, lengths
        Grid position of the first step, and number of steps.
    cutoffs
        Grid position of the last row.
    """

    starts: IntArray
    lengths: IntArray
    cutoffs: IntArray


def _spans(rows: _Rows, window: int) -> _Spans:
    """Return what forecasts depend on, at most a window of each series."""
    first_rows = np.flatnonzero(np.diff(rows.series, prepend=-1))
    last_rows = np.append(first_rows[1:], len(rows.series)) - 1
    observed = ~np.isnan(rows.values)
    series, positions = rows.series[observed], rows.positions[observed]
    ends = positions[np.append(np.flatnonzero(np.diff(series)), len(series) - 1)]
    starts = np.maximum(rows.positions[first_rows], ends - window + 1)
    return _Spans(starts, ends - starts + 1, rows.positions[last_rows])


def _in_parts(rows: _Rows, spans: _Spans) -> Iterator[tuple[int, _Rows, _Spans]]:
    """Yield consecutive series: the number of the first, the rows, numbered anew, and the spans."""
    num_series = len(spans.lengths)
    ends = np.cumsum(spans.lengths)
    first = 0
    while first < num_series:
        before = ends[first] - spans.lengths[first]
        stop = max(first + 1, int(np.searchsorted(ends, before + MAX_STEPS, side="right")))
        of_part = slice(*np.searchsorted(rows.series, [first, stop]))
        part = _Rows(rows.series[of_part] - first, rows.positions[of_part], rows.values[of_part])
        yield first, part, _Spans(*(field[first:stop] for field in spans))
        first = stop


def _values(rows: _Rows, spans: _Spans) -> Float64Array:
    """Return the values of all spans, one after the other, NaN where missing: (total length,)."""
    offsets = np.cumsum(spans.lengths) - spans.lengths
    values = np.full(int(spans.lengths.sum()), np.nan)
    is_recent = ~np.isnan(rows.values) & (rows.positions >= spans.starts[rows.series])
    series = rows.series[is_recent]
    values[(offsets - spans.starts)[series] + rows.positions[is_recent]] = rows.values[is_recent]
    return values
