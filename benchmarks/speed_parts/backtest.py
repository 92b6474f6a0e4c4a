"""All cutoffs of a backtest as one batch, against the loop of ``update`` and ``predict``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd
from sktime.split import ExpandingWindowSplitter

from sktime_lagllama import LagLlamaConfig, LagLlamaForecaster
from tests.support.published_layout import write_published_layout

NUM_CUTOFFS = 500
HORIZON = 6
NUM_SAMPLES = 100
FIRST_WINDOW = 100
REPEATS = 3


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


def report() -> list[str]:
    """Measure, and return the lines of the report."""
    y = series(FIRST_WINDOW + NUM_CUTOFFS + HORIZON - 1)
    first, fh = y.iloc[: FIRST_WINDOW - 1], np.arange(1, HORIZON + 1)
    splitter = ExpandingWindowSplitter(fh=fh, initial_window=FIRST_WINDOW)
    by_loop, by_batch = [], []
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder, "published_size.ckpt")
        write_published_layout(checkpoint, LagLlamaConfig(), seed=0)
        forecaster = LagLlamaForecaster(checkpoint, num_samples=NUM_SAMPLES, device="cpu")
        forecaster.fit(first, fh=fh).predict()  # loads the weights
        for _ in range(REPEATS):
            forecaster = forecaster.clone().fit(first, fh=fh)
            start = perf_counter()
            one_by_one = loop(forecaster, y)
            by_loop.append(perf_counter() - start)
            forecaster = forecaster.clone().fit(first, fh=fh)
            start = perf_counter()
            batched = forecaster.update_predict(y, splitter, update_params=False)
            by_batch.append(perf_counter() - start)
    looped, ratio = median(by_loop), median(by_loop) / median(by_batch)
    apart = likeness([forecast.to_numpy() for forecast in one_by_one], batched)
    return [
        "## Backtest",
        "",
        f"{NUM_CUTOFFS} cutoffs of one series, {NUM_SAMPLES} paths of {HORIZON} steps from each:",
        f"{looped:.2f} s by a loop of `update` and `predict`, {median(by_batch):.2f} s by",
        f"`update_predict(y, cv, update_params=False)`, {ratio:.1f} times faster (medians of",
        f"{REPEATS}, in turns). Their medians of the paths correlate by {apart:.3f}: the draws are",
        "others.",
        "",
    ]


def likeness(one_by_one: list[np.ndarray], batched: pd.DataFrame) -> float:
    """Return how point forecasts of both correlate, cutoff by cutoff and step by step."""
    columns = [batched[cutoff].dropna().to_numpy() for cutoff in batched]
    return float(np.corrcoef(np.ravel(one_by_one), np.ravel(columns))[0, 1])
