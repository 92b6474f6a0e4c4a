"""Forecasts of six series that no change of the code's structure may alter by a single bit.

``python -m tests.support.golden`` writes them anew, which only a change of weights, of sampling or
of the versions in constraints.txt justifies.
"""

from __future__ import annotations

import json
import platform
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sktime.datasets import load_airline, load_lynx

from sktime_lagllama import LagLlamaForecaster

DATA = Path(__file__).parents[1] / "data"
GOLDEN_FILE = DATA / "golden_forecasts.npz"
CHECKPOINTS: dict[str, str | Path] = {
    "bundled": "bundled",
    "official_layout": DATA / "official_layout.ckpt",
}
HORIZON = np.arange(1, 15)
IN_SAMPLE = np.arange(-7, 1)
LEVELS = [0.025, 0.1, 0.5, 0.9, 0.975]
NUM_SAMPLES = 25


def environment() -> dict[str, str]:
    """Return what may change the last bits of a forecast besides our own code."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "torch": torch.__version__,
        "numpy": np.__version__,
        "processor": names[0] if names else platform.processor(),
        "capability": torch.backends.cpu.get_cpu_capability(),
    }


def golden_series() -> dict[str, pd.Series]:
    """Return six series: months, years, hours with a gap, days, few quarters, integers."""
    random = np.random.default_rng(2024)
    hours = np.arange(400)
    by_hour = 20 + 8 * np.sin(2 * np.pi * hours / 24) + random.standard_normal(hours.size)
    by_hour[150:171] = np.nan
    days = np.arange(1300)
    by_day = np.exp(3 + 0.3 * np.sin(2 * np.pi * days / 7) + 0.2 * random.standard_normal(1300))
    by_quarter = np.array([5.0, 7.5, 6.25, 9.0, 5.5, 8.0, 6.75, 9.5, 6.0])
    walk = random.standard_normal(90).cumsum() * 1e4
    quarters = pd.period_range("2019Q2", periods=by_quarter.size, freq="Q")
    return {
        "airline": load_airline().astype(float),
        "lynx": load_lynx().astype(float),
        "hours": pd.Series(by_hour, pd.date_range("2021-03-01", periods=400, freq="h")),
        "days": pd.Series(by_day, pd.period_range("2018-01-01", periods=1300, freq="D")),
        "quarters": pd.Series(by_quarter, quarters),
        "walk": pd.Series(walk, pd.RangeIndex(90)),
    }


def golden_panel() -> pd.DataFrame:
    """Return a panel of the first values of all six series on days, of unequal lengths."""
    parts = {}
    for name, y in golden_series().items():
        values = y.to_numpy()[:120]
        days = pd.period_range("2020-02-01", periods=values.size, freq="D")
        parts[name] = pd.DataFrame({"first": values, "second": values[::-1]}, index=days)
    return pd.concat(parts, names=["series", "day"])


def forecasts(checkpoint: str | Path, y: pd.Series | pd.DataFrame) -> dict[str, np.ndarray]:
    """Return sample paths and everything that is read off them, as arrays of float64."""
    forecaster = LagLlamaForecaster(
        checkpoint, num_samples=NUM_SAMPLES, device="cpu", random_state=7
    ).fit(y)
    return {
        "samples": forecaster.predict_samples(HORIZON).to_numpy(float),
        "quantiles": forecaster.predict_quantiles(HORIZON, alpha=LEVELS).to_numpy(float),
        "median": np.asarray(forecaster.predict(HORIZON), dtype=float),
        "variance": forecaster.predict_var(HORIZON).to_numpy(float),
        "in_sample": np.asarray(forecaster.predict(IN_SAMPLE), dtype=float),
        "in_sample_quantiles": forecaster.predict_quantiles(IN_SAMPLE, alpha=LEVELS).to_numpy(
            float
        ),
    }


def all_forecasts() -> dict[str, np.ndarray]:
    """Return the forecasts of all series and of the panel with both checkpoints, by name."""
    cases: dict[str, pd.Series | pd.DataFrame] = {**golden_series(), "panel": golden_panel()}
    found = {}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for checkpoint_name, checkpoint in CHECKPOINTS.items():
            for name, y in cases.items():
                for what, numbers in forecasts(checkpoint, y).items():
                    found[f"{checkpoint_name}/{name}/{what}"] = numbers
    finally:
        torch.set_num_threads(threads)
    return found


if __name__ == "__main__":
    recorded = {"environment": np.array(json.dumps(environment())), **all_forecasts()}
    np.savez_compressed(GOLDEN_FILE, allow_pickle=False, **recorded)
    print(f"wrote {GOLDEN_FILE.name}")
