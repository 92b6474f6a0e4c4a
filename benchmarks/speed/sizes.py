"""Forecasts of unusual sizes: very many short series, a long horizon, a long past."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.common.series import airline, airline_like
from benchmarks.speed.backtest import weekly_pattern
from benchmarks.speed.timing import median_seconds
from sktime_lagllama import LagLlamaForecaster


def short_series(
    num_series: int, length: int, horizon: int, num_samples: int | None = None
) -> Callable[[], object]:
    """Return a forecast of a panel of the ends of monthly series.

    Parameters
    ----------
    num_series : int
    length : int
        Points of each series.
    horizon : int
        Steps ahead.
    num_samples : int, optional
        Paths of each series. None: the default.

    Returns
    -------
    callable
    """
    y = airline_like(num_series).groupby(level=0).tail(length)
    forecaster = LagLlamaForecaster(device="cpu")
    if num_samples is not None:
        forecaster.set_params(num_samples=num_samples)
    return lambda: forecaster.clone().fit(y, fh=np.arange(1, horizon + 1)).predict()


def long_horizon(horizon: int) -> Callable[[], object]:
    """Return a forecast of one series many steps ahead, with the default settings."""
    y, fh = airline(), np.arange(1, horizon + 1)
    return lambda: LagLlamaForecaster(device="cpu").fit(y, fh=fh).predict()


def residuals(num_points: int) -> Callable[[], object]:
    """Return the in-sample forecast of every point of one series, with the default settings."""
    y = weekly_pattern(num_points)
    return lambda: LagLlamaForecaster(device="cpu").fit(y, fh=[1]).predict_residuals()


def cases() -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the name of each case, and the forecast."""
    yield "1000 series of 30 points, 3 steps, 20 paths", short_series(1000, 30, 3, 20)
    yield "5000 series of 24 points, 6 steps", short_series(5000, 24, 6)
    yield "1 series of 144 points, 720 steps", long_horizon(720)
    yield "1 series, residuals of 5000 points", residuals(5000)


def report() -> list[str]:
    """Measure, and return the lines of the report."""
    short_series(2, 30, 3)()  # loads the weights
    rows = [f"| {name} | {median_seconds(forecast):.2f} |" for name, forecast in cases()]
    return [
        "## Other sizes",
        "",
        "`fit` and `predict` with the bundled weights, and the default of "
        f"{LagLlamaForecaster().num_samples} paths where no other number",
        "is given; medians of up to 3 repeats, of which none starts after 10 s.",
        "",
        "| | seconds |",
        "|---|---:|",
        *rows,
        "",
    ]
