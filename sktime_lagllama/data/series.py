"""A batch of univariate series as arrays, with the labels that pandas gave them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float32Array, Float64Array, IntArray
from sktime_lagllama.data.calendar import NUM_CALENDAR_FEATURES
from sktime_lagllama.data.resolutions import OWN, Resolution
from sktime_lagllama.data.time_grid import TimeGrid


@dataclass(frozen=True)
class SeriesBatch:
    """Univariate series of any lengths, one for each instance and column, on one time grid.

    A series is referred to by its number. Times are grid positions, as in ``TimeGrid``.

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
    def observed(self) -> SeriesBatch:
        """The series as they were observed; other ones, if these are what is left of them."""
        return self

    @property
    def num_series(self) -> int:
        """Number of series: that of the instances times that of the columns."""
        return len(self.lengths)

    @property
    def offsets(self) -> IntArray:
        """Place of each series' first value in ``values``, int64 of shape (series,)."""
        return np.cumsum(self.lengths) - self.lengths

    @property
    def random_streams(self) -> IntArray:
        """Number of the stream of random numbers of each series, int64 of shape (series,).

        It depends on the labels of the instance and on the place of the column. So a series draws
        the same numbers in every panel, whatever other instances there are.
        """
        columns = np.arange(len(self.columns))
        if self.instances is None:
            return columns
        of_instances = pd.util.hash_pandas_object(self.instances, index=False).to_numpy()
        streams = columns.astype(np.uint64)[:, None] + of_instances  # (columns, instances)
        return streams.ravel().view(np.int64) & np.iinfo(np.int64).max

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
        steps = first + np.arange(length)  # counted from the series' first value
        inside = (steps >= 0) & (steps < self.lengths[series][:, None])
        values = self.values[np.where(inside, steps + self.offsets[series][:, None], 0)]
        return np.where(inside, values, np.nan)

    def last_observed(self, series: IntArray, cutoffs: IntArray) -> IntArray:
        """Return when each series was last observed, up to a cutoff.

        Parameters
        ----------
        series, cutoffs : int64 arrays of shape (rows,)
            As in ``windows``.

        Returns
        -------
        int64 array of shape (rows,)
            Grid positions; the cutoff itself if nothing was observed before.
        """
        observed = ~np.isnan(self.values)
        # Place in ``values`` of the last observed value up to each place, of whatever series.
        last_places = np.maximum.accumulate(np.where(observed, np.arange(len(self.values)), -1))
        first = self.offsets[series]
        elapsed = np.minimum(cutoffs - self.starts[series], self.lengths[series] - 1)
        last = last_places[first + np.maximum(elapsed, 0)]
        is_observed = (elapsed >= 0) & (last >= first)
        return np.where(is_observed, self.starts[series] + last - first, cutoffs)

    def calendars(
        self,
        series: IntArray,
        cutoffs: IntArray,
        before: int,
        after: int,
        resolution: Resolution = OWN,
    ) -> Float32Array:
        """Compute the calendar features around cutoffs.

        Parameters
        ----------
        series, cutoffs : int64 arrays of shape (rows,)
            As in ``windows``.
        before : int
            Times up to the cutoff, the cutoff included.
        after : int
            Times after the cutoff.
        resolution : Resolution, default=OWN
            Tells how many steps it is from one of these times to the next.

        Returns
        -------
        float32 array of shape (rows, before + after, 6)
            0 before a series' first value, as the published model pads.
        """
        stride = resolution.stride
        last = int(cutoffs.max()) + stride * after
        # Not before the first value: pandas cannot represent times that lie very far back.
        first = max(int(cutoffs.min()) - stride * (before - 1), int(self.starts[series].min()))
        positions = cutoffs[:, None] + stride * np.arange(1 - before, after + 1)
        if last < first:
            return np.zeros((*positions.shape, NUM_CALENDAR_FEATURES), dtype=np.float32)
        features = resolution.calendar(self.grid.calendar(first, last - first + 1))
        has_started = positions >= self.starts[series][:, None]
        calendars = features[np.maximum(positions - first, 0)]
        return np.where(has_started[..., None], calendars, np.float32(0))

    def extend(self, newer: SeriesBatch) -> SeriesBatch:
        """Return these series with newer values added.

        Where both have a value at the same time, the newer one stays. Steps in between that neither
        has are missing. Series that only one of them has are kept.

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
        self._check_extension(newer)
        instances, rows, newer_rows = _union(self.instances, newer.instances)
        num_instances = 1 if instances is None else max(1, len(instances))
        num_series = num_instances * len(self.columns)
        first_of_column = num_instances * np.arange(len(self.columns))[:, None]
        parts = [
            _Part(self, (first_of_column + rows).ravel()),
            _Part(newer, (first_of_column + newer_rows).ravel()),
        ]
        starts, lengths = _union_of_times(parts, num_series)
        return replace(
            self,
            values=_union_of_values(parts, starts, lengths),
            lengths=lengths,
            starts=starts,
            instances=instances,
        )

    def _check_extension(self, newer: SeriesBatch) -> None:
        """Check that newer series have the columns of these, and are a panel if these are."""
        if not newer.columns.equals(self.columns):
            raise ValueError(
                f"new data must have the columns {list(self.columns)} that the forecaster was "
                f"fitted to, but has {list(newer.columns)}"
            )
        if (newer.instances is None) != (self.instances is None):
            raise ValueError("new data must be a panel if, and only if, the forecaster knows one")

    def check_observed(self) -> None:
        """Check that every series has an observed value.

        Raises
        ------
        ValueError
            If one has none; names its instance and column.
        """
        num_observed = np.add.reduceat(~np.isnan(self.values), self.offsets, dtype=np.int64)
        empty = np.flatnonzero(num_observed == 0)
        if len(empty) == 0:
            return
        num_instances = self.num_series // len(self.columns)
        column, instance = divmod(int(empty[0]), num_instances)
        name = f"column {self.columns[column]!r}"
        if self.instances is not None:
            name += f" of instance {self.instances[instance]!r}"
        raise ValueError(f"y must have at least one observed value, but {name} is NaN throughout")

    def to_index(self, times: pd.Index) -> pd.Index:
        """Return the row index of a forecast at the same times for every instance.

        Parameters
        ----------
        times : pd.Index of shape (times,)

        Returns
        -------
        pd.Index of shape (instances * times,)
            With the instance levels and the name of the time level that the series were read with.
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


