"""What the covariates leave of the series, which the network forecasts."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.covariates.regression import MAX_VALUES_CHUNK, Regression
from sktime_lagllama.covariates.table import CovariateTable, read_table
from sktime_lagllama.data.series import SeriesBatch


@dataclass(frozen=True, kw_only=True)
class Remainder(SeriesBatch):
    """Series minus what their covariates explain, as it is known at each cutoff.

    ``values`` are what the latest coefficients leave. A window that ends earlier is what was left
    then, by the coefficients of its own cutoff: so nothing that is forecast in sample has seen the
    future. Where X is missing, its last value before stands in; before the first one, and where y
    is missing, the remainder is missing.

    Parameters
    ----------
    regression : Regression
        Knows the series themselves, and the covariates.
    """

    regression: Regression

    @classmethod
    def of(cls, y: SeriesBatch, table: CovariateTable, learned_until: int) -> Remainder:
        """Regress series on their covariates.

        Parameters
        ----------
        y : SeriesBatch
        table : CovariateTable
        learned_until : int
            Grid position; the coefficients know nothing after it.

        Returns
        -------
        Remainder
        """
        regression = Regression.learn(y, table, learned_until)
        return cls(
            **{field.name: getattr(y, field.name) for field in fields(SeriesBatch)}
            | {"values": _latest_remainder(regression)},
            regression=regression,
        )

    @classmethod
    def read(cls, y: SeriesBatch, X: pd.DataFrame, learned_until: int) -> Remainder:
        """Regress series on the columns of X.

        Parameters
        ----------
        y : SeriesBatch
        X : pd.DataFrame
            As ``table.read_table`` takes it.
        learned_until : int
            As in ``of``.

        Returns
        -------
        Remainder

        Raises
        ------
        TypeError, ValueError
            As ``table.read_table`` does.
        """
        table = read_table(X, y)
        table.check_history(y, learned_until)
        return cls.of(y, table, learned_until)

    @property
    def observed(self) -> SeriesBatch:
        """The series themselves."""
        return self.regression.y

    def updated(
        self, y: SeriesBatch, X: pd.DataFrame | None, cutoff: int, learn: bool
    ) -> Remainder:
        """Return what is left of longer series.

        Parameters
        ----------
        y : SeriesBatch
            These series, extended.
        X : pd.DataFrame, optional
            New rows. None: there are none.
        cutoff : int
            Grid position of the last time that is known now.
        learn : bool
            Whether the coefficients learn from what is new; otherwise they stay as they are.

        Returns
        -------
        Remainder

        Raises
        ------
        TypeError, ValueError
            As ``CovariateTable.extend`` does, or if X ends before y without new rows.
        """
        table = self.regression.table
        if X is not None:
            table = table.extend(X)
        elif table.end <= cutoff:
            raise ValueError(
                "X must be given to update with y, as it was to fit, but is None: pass its rows "
                f"up to {y.grid.times(np.array([cutoff]))[0]}"
            )
        table.check_history(y, cutoff)
        return Remainder.of(y, table, cutoff if learn else self.regression.learned_until)

    def windows(self, series: IntArray, cutoffs: IntArray, length: int) -> Float64Array:
        """Cut windows out of what was left of the series at the cutoffs: see the base class."""
        windows = super().windows(series, cutoffs, length)
        earlier = np.flatnonzero(cutoffs < self.regression.learned_until)
        if len(earlier) == 0:
            return windows
        windows[earlier] = self.observed.windows(series[earlier], cutoffs[earlier], length)
        for part, coefficients in self.regression.at_cutoffs(series[earlier], cutoffs[earlier]):
            rows = earlier[part]
            first = int(cutoffs[rows].min()) - length + 1
            positions = np.arange(first, int(cutoffs[rows].max()) + 1)
            # All rows of the part have the same series and standards.
            of_part = self.regression.features_at(
                series[rows[:1]], positions[None], coefficients.standards.of(slice(1))
            )[0]
            of_part = of_part[:, : coefficients.weights.shape[1]]
            for row, weights in zip(rows, coefficients.weights, strict=True):
                start = int(cutoffs[row]) - length + 1 - first
                windows[row] -= of_part[start : start + length] @ weights
        return windows


def _latest_remainder(regression: Regression) -> Float64Array:
    """Return what the latest coefficients leave of all series, one after the other."""
    y, latest = regression.y, regression.latest
    remainder = y.values.copy()
    size = max(1, MAX_VALUES_CHUNK // (int(y.lengths.max()) * latest.weights.shape[1]))
    for first in range(0, y.num_series, size):
        series = np.arange(first, min(first + size, y.num_series))
        steps = np.arange(int(y.lengths[series].max()))
        every_feature = regression.features_at(
            series, y.starts[series][:, None] + steps, latest.standards.of(series)
        )
        explained = (every_feature @ latest.weights[series][:, :, None])[:, :, 0]
        inside = steps < y.lengths[series][:, None]
        start = y.offsets[first]
        remainder[start : start + int(y.lengths[series].sum())] -= explained[inside]
    return remainder
