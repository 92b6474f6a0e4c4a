"""What a forecaster knows: series, and the time up to which they are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sktime.forecasting.base import ForecastingHorizon

from sktime_lagllama._typing import IntArray
from sktime_lagllama.data.series import SeriesBatch


@dataclass(frozen=True)
class Past:
    """Series and their cutoff, in one object that never changes.

    A forecast that takes everything from one such object belongs to one state of the data, even
    while another thread replaces the object by that of the next state.

    Attributes
    ----------
    series : SeriesBatch
    cutoff : pd.Index of shape (1,)
        The last known time.
    """

    series: SeriesBatch
    cutoff: pd.Index

    @property
    def cutoff_position(self) -> int:
        """Grid position of the cutoff."""
        return int(self.series.grid.positions(self.cutoff)[0])

    def times(self, fh: ForecastingHorizon) -> pd.Index:
        """Return the time stamps of a horizon.

        sktime's own conversion goes through periods, which many pandas frequencies do not have.

        Parameters
        ----------
        fh : ForecastingHorizon of shape (steps,)

        Returns
        -------
        pd.Index of shape (steps,)

        Raises
        ------
        ValueError
            If one lies beyond what pandas can represent.
        """
        values = fh.to_pandas()
        if not fh.is_relative:
            return values
        if not pd.api.types.is_integer_dtype(values.dtype):
            return fh.to_absolute_index(self.cutoff)
        steps, cutoff = values.to_numpy(dtype=np.int64), self.cutoff_position
        farthest = max(int(steps.min()), int(steps.max()), key=abs)
        if abs(cutoff) + abs(farthest) > np.iinfo(np.int64).max:
            raise ValueError(f"fh has the step {farthest}, and no time lies so far: ask for less")
        return self.series.grid.times(cutoff + steps)

    def steps(self, fh: ForecastingHorizon) -> IntArray:
        """Return the steps of a horizon, counted from the cutoff.

        Parameters
        ----------
        fh : ForecastingHorizon of shape (steps,)

        Returns
        -------
        int64 array of shape (steps,)
        """
        return self.series.grid.positions(self.times(fh)) - self.cutoff_position
