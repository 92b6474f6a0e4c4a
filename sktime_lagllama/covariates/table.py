"""sktime's containers of X -> columns of numbers on the time grid of y."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.data.containers import MAX_MAGNITUDE
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.data.time_grid import TimeGrid

MAX_CATEGORIES = 50
"""Categories of a column, each of which becomes a column of zeros and ones."""


@dataclass(frozen=True)
class Column:
    """A column of X.

    Parameters
    ----------
    name : hashable
    categories : tuple, optional
        What a column that holds no numbers may hold, missing values aside.
    """

    name: Hashable
    categories: tuple[Hashable, ...] | None = None

    def numbers(self, values: pd.Series) -> Float64Array:
        """Return the column as numbers, of shape (rows, width), NaN where missing.

        Raises
        ------
        TypeError
            If a value is no number.
        ValueError
            If a value is none of the categories.
        """
        if self.categories is None:
            return _numbers(values)[:, None]
        missing = values.isna().to_numpy()
        is_unknown = ~values.isin(self.categories).to_numpy() & ~missing
        if is_unknown.any():
            row = int(is_unknown.argmax())
            raise ValueError(
                f"column {self.name!r} of X is {values.iloc[row]!r} at {_time(values.index[row])}, "
                "a category that the forecaster was not fitted to, whose effect is not known: it "
                f"knows {list(self.categories)}"
            )
        by_category = [values.isin([one]).to_numpy(np.float64) for one in self.categories]
        return np.where(missing[:, None], np.nan, np.stack(by_category, axis=1))

    @property
    def width(self) -> int:
        """Columns of numbers that it becomes."""
        return 1 if self.categories is None else len(self.categories)


@dataclass(frozen=True)
class CovariateTable:
    """X on the time grid of y, as far as it is known, ahead of the cutoff too.

    Parameters
    ----------
    columns : tuple of Column
    series : SeriesBatch
        A series for each instance and column of numbers; NaN where missing.
    """

    columns: tuple[Column, ...]
    series: SeriesBatch

    @property
    def num_columns(self) -> int:
        """Columns of numbers."""
        return len(self.series.columns)

    @property
    def end(self) -> int:
        """Grid position after the last row."""
        return int((self.series.starts + self.series.lengths).max())

    def extend(self, X: pd.DataFrame) -> CovariateTable:
        """Return the table with newer rows; where both have a value, the newer one stays.

        Parameters
        ----------
        X : pd.DataFrame
            With the columns of the table, in any order; others are not looked at.

        Returns
        -------
        CovariateTable

        Raises
        ------
        TypeError, ValueError
            As ``read_table`` does, or if a column is missing or holds an unknown category.
        """
        newer = _on_grid(X, self.columns, self.series.grid)
        if (newer.instances is None) != (self.series.instances is None):
            raise ValueError("X must be a panel if, and only if, the forecaster was fitted to one")
        return replace(self, series=self.series.extend(newer))

    def instances_of(self, y: SeriesBatch) -> IntArray:
        """Return the number of each instance of y among those of the table.

        Parameters
        ----------
        y : SeriesBatch

        Returns
        -------
        int64 array of shape (instances of y,)

        Raises
        ------
        ValueError
            If X lacks an instance of y, or only one of the two is a panel.
        """
        if (y.instances is None) != (self.series.instances is None):
            raise ValueError("X must be a panel if, and only if, y is one")
        if y.instances is None or self.series.instances is None:
            return np.zeros(1, dtype=np.int64)
        numbers = self.series.instances.get_indexer(y.instances)
        if (numbers < 0).any():
            missing = y.instances[int((numbers < 0).argmax())]
            raise ValueError(
                f"X must have every instance of y, but lacks {missing!r}: give it rows of its own"
            )
        return np.asarray(numbers, dtype=np.int64)

    def at(self, instances: IntArray, positions: IntArray) -> Float64Array:
        """Return the columns at grid positions.

        Parameters
        ----------
        instances : int64 array of shape (rows,)
            Numbers of instances of the table.
        positions : int64 array of shape (rows, times)

        Returns
        -------
        float64 array of shape (rows, times, columns)
            NaN where missing.
        """
        return self._gather(self.series.values, instances, positions, carry_forward=False)

    def latest(self, instances: IntArray, positions: IntArray) -> Float64Array:
        """Return the columns as they were known last, up to grid positions.

        Parameters
        ----------
        instances, positions
            As in ``at``.

        Returns
        -------
        float64 array of shape (rows, times, columns)
            NaN where a column has no value up to there.
        """
        return self._gather(self._carried_forward, instances, positions, carry_forward=True)

    @cached_property
    def _carried_forward(self) -> Float64Array:
        """The values of ``series``, with the last one before in place of a missing one."""
        values, series = self.series.values, self.series
        last = np.maximum.accumulate(np.where(np.isnan(values), -1, np.arange(len(values))))
        first = np.repeat(series.offsets, series.lengths)
        return np.where(last >= first, values[np.maximum(last, 0)], np.nan)

    def _gather(
        self, values: Float64Array, instances: IntArray, positions: IntArray, carry_forward: bool
    ) -> Float64Array:
        """Return numbers, stored as those of ``series``, of instances at positions."""
        series = self.series
        num_instances = series.num_series // self.num_columns
        numbers = instances[:, None] + num_instances * np.arange(self.num_columns)
        steps = positions[:, :, None] - series.starts[numbers][:, None, :]
        last = series.lengths[numbers][:, None, :] - 1
        inside = steps >= 0
        if not carry_forward:
            inside &= steps <= last
        places = series.offsets[numbers][:, None, :] + np.clip(steps, 0, last)
        return np.where(inside, values[places], np.nan)

    def check_known(self, y: SeriesBatch, positions: IntArray) -> None:
        """Check that no column is missing at times that y is to be forecast for.

        Parameters
        ----------
        y : SeriesBatch
        positions : int64 array of shape (times,)
            Grid positions.

        Raises
        ------
        ValueError
            Naming the column, the time and the instance.
        """
        instances = self.instances_of(y)
        known = self.at(instances, np.broadcast_to(positions, (len(instances), len(positions))))
        missing = np.argwhere(np.isnan(known))
        if len(missing) == 0:
            return
        row, time, number = (int(part) for part in missing[0])
        place = self._place(y, row, number)
        when = y.grid.times(positions[[time]])[0]
        raise ValueError(
            f"X must be known at all times of the horizon, but {place} is missing at {when}: pass "
            "X with a row without NaN for each of them to predict (a forecast of X, if X itself is "
            "not known ahead)"
        )

    def check_history(self, y: SeriesBatch, cutoff: int) -> None:
        """Check that every column has a value up to a cutoff.

        Parameters
        ----------
        y : SeriesBatch
        cutoff : int
            Grid position.

        Raises
        ------
        ValueError
            Naming the column and the instance.
        """
        instances = self.instances_of(y)
        latest = self.latest(instances, np.full((len(instances), 1), cutoff))
        missing = np.argwhere(np.isnan(latest))
        if len(missing) > 0:
            row, _, number = (int(part) for part in missing[0])
            when = y.grid.times(np.array([cutoff]))[0]
            raise ValueError(
                f"X must have a value of every column up to the end of y, but "
                f"{self._place(y, row, number)} has none up to {when}: its effect cannot be learned"
            )

    def _place(self, y: SeriesBatch, row: int, number: int) -> str:
        """Name a column of numbers, of an instance of y, for a message."""
        place = f"column {column_of_number(self.columns, number).name!r}"
        return place if y.instances is None else f"{place} of instance {y.instances[row]!r}"


def column_of_number(columns: tuple[Column, ...], number: int) -> Column:
    """Return the column that a column of numbers belongs to.

    Parameters
    ----------
    columns : tuple of Column
    number : int
        Of the column of numbers.

    Returns
    -------
    Column
    """
    return [column for column in columns for _ in range(column.width)][number]


def read_table(X: pd.DataFrame, y: SeriesBatch) -> CovariateTable:
    """Read X for the series of y.

    Numbers and booleans are taken as they are. A column of strings, other objects, or categories,
    be they numbers or not, becomes a column of zeros and ones for each of its categories.

    Parameters
    ----------
    X : pd.DataFrame
        Of sktime's mtypes ``pd.DataFrame``, ``pd-multiindex`` or ``pd_multiindex_hier``; any of its
        times and values may be missing.
    y : SeriesBatch

    Returns
    -------
    CovariateTable

    Raises
    ------
    TypeError
        If a column holds datetimes or timedeltas.
    ValueError
        If X has no rows or columns, an infinite value, two rows for one time, times off the grid of
        y, a column without any value, or one with more than ``MAX_CATEGORIES`` categories; or if it
        lacks an instance of y.
    """
    if X.shape[0] == 0 or X.shape[1] == 0:
        raise ValueError(f"X must have rows and columns, but its shape is {X.shape}")
    if not X.columns.is_unique:
        twice = X.columns[X.columns.duplicated()][0]
        raise ValueError(f"X has two columns {twice!r}: rename one of them")
    columns = tuple(_column(X.iloc[:, number]) for number in range(X.shape[1]))
    table = CovariateTable(columns, _on_grid(X, columns, y.grid))
    table.instances_of(y)
    return table


def _column(values: pd.Series) -> Column:
    """Find out what a column holds."""
    name, dtype = values.name, values.dtype
    is_category = isinstance(dtype, pd.CategoricalDtype)
    is_number = pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype)
    if is_number and not is_category:
        column = Column(name)
    elif pd.api.types.is_datetime64_any_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype):
        raise TypeError(
            f"column {name!r} of X must hold numbers, booleans or categories, but has dtype "
            f"{dtype}: turn it into a number, such as the days since a date"
        )
    else:
        observed = values.dropna()
        numbers = (isinstance(value, int | float | np.number | np.bool_) for value in observed)
        if not is_category and all(numbers):
            column = Column(name)
        else:
            found = dict.fromkeys(observed)
            if len(found) > MAX_CATEGORIES:
                raise ValueError(
                    f"column {name!r} of X has {len(found)} categories, at most {MAX_CATEGORIES} "
                    "are possible: put rare ones together, or turn it into numbers"
                )
            column = Column(name, tuple(sorted(found, key=str)))
    if values.isna().all():
        raise ValueError(f"column {name!r} of X has no value at all: leave it out")
    return column


def _on_grid(X: pd.DataFrame, columns: tuple[Column, ...], grid: TimeGrid) -> SeriesBatch:
    """Put the columns of X on a grid, a series per instance and column of numbers."""
    for column in columns:
        if column.name not in X.columns:
            raise ValueError(
                f"X must have the columns {[one.name for one in columns]} that the forecaster was "
                f"fitted to, but lacks {column.name!r}"
            )
    numbers = np.concatenate([column.numbers(X[column.name]) for column in columns], axis=1)
    _check_finite(numbers, X, columns)
    if isinstance(X.index, pd.MultiIndex):
        times = X.index.get_level_values(-1)
        labels = X.index.droplevel(-1)
        instances = labels.unique()
        instance_of_row = instances.get_indexer(labels)
    else:
        times, instances = X.index, None
        instance_of_row = np.zeros(len(X), dtype=np.int64)
    try:
        positions = grid.positions(times)
    except (TypeError, ValueError) as error:
        raise type(error)(f"the index of X must fit that of y: {error}") from error
    num_instances = 1 if instances is None else len(instances)
    starts = np.full(num_instances, np.iinfo(np.int64).max)
    ends = np.full(num_instances, np.iinfo(np.int64).min)
    np.minimum.at(starts, instance_of_row, positions)
    np.maximum.at(ends, instance_of_row, positions)
    lengths = ends - starts + 1
    offsets = np.cumsum(lengths) - lengths
    places = offsets[instance_of_row] + positions - starts[instance_of_row]
    _check_unique(places, times)
    values = np.full((numbers.shape[1], int(lengths.sum())), np.nan)
    values[:, places] = numbers.T
    return SeriesBatch(
        values=values.ravel(),
        lengths=np.tile(lengths, numbers.shape[1]),
        starts=np.tile(starts, numbers.shape[1]),
        grid=grid,
        instances=instances,
        columns=pd.RangeIndex(numbers.shape[1]),
        time_name=X.index.names[-1],
    )


def _numbers(values: pd.Series) -> Float64Array:
    """Return a column of numbers, shape (rows,), NaN where missing."""
    try:
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"column {values.name!r} of X must hold numbers, as when the forecaster was fitted, "
            f"but a value is not one: {error}"
        ) from error


def _check_finite(numbers: Float64Array, X: pd.DataFrame, columns: tuple[Column, ...]) -> None:
    """Check that no number, shape (rows, columns of numbers), is infinite or cannot be squared."""
    wrong = np.argwhere(np.abs(numbers) > MAX_MAGNITUDE)
    if len(wrong) == 0:
        return
    row, number = wrong[0]
    name = column_of_number(columns, number).name
    raise ValueError(
        f"X must lie between -{MAX_MAGNITUDE:g} and {MAX_MAGNITUDE:g}, but column {name!r} is "
        f"{numbers[row, number]} at {_time(X.index[row])}: replace the value by a number, or by "
        "NaN for a missing one"
    )


def _check_unique(places: IntArray, times: pd.Index) -> None:
    """Check that no instance has two rows for one time."""
    order = np.argsort(places, kind="stable")
    same = np.flatnonzero(np.diff(places[order]) == 0)
    if len(same) > 0:
        raise ValueError(
            f"X has the time stamp {times[order[same[0]]]} twice: keep one of the rows"
        )


def _time(label: Any) -> Any:
    """Return the time of a row, of whatever index."""
    return label[-1] if isinstance(label, tuple) else label
