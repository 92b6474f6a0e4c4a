"""All cutoffs of a backtest as one batch, against the loop of ``update`` and ``predict``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from sktime.split import ExpandingWindowSplitter

from sktime_lagllama import LagLlamaConfig, LagLlamaForecaster
from tests.support.published_layout import write_published_layout

NUM_CUTOFFS = 500
HORIZONS = (1, 6, 12)
NUM_SAMPLES = 100
FIRST_WINDOW = 100


def series(length: int) -> pd.Series:
    """Return a daily series with a week in it."""
    days = np.arange(length)
    noise = np.random.default_rng(0).standard_normal(length)
    index = pd.period_range("2020-01-01", periods=length, freq="D")
    return pd.Series(10 + 3 * np.sin(2 * np.pi * days / 7) + noise, index, name="y")


def loop(forecaster: LagLlamaForecaster, y: pd.Series) -> list[pd.Series]:
    """Forecast from every cutoff as a user would without ``update_predict``."""
    forecasts = []
    for cutoff in range(FIRST_WINDOW, FIRST_WINDOW + NUM_CUTOFFS):
        forecaster.update(y.iloc[cutoff - 1 : cutoff], update_params=False)
        forecasts.append(forecaster.predict())
    return forecasts


def row(checkpoint: Path, horizon: int) -> str:
    """Measure one horizon, and return a row of the table."""
    y = series(FIRST_WINDOW + NUM_CUTOFFS + horizon - 1)
    first, fh = y.iloc[: FIRST_WINDOW - 1], np.arange(1, horizon + 1)
    splitter = ExpandingWindowSplitter(fh=fh, initial_window=FIRST_WINDOW)
    forecaster = LagLlamaForecaster(checkpoint, num_samples=NUM_SAMPLES, device="cpu")
    forecaster.fit(first, fh=fh).predict()  # loads the weights
    forecaster = forecaster.clone().fit(first, fh=fh)
    start = perf_counter()
    batched = forecaster.update_predict(y, splitter, update_params=False)
    by_batch = perf_counter() - start
    start = perf_counter()
    one_by_one = loop(forecaster, y)
    by_loop = perf_counter() - start
    return (
        f"| {horizon} | {by_loop:.2f} | {by_batch:.2f} | {by_loop / by_batch:.1f} "
        f"| {likeness(one_by_one, batched):.3f} |"
    )


def report() -> list[str]:
    """Measure, and return the lines of the report."""
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder, "published_size.ckpt")
        write_published_layout(checkpoint, LagLlamaConfig(), seed=0)
        rows = [row(checkpoint, horizon) for horizon in HORIZONS]
    return [
        "## Backtest",
        "",
        f"{NUM_CUTOFFS} cutoffs of one series, {NUM_SAMPLES} paths from each: the loop of `update`",
        "and `predict`, and `update_predict(y, cv, update_params=False)`. The medians of the paths",
        "correlate; they are not equal, as the draws are others.",
        "",
        "| steps | loop, seconds | one batch | times faster | correlation |",
        "|---:|---:|---:|---:|---:|",
        *rows,
        "",
    ]


def likeness(one_by_one: list[pd.Series], batched: pd.Series | pd.DataFrame) -> float:
    """Return how point forecasts of both correlate, cutoff by cutoff and step by step."""
    by_cutoff = batched.to_frame().T if isinstance(batched, pd.Series) else batched
    columns = [by_cutoff[cutoff].dropna().to_numpy() for cutoff in by_cutoff]
    looped = np.ravel([forecast.to_numpy() for forecast in one_by_one])
    return float(np.corrcoef(looped, np.ravel(columns))[0, 1])