class _Part(NamedTuple):
    """What one of two batches contributes to their union.

    Attributes
    ----------
    batch : SeriesBatch
    numbers : int64 array of shape (series of the batch,)
        Number of each of its series in the union.
    """

    batch: SeriesBatch
    numbers: IntArray


def _union(
    instances: pd.Index | None, newer: pd.Index | None
) -> tuple[pd.Index | None, IntArray, IntArray]:
    """Return the instances of both, new ones at the end.

    Returns
    -------
    union : pd.Index, or None without labels
    numbers, newer_numbers : int64 arrays of shape (instances,) and (newer instances,)
        Place of each one's instances in the union.
    """
    if instances is None or newer is None:
        return None, np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    is_known = newer.isin(instances)
    union = instances if is_known.all() else instances.append(newer[~is_known])
    return union, np.arange(len(instances)), union.get_indexer(newer)


def _union_of_times(parts: list[_Part], num_series: int) -> tuple[IntArray, IntArray]:
    """Return the start and the length of each series of a union, int64 of shape (series,)."""
    starts = np.full(num_series, np.iinfo(np.int64).max)
    ends = np.full(num_series, np.iinfo(np.int64).min)
    for batch, numbers in parts:
        starts[numbers] = np.minimum(starts[numbers], batch.starts)
        ends[numbers] = np.maximum(ends[numbers], batch.starts + batch.lengths)
    return starts, ends - starts


def _union_of_values(parts: list[_Part], starts: IntArray, lengths: IntArray) -> Float64Array:
    """Return the values of a union; the observed values of later parts replace earlier ones.

    Parameters
    ----------
    parts : list of _Part
    starts, lengths : int64 arrays of shape (series,)
        Of the union.

    Returns
    -------
    float64 array of shape (total length,)
        NaN where no part has a value.
    """
    offsets = np.cumsum(lengths) - lengths
    values = np.full(int(lengths.sum()), np.nan)
    for batch, numbers in parts:
        steps = np.arange(len(batch.values)) - np.repeat(batch.offsets, batch.lengths)
        first_places = offsets[numbers] + batch.starts - starts[numbers]
        places = np.repeat(first_places, batch.lengths) + steps
        observed = ~np.isnan(batch.values)
        values[places[observed]] = batch.values[observed]
    return values


def product_index(outer: pd.Index, inner: pd.Index) -> pd.MultiIndex:
    """Return the index that has all entries of ``inner`` for every entry of ``outer``.

    Parameters
    ----------
    outer, inner : pd.Index
        Of any number of levels.

    Returns
    -------
    pd.MultiIndex of shape (outer * inner,)
        With the levels of both.
    """
    outer_levels, inner_levels = (
        index if isinstance(index, pd.MultiIndex) else pd.MultiIndex.from_arrays([index])
        for index in (outer, inner)
    )
    codes = [np.repeat(level_codes, len(inner)) for level_codes in outer_levels.codes]
    codes += [np.tile(level_codes, len(outer)) for level_codes in inner_levels.codes]
    return pd.MultiIndex(
        levels=[*outer_levels.levels, *inner_levels.levels],  # type: ignore[list-item]
        codes=codes,  # type: ignore[arg-type]
        names=[*outer_levels.names, *inner_levels.names],
        verify_integrity=False,
    )
