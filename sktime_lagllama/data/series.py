"""sktime containers <-> arrays: the only border between pandas and the network."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float32Array, Float64Array, IntArray
from sktime_lagllama.data.time_grid import TimeGrid, grid_of, wrong_order


@dataclass(frozen=True)
class SeriesBatch:
    """Univariate series of any lengths, one for each instance and column, on one time grid.

    Attributes
    ----------
    values : float64 array of shape (total length,)
        All series, one after the other: those of the first column, then those of the second;
        within a column in the order of the instances. NaN where missing.
    lengths : int64 array of shape (series,)
    starts : int64 array of shape (series,)
        Grid position of each series' first value.
    grid : TimeGrid
    instances : pd.Index, optional
        Labels of a panel's or hierarchy's instances; None for a single instance without a label.
    columns : pd.Index
        Labels of the variables.
    time_name : hashable, optional
        Name of the time level of the index.
    """

    values: Float64Array
    lengths: IntArray
    starts: IntArray
    grid: TimeGrid
    instances: pd.Index | None
    columns: pd.Index
    time_name: Hashable = None

    @property
    def num_series(self) -> int:
        """Number of instances times number of columns."""
        return len(self.lengths)

    @property
    def offsets(self) -> IntArray:
        """Place of each series' first value in ``values``."""
        return np.cumsum(self.lengths) - self.lengths

    def windows(self, series: IntArray, cutoffs: IntArray, length: int) -> Float64Array:
        """Cut windows of history out of the series.

        Parameters
        ----------
        series : int64 array of shape (rows,)
            Number of the series of each row.
        cutoffs : int64 array of shape (rows,)
            Grid position of the last step of each window: nothing after it is returned.
        length : int
            Steps in a window.

        Returns
        -------
        float64 array of shape (rows, length)
            NaN where missing, before the series' first value and after its last.
        """
        first = (cutoffs - self.starts[series])[:, None] - length + 1
        places = first + np.arange(length)  # counted from the series' first value
        inside = (places >= 0) & (places < self.lengths[series][:, None])
        rows = self.values[np.where(inside, places + self.offsets[series][:, None], 0)]
        return np.where(inside, rows, np.nan)

    def last_observed(self, series: IntArray, cutoffs: IntArray) -> IntArray:
        """Return when each series was last observed, up to a cutoff.

        Parameters
        ----------
        series, cutoffs : int64 arrays of shape (rows,)

        Returns
        -------
        int64 array of shape (rows,)
            Grid positions; the cutoff itself if nothing was observed before.
        """
        observed = ~np.isnan(self.values)
        places = np.maximum.accumulate(np.where(observed, np.arange(len(self.values)), -1))
        first = self.offsets[series]
        elapsed = np.minimum(cutoffs - self.starts[series], self.lengths[series] - 1)
        last = places[first + np.maximum(elapsed, 0)]
        known = (elapsed >= 0) & (last >= first)
        return np.where(known, self.starts[series] + last - first, cutoffs)

    def calendars(
        self, series: IntArray, cutoffs: IntArray, before: int, after: int
    ) -> Float32Array:
        """Compute the calendar features around cutoffs.

        Parameters
        ----------
        series, cutoffs : int64 arrays of shape (rows,)
        before : int
            Steps up to and with the cutoff.
        after : int
            Steps after the cutoff.

        Returns
        -------
        float32 array of shape (rows, before + after, 6)
            0 before a series' first value, as the published model pads.
        """
        highest = int(cutoffs.max()) + after
        # Not before the first value: pandas has no times for any number of decades before it.
        lowest = max(int(cutoffs.min()) - before + 1, int(self.starts[series].min()))
        lowest = min(lowest, highest)
        table = self.grid.calendar(lowest, highest - lowest + 1)
        positions = cutoffs[:, None] + np.arange(1 - before, after + 1)
        started = positions >= self.starts[series][:, None]
        rows = table[np.maximum(positions - lowest, 0)]
        return np.where(started[..., None], rows, np.float32(0))

    def extend(self, newer: SeriesBatch) -> SeriesBatch:
        """Return these series with newer values added.

        Where both have a value at the same time, the newer one stays; steps in between that neither
        has are missing; series that only one of them has are kept.

        Parameters
        ----------
        newer : SeriesBatch
            On the same grid, with the same columns, and a panel if this is one.

        Returns
        -------
        SeriesBatch

        Raises
        ------
        ValueError
            If the columns differ, or only one of the two is a panel.
        """
        if not newer.columns.equals(self.columns):
            raise ValueError(
                f"new data must have the columns {list(self.columns)} that the forecaster was "
                f"fitted to, but has {list(newer.columns)}"
            )
        if (newer.instances is None) != (self.instances is None):
            raise ValueError("new data must be a panel if, and only if, the forecaster knows one")
        instances, own_rows, newer_rows = _union(self.instances, newer.instances)
        num_instances = max(1, 0 if instances is None else len(instances))
        parts = []
        for batch, rows in ((self, own_rows), (newer, newer_rows)):
            columns = np.arange(len(batch.columns))[:, None] * num_instances
            parts.append((batch, (columns + rows).ravel()))
        num_series = num_instances * len(self.columns)
        starts = np.full(num_series, np.iinfo(np.int64).max)
        ends = np.full(num_series, np.iinfo(np.int64).min)
        for batch, places in parts:
            starts[places] = np.minimum(starts[places], batch.starts)
            ends[places] = np.maximum(ends[places], batch.starts + batch.lengths)
        lengths = ends - starts
        offsets = np.cumsum(lengths) - lengths
        values = np.full(int(lengths.sum()), np.nan)
        for batch, places in parts:
            within = np.arange(len(batch.values)) - np.repeat(batch.offsets, batch.lengths)
            first = offsets[places] + batch.starts - starts[places]
            targets = np.repeat(first, batch.lengths) + within
            known = ~np.isnan(batch.values)
            values[targets[known]] = batch.values[known]
        return replace(self, values=values, lengths=lengths, starts=starts, instances=instances)

    def check_observed(self) -> None:
        """Raise if a series has no value at all.

        Raises
        ------
        ValueError
            Names the instance and the column.
        """
        counts = np.add.reduceat(~np.isnan(self.values), self.offsets, dtype=np.int64)
        if counts.all():
            return
        first = int(np.flatnonzero(counts == 0)[0])
        num_instances = self.num_series // len(self.columns)
        name = f"column {self.columns[first // num_instances]!r}"
        if self.instances is not None:
            name += f" of instance {self.instances[first % num_instances]!r}"
        raise ValueError(f"y must have at least one observed value, but {name} is NaN throughout")

    def to_index(self, times: pd.Index) -> pd.Index:
        """Return the row index of a forecast at the same times for every instance.

        Parameters
        ----------
        times : pd.Index of shape (times,)

        Returns
        -------
        pd.Index of shape (instances * times,)
        """
        times = times.rename(self.time_name)
        return times if self.instances is None else product_index(self.instances, times)

    def to_table(self, numbers: Float64Array) -> Float64Array:
        """Arrange numbers of each series and time as rows and columns of a data frame.

        Parameters
        ----------
        numbers : float64 array of shape (series, times, ...)

        Returns
        -------
        float64 array of shape (instances * times, columns, ...)
        """
        num_columns = len(self.columns)
        by_column = numbers.reshape(num_columns, -1, *numbers.shape[2:])
        return np.moveaxis(by_column, 0, 1)


