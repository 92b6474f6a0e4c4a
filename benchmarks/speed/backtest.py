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
HORIZON = 6
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


def report() -> list[str]:
    """Measure, and return the lines of the report."""
    y = series(FIRST_WINDOW + NUM_CUTOFFS + HORIZON - 1)
    fh = np.arange(1, HORIZON + 1)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder, "published_size.ckpt")
        write_published_layout(checkpoint, LagLlamaConfig(), seed=0)
        forecaster = LagLlamaForecaster(checkpoint, num_samples=NUM_SAMPLES, device="cpu")
        first = y.iloc[: FIRST_WINDOW - 1]
        forecaster.fit(first, fh=fh).predict()
        start = perf_counter()
        one_by_one = loop(forecaster, y)
        by_loop = perf_counter() - start
        splitter = ExpandingWindowSplitter(fh=fh, initial_window=FIRST_WINDOW)
        forecaster = forecaster.clone().fit(first, fh=fh)
        start = perf_counter()
        batched = forecaster.update_predict(y, splitter, update_params=False)
        by_batch = perf_counter() - start
    assert batched.shape[1] == len(one_by_one) == NUM_CUTOFFS
    return [
        "## Backtest",
        "",
        f"{NUM_CUTOFFS} cutoffs of one series, {NUM_SAMPLES} paths of {HORIZON} steps from each:",
        f"{by_loop:.2f} s by a loop of `update` and `predict`, {by_batch:.2f} s by",
        f"`update_predict(y, cv, update_params=False)`, {by_loop / by_batch:.1f} times faster.",
        "",
    ]
