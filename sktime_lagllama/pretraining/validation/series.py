"""A series of a validation set."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sktime_lagllama.pretraining.validation.groups import GROUPS


@dataclass(frozen=True)
class RealSeries:
    """A series of the validation set.

    Parameters
    ----------
    name : str
        Its data set, or "data set/column".
    group : str
        One of ``GROUPS``.
    values : pd.Series
        Float64, in data units, with a period index without gaps; NaN where missing.
    """

    name: str
    group: str
    values: pd.Series

    @property
    def source(self) -> str:
        """Data set that the series is a part of."""
        return self.name.partition("/")[0]

    @property
    def season(self) -> int:
        """Steps in a season."""
        return GROUPS[self.group].season