def _union(
    left: pd.Index | None, right: pd.Index | None
) -> tuple[pd.Index | None, IntArray, IntArray]:
    """Return the instances of both, and the place of each one's instances among them."""
    if left is None or right is None:
        return None, np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    union = left if right.isin(left).all() else left.append(right[~right.isin(left)])
    return union, np.arange(len(left)), union.get_indexer(right)


def product_index(outer: pd.Index, inner: pd.Index) -> pd.MultiIndex:
    """Return the index that has, for every entry of ``outer``, all entries of ``inner``.

    Parameters
    ----------
    outer, inner : pd.Index
        Of any number of levels.

    Returns
    -------
    pd.MultiIndex of shape (outer * inner,), with the levels of both
    """
    left, right = (
        index if isinstance(index, pd.MultiIndex) else pd.MultiIndex.from_arrays([index])
        for index in (outer, inner)
    )
    codes = [np.repeat(level, len(right)) for level in left.codes]
    codes += [np.tile(level, len(left)) for level in right.codes]
    return pd.MultiIndex(
        levels=[*left.levels, *right.levels],  # type: ignore[list-item]
        codes=codes,  # type: ignore[arg-type]
        names=[*left.names, *right.names],
        verify_integrity=False,
    )


def to_series_batch(y: pd.Series | pd.DataFrame, grid: TimeGrid | None = None) -> SeriesBatch:
    """Read the series of an sktime container.

    Parameters
    ----------
    y : pd.Series or pd.DataFrame
        Of sktime's mtypes ``pd.Series``, ``pd.DataFrame``, ``pd-multiindex`` or
        ``pd_multiindex_hier``.
    grid : TimeGrid, optional
        Of earlier data that ``y`` shall be added to. None: found from the index.

    Returns
    -------
    SeriesBatch

    Raises
    ------
    TypeError
        If a value is not a number or a time stamp is of no kind that a grid can have.
    ValueError
        If a value is infinite, there is no value at all, or the time stamps of a series are
        duplicate, unsorted or irregular.
    """
    frame = y.to_frame() if isinstance(y, pd.Series) else y
    if len(frame) == 0:
        raise ValueError("y has no time points: give at least one")
    numbers = _numbers(frame)
    if isinstance(frame.index, pd.MultiIndex):
        runs, order = _instance_runs(frame.index)
        numbers = numbers[order]
        times = frame.index.get_level_values(-1)[order]
        instances = frame.index[order[runs[:-1]]].droplevel(-1)
    else:
        runs = np.array([0, len(frame)])
        times, instances = frame.index, None
    if grid is None:
        grid = _grid_of_runs(times, runs, frame.index)
    positions = grid.positions(times)
    _check_steps(times, positions, runs)
    _check_values(numbers, times, frame.columns)
    num_columns = numbers.shape[1]
    return SeriesBatch(
        values=np.array(numbers.T, order="C").ravel(),  # a copy: y may change later
        lengths=np.tile(np.diff(runs), num_columns),
        starts=np.tile(positions[runs[:-1]], num_columns),
        grid=grid,
        instances=instances,
        columns=frame.columns,
        time_name=frame.index.names[-1],
    )


