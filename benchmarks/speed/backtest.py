"""All cutoffs of a backtest as one batch, against the loop of ``update`` and ``predict``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from sktime.split import ExpandingWindowSplitter

from benchmarks.common.checkpoint import random_checkpoint
from sktime_lagllama import LagLlamaForecaster

NUM_CUTOFFS = 500
HORIZONS = (1, 6, 12)
NUM_SAMPLES = (100, LagLlamaForecaster().num_samples)
FIRST_WINDOW = 100


def weekly_pattern(length: int) -> pd.Series:
    """Return a daily series with a weekly season and noise."""
    days = np.arange(length)
    noise = np.random.default_rng(0).standard_normal(length)
    index = pd.period_range("2020-01-01", periods=length, freq="D")
    return pd.Series(10 + 3 * np.sin(2 * np.pi * days / 7) + noise, index, name="y")


def loop(forecaster: LagLlamaForecaster, y: pd.Series, num_cutoffs: int) -> list[pd.Series]:
    """Forecast from every cutoff as a user would without ``update_predict``."""
    forecasts = []
    for cutoff in range(FIRST_WINDOW, FIRST_WINDOW + num_cutoffs):
        forecaster.update(y.iloc[cutoff - 1 : cutoff], update_params=False)
        forecasts.append(forecaster.predict())
    return forecasts


def row(checkpoint: Path, horizon: int, num_samples: int, num_cutoffs: int) -> str:
    """Measure one horizon and number of paths, and return a row of the table."""
    y = weekly_pattern(FIRST_WINDOW + num_cutoffs + horizon - 1)
    history, fh = y.iloc[: FIRST_WINDOW - 1], np.arange(1, horizon + 1)
    splitter = ExpandingWindowSplitter(fh=fh, initial_window=FIRST_WINDOW)
    forecaster = LagLlamaForecaster(checkpoint, num_samples=num_samples, device="cpu")
    forecaster.fit(history, fh=fh).predict()  # loads the weights
    forecaster = forecaster.clone().fit(history, fh=fh)
    start = perf_counter()
    batched = forecaster.update_predict(y, splitter, update_params=False)
    batch_seconds = perf_counter() - start
    start = perf_counter()
    one_by_one = loop(forecaster, y, num_cutoffs)
    loop_seconds = perf_counter() - start
    return (
        f"| {horizon} | {num_samples} | {loop_seconds:.2f} | {batch_seconds:.2f} "
        f"| {loop_seconds / batch_seconds:.1f} | {correlation(one_by_one, batched):.3f} |"
    )


def correlation(one_by_one: list[pd.Series], batched: pd.Series | pd.DataFrame) -> float:
    """Return the correlation of two sets of point forecasts over all cutoffs and steps.

    Parameters
    ----------
    one_by_one : list of pd.Series
        A forecast for each cutoff.
    batched : pd.Series or pd.DataFrame
        What ``update_predict`` returned: a column for each cutoff, or a series if there is one
        step.

    Returns
    -------
    float
    """
    by_cutoff = batched.to_frame().T if isinstance(batched, pd.Series) else batched
    columns = [by_cutoff[cutoff].dropna().to_numpy() for cutoff in by_cutoff]
    looped = np.ravel([forecast.to_numpy() for forecast in one_by_one])
    return float(np.corrcoef(looped, np.ravel(columns))[0, 1])


def report(num_cutoffs: int = NUM_CUTOFFS, horizons: Sequence[int] = HORIZONS) -> list[str]:
    """Measure, and return the lines of the report."""
    with random_checkpoint() as checkpoint:
        rows = [
            row(checkpoint, horizon, num_samples, num_cutoffs)
            for num_samples in dict.fromkeys(NUM_SAMPLES)
            for horizon in horizons
        ]
    return [
        "## Backtest",
        "",
        f"{num_cutoffs} cutoffs of one series: the loop of `update` and `predict`, and",
        "`update_predict(y, cv, update_params=False)`. The medians correlate; they are not equal,",
        "as the random draws differ.",
        "",
        "| steps | paths | loop, seconds | one batch | times faster | correlation |",
        "|---:|---:|---:|---:|---:|---:|",
        *rows,
        "",
    ]
