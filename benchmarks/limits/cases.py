"""Forecasts at the limits, and the memory that each is expected to take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sktime_lagllama import LagLlamaForecaster

LEVELS = [0.1, 0.5, 0.9]


@dataclass(frozen=True)
class Case:
    """A forecast of quantiles with the bundled weights.

    Parameters
    ----------
    what : str
        Says what is large.
    num_series : int, default=1
    num_points : int, default=144
        Of each series.
    horizon : int, default=12
    num_samples : int, default=20
        Paths of each series.
    context_length : int, optional
        None: the default.
    expected : float, default=1.0
        GiB that the whole process takes at most, of which some 0.4 are torch and sktime.
    why : str, default=""
        What takes them.
    """

    what: str
    num_series: int = 1
    num_points: int = 144
    horizon: int = 12
    num_samples: int = 20
    context_length: int | None = None
    expected: float = 1.0
    why: str = ""

    def series(self) -> pd.Series | pd.DataFrame:
        """Return a series, or a panel if there are several."""
        months = pd.period_range("1700-01", periods=self.num_points, freq="M")
        random = np.random.default_rng(0)
        if self.num_series == 1:
            return pd.Series(random.gamma(2.0, 50.0, self.num_points), months)
        index = pd.MultiIndex.from_product(
            [range(self.num_series), months], names=["series", "month"]
        )
        return pd.DataFrame({"y": random.gamma(2.0, 50.0, len(index))}, index=index)

    def forecast(self) -> pd.DataFrame:
        """Fit, and return the quantiles of every step."""
        forecaster = LagLlamaForecaster(
            context_length=self.context_length, num_samples=self.num_samples, device="cpu"
        )
        fh = np.arange(1, self.horizon + 1)
        return forecaster.fit(self.series(), fh=fh).predict_quantiles(alpha=LEVELS)


CASES = {
    "horizon": Case(
        "5,000 steps",
        horizon=5_000,
        expected=1.6,
        why="keys and values of 5,000 tokens of every path, 31 MB each, 1 GiB in all at most",
    ),
    "context": Case(
        "a context of 2,048", num_points=3_000, context_length=2_048, why="nothing to speak of"
    ),
    "paths": Case(
        "100,000 paths of one series",
        num_samples=100_000,
        why="the paths and their distributions, 32 bytes per path and step",
    ),
    "series": Case(
        "200,000 series",
        num_series=200_000,
        num_points=12,
        horizon=2,
        num_samples=2,
        expected=1.6,
        why="pandas: the panel, sktime's checks of it, and a row per series and step",
    ),
}
"""By name. The number of samples matters for time, not for memory, where there are many series."""

SMALL = Case("nothing", num_points=24, horizon=2, num_samples=2)
LOADING: Callable[[], object] = SMALL.forecast
"""Loads the weights and what torch imports late."""