def _numbers(frame: pd.DataFrame) -> Float64Array:
    for column, dtype in zip(frame.columns, frame.dtypes, strict=True):
        if not (pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_object_dtype(dtype)):
            raise TypeError(f"column {column!r} of y must hold numbers, but has dtype {dtype}")
    try:
        return frame.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise TypeError(f"y must hold numbers, but a value is not one: {error}") from error


def _instance_runs(index: pd.MultiIndex) -> tuple[IntArray, IntArray]:
    """Return where instances' rows begin (and the last end), and the order that groups them."""
    levels = [len(level) for level in index.levels[:-1]]
    keys = np.ravel_multi_index([np.asarray(codes) for codes in index.codes[:-1]], levels)
    order = np.arange(len(index))
    changes = keys[1:] != keys[:-1]
    if changes.sum() + 1 > len(np.unique(keys)):
        order = np.argsort(keys, kind="stable")
        changes = np.diff(keys[order]) != 0
    return np.concatenate(([0], np.flatnonzero(changes) + 1, [len(index)])), order


def _grid_of_runs(times: pd.Index, runs: IntArray, index: pd.Index) -> TimeGrid:
    """Find the grid from the longest series, or from the frequency that the index knows."""
    known = index.levels[-1] if isinstance(index, pd.MultiIndex) else index
    if getattr(known, "freq", None) is not None:
        return grid_of(known)
    longest = int(np.argmax(np.diff(runs)))
    return grid_of(times[runs[longest] : runs[longest + 1]])


def _check_steps(times: pd.Index, positions: IntArray, runs: IntArray) -> None:
    steps = np.diff(positions)
    steps[runs[1:-1] - 1] = 1  # from one series to the next
    wrong = np.flatnonzero(steps != 1)
    if len(wrong) == 0:
        return
    first = int(wrong[0])
    before, after = times[first], times[first + 1]
    if steps[first] <= 0:
        raise wrong_order(before, after)
    if isinstance(before, int | np.integer) and (steps == steps[first]).all():
        raise ValueError(
            f"an integer index must count by one, but y has {after} after {before}: number the "
            "rows by y.reset_index(drop=True), or give them periods or datetimes"
        )
    raise ValueError(
        f"time stamps must be equally spaced, but {after} comes {steps[first]} steps after "
        f"{before}: insert the missing times as NaN, for example by y.reindex(...) or y.asfreq(...)"
    )


def _check_values(numbers: Float64Array, times: pd.Index, columns: pd.Index) -> None:
    infinite = np.argwhere(np.isinf(numbers))
    if len(infinite):
        row, column = infinite[0]
        raise ValueError(
            f"y must be finite, but column {columns[column]!r} is {numbers[row, column]} at "
            f"{times[row]}: replace it by a number, or by NaN for a missing value"
        )
