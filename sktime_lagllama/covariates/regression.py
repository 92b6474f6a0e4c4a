"""The coefficients of each series that were known at any time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.covariates.features import Standards, feature_sets, features
from sktime_lagllama.covariates.ridge import (
    CompleteRows,
    Sums,
    complete_rows,
    differences,
    solve,
    sums_of,
)
from sktime_lagllama.covariates.season import season_length
from sktime_lagllama.covariates.selection import Choice, choices, comparison_times
from sktime_lagllama.covariates.table import CovariateTable
from sktime_lagllama.data.series import SeriesBatch

MAX_VALUES_CHUNK = 2**22
"""Values of the largest arrays of a chunk of series, or of cutoffs."""


class Coefficients(NamedTuple):
    """Coefficients of rows, each of which is a series at a cutoff.

    Attributes
    ----------
    standards : Standards of shape (rows, columns)
    weights : float64 array of shape (rows, features)
        Of all features, or of the first ones if the others are not used.
    root : float64 array of shape (rows, features, features)
        As ``ridge.Solution`` has it.
    """

    standards: Standards
    weights: Float64Array
    root: Float64Array


@dataclass(frozen=True)
class Regression:
    """Ridge regressions of the series of y on the columns of X.

    Parameters
    ----------
    y : SeriesBatch
    table : CovariateTable
    learned_until : int
        Grid position. Nothing after it has an influence; later cutoffs have the coefficients of
        this one.
    season : int
        Steps in a season.
    choices : list of Choice of shape (series,)
        At each of the ``comparison_times``.
    latest : Coefficients of shape (series,)
        Of the cutoff ``learned_until``.
    """

    y: SeriesBatch
    table: CovariateTable
    learned_until: int
    season: int
    choices: list[Choice]
    latest: Coefficients

    @classmethod
    def learn(cls, y: SeriesBatch, table: CovariateTable, learned_until: int) -> Regression:
        """Choose and estimate the regression of every series, in batches.

        Parameters
        ----------
        y, table, learned_until
            As the class has them.

        Returns
        -------
        Regression
        """
        season = season_length(y.grid)
        num_features = feature_sets(table.num_columns, season)[-1]
        longest = _length(y, learned_until)
        size = max(1, MAX_VALUES_CHUNK // (longest * num_features))
        chunks = [
            _learn_chunk(y, table, np.arange(first, min(first + size, y.num_series)), learned_until)
            for first in range(0, y.num_series, size)
        ]
        # Series of a chunk that start late have fewer times of comparison: the last one stands for
        # those that they lack.
        num_times = max(len(of_chunk) for of_chunk, _ in chunks)
        padded = [of_chunk + of_chunk[-1:] * (num_times - len(of_chunk)) for of_chunk, _ in chunks]
        return cls(
            y,
            table,
            learned_until,
            season,
            [_joined_choices(at_time) for at_time in zip(*padded, strict=True)],
            _joined_coefficients([latest for _, latest in chunks]),
        )

    def at_cutoffs(
        self, series: IntArray, cutoffs: IntArray
    ) -> Iterator[tuple[IntArray, Coefficients]]:
        """Estimate the coefficients that were known at cutoffs.

        Parameters
        ----------
        series, cutoffs : int64 arrays of shape (rows,)
            Number of the series, and grid position of the cutoff: its last known time.

        Yields
        ------
        rows : int64 array of shape (part,)
            Some of the rows: of one series, with the same standards, with rising cutoffs.
        coefficients : Coefficients of shape (part,)
        """
        lengths = np.minimum(cutoffs, self.learned_until) - self.y.starts[series] + 1
        lengths = np.maximum(lengths, 0)
        times = comparison_times(int(lengths.max(initial=0)))
        of_time = np.searchsorted(times, lengths, side="right") - 1
        order = np.lexsort((lengths, of_time, series))
        changes = np.diff(series[order]) | np.diff(of_time[order])
        for rows in np.split(order, np.flatnonzero(changes) + 1):
            if len(rows) > 0:
                number, time = int(series[rows[0]]), int(of_time[rows[0]])
                choice = self.choices[min(time, len(self.choices) - 1)].of([number])
                yield from self._of_one_series(rows, number, times[time], lengths[rows], choice)

    def with_table(self, table: CovariateTable) -> Regression:
        """Return the same coefficients, with a table that knows X for longer."""
        return replace(self, table=table)

    def features_at(
        self, series: IntArray, positions: IntArray, standards: Standards
    ) -> Float64Array:
        """Return the features of series, of values of X that were known last at each time.

        Parameters
        ----------
        series : int64 array of shape (series,)
            Numbers of series.
        positions : int64 array of shape (series, times)
            Grid positions.
        standards : Standards of shape (series, columns)

        Returns
        -------
        float64 array of shape (series, times, features)
            NaN before the first value of a column.
        """
        instances = self.table.instances_of(self.y)[series % _num_instances(self.y)]
        return features(self.table.latest(instances, positions), standards, positions, self.season)

    def _of_one_series(
        self, rows: IntArray, number: int, time: int, lengths: IntArray, choice: Choice
    ) -> Iterator[tuple[IntArray, Coefficients]]:
        """Yield the coefficients of one series after each of several rising lengths.

        Parameters
        ----------
        rows : int64 array of shape (lengths,)
        number : int
            Of the series.
        time : int
            When the choice was made; at most the first of the lengths.
        lengths : int64 array of shape (lengths,)
            Known steps, from the series' start.
        choice : Choice of shape (1,)
        """
        series = np.array([number])
        y, x, positions = _rows_of(self.y, self.table, series, int(lengths[-1]), self.learned_until)
        num_used = int(choice.num_features[0])
        used = features(x, choice.standards, positions, self.season)[:, :, :num_used]
        lag = int(choice.lag[0])
        complete = complete_rows(differences(y, lag), differences(used, lag))
        sums = sums_of(complete.between(0, time))
        size = max(1, MAX_VALUES_CHUNK // num_used**2)
        done = time
        for first in range(0, len(rows), size):
            of_chunk = lengths[first : first + size]
            grown = _growing_sums(sums, complete, done, of_chunk)
            sums, done = grown.of(slice(-1, None)), int(of_chunk[-1])
            of_each = choice.of(np.zeros(len(of_chunk), dtype=np.int64))
            inflation = of_each.inflation[:, :num_used]
            solution = solve(grown, of_each.penalty, of_each.num_features, inflation)
            yield rows[first : first + size], Coefficients(of_each.standards, *solution)


def _length(y: SeriesBatch, learned_until: int) -> int:
    """Return the steps from the earliest start of a series up to a position."""
    return max(int(learned_until - y.starts.min()) + 1, 1)


def _rows_of(
    y: SeriesBatch, table: CovariateTable, series: IntArray, length: int, learned_until: int
) -> tuple[Float64Array, Float64Array, IntArray]:
    """Return y, X and the positions of series from their starts on, NaN after ``learned_until``.

    Returns
    -------
    y : float64 array of shape (series, length)
    x : float64 array of shape (series, length, columns)
    positions : int64 array of shape (series, length)
    """
    starts = y.starts[series]
    positions = starts[:, None] + np.arange(length)
    is_known = positions <= learned_until
    values = np.where(is_known, y.windows(series, starts + length - 1, length), np.nan)
    x = table.at(table.instances_of(y)[series % _num_instances(y)], positions)
    return values, np.where(is_known[:, :, None], x, np.nan), positions


def _num_instances(y: SeriesBatch) -> int:
    return y.num_series // len(y.columns)


def _learn_chunk(
    y: SeriesBatch, table: CovariateTable, series: IntArray, learned_until: int
) -> tuple[list[Choice], Coefficients]:
    """Choose and estimate the regressions of some series."""
    season = season_length(y.grid)
    length = max(int(learned_until - y.starts[series].min()) + 1, 1)
    values, x, positions = _rows_of(y, table, series, length, learned_until)
    found = choices(values, x, positions, season)
    lengths = np.maximum(learned_until - y.starts[series] + 1, 0)
    of_time = np.searchsorted(comparison_times(length), lengths, side="right") - 1
    last = _joined_choices([found[time].of([row]) for row, time in enumerate(of_time)])
    every_feature = features(x, last.standards, positions, season)
    by_lag = {
        int(lag): sums_of(
            complete_rows(differences(values, int(lag)), differences(every_feature, int(lag)))
        )
        for lag in np.unique(last.lag)
    }
    sums = Sums(
        *(
            np.stack([by_lag[int(lag)][field][row] for row, lag in enumerate(last.lag)])
            for field in range(len(Sums._fields))
        )
    )
    solution = solve(sums, last.penalty, last.num_features, last.inflation)
    return found, Coefficients(last.standards, *solution)


def _growing_sums(
    sums: Sums,
    complete: CompleteRows,
    first: int,
    lengths: IntArray,
) -> Sums:
    """Return the sums over the first rows, for each of several rising numbers of rows.

    Parameters
    ----------
    sums : Sums of shape (1,)
        Over the rows before ``first``.
    complete : CompleteRows of shape (1, times)
    first : int
    lengths : int64 array of shape (lengths,)

    Returns
    -------
    Sums of shape (lengths,)
    """
    grown = [np.empty((len(lengths), *part.shape[1:])) for part in sums]
    for place, length in enumerate(lengths):
        if length > first:
            more = sums_of(complete.between(first, length))
            sums = Sums(*(part + new for part, new in zip(sums, more, strict=True)))
            first = int(length)
        for part, new in zip(grown, sums, strict=True):
            part[place] = new[0]
    return Sums(*grown)


def _joined_choices(parts: Sequence[Choice]) -> Choice:
    """Join the choices of several sets of series."""
    standards = Standards(
        *(np.concatenate(fields) for fields in zip(*(one.standards for one in parts), strict=True))
    )
    others = zip(*(one[1:] for one in parts), strict=True)
    return Choice(standards, *(np.concatenate(fields) for fields in others))


def _joined_coefficients(parts: Sequence[Coefficients]) -> Coefficients:
    """Join the coefficients of several sets of series."""
    standards = Standards(
        *(np.concatenate(fields) for fields in zip(*(one.standards for one in parts), strict=True))
    )
    others = zip(*(one[1:] for one in parts), strict=True)
    return Coefficients(standards, *(np.concatenate(fields) for fields in others))
