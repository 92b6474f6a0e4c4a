"""Rows of a batch of forecasts: which series each is of, and from when on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sktime_lagllama._typing import IntArray


@dataclass(frozen=True)
class Rows:
    """Forecasts to draw, each of a series from a cutoff on. All arrays have shape (rows,).

    Attributes
    ----------
    series : int64 array
        Number of the series.
    cutoffs : int64 array
        Grid position of the last time that a row knows.
    streams : int64 array
        Number of the stream of random numbers that a row draws from.
    """

    series: IntArray
    cutoffs: IntArray
    streams: IntArray

    @classmethod
    def numbered(cls, series: IntArray, cutoffs: IntArray) -> Rows:
        """Return rows that draw from the streams 0, 1, ..."""
        return cls(series, cutoffs, np.arange(len(series)))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.series)

    def select(self, index: Any) -> Rows:
        """Return some of the rows: every array, indexed as numpy indexes it."""
        return Rows(self.series[index], self.cutoffs[index], self.streams[index])
