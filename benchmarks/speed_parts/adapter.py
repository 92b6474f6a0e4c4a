"""Time our forecaster against sktime's own Lag-Llama adapter.

Both sides load the same random-weight checkpoint of the published size (8 layers of 9 heads x 16),
in float32 on the CPU, and draw 100 paths of 24 steps from a context of 32, for one series (sktime's
airline data) and for a panel of series like it.

What is timed is ``fit`` and ``predict`` of a new forecaster, with the weights loaded and everything
imported by earlier calls on both sides. The first call of each, which loads the weights and, on
the adapter's side, imports its packages, is printed beside it. Both sides return the mean of their
paths, and those are compared with each other, so that a fast wrong answer shows. They cannot be
equal: the adapter scales anew at every sampled step, we do as in training, and both draw at random.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from sktime.datasets import load_airline

from sktime_lagllama import LagLlamaConfig, LagLlamaForecaster
from sktime_lagllama.forecasting import paths as prediction
from tests.support.published_layout import write_published_layout

HORIZON = np.arange(1, 25)
NUM_SAMPLES = 100


@dataclass(frozen=True)
class Call:
    """One ``fit`` and ``predict`` of a new forecaster.

    Parameters
    ----------
    seconds : float
        By the clock.
    cpu_seconds : float
        Of this process, all threads together: what a busy machine changes less.
    forecast : pd.DataFrame
    """

    seconds: float
    cpu_seconds: float
    forecast: pd.DataFrame


@dataclass
class Timings:
    """The calls on one case, and of ours the seconds spent drawing paths."""

    ours: list[Call] = field(default_factory=list)
    theirs: list[Call] = field(default_factory=list)
    sampling: list[float] = field(default_factory=list)

    def row(self) -> str:
        """Return the medians and how many times faster we are, by the clock and in CPU time."""
        ours, theirs = _seconds(self.ours), _seconds(self.theirs)
        sampling = median(self.sampling)
        cpu_ratio = _cpu_seconds(self.theirs) / _cpu_seconds(self.ours)
        return (
            f"| {ours:.3f} | {sampling:.3f} | {ours - sampling:.3f} | {theirs:.2f} "
            f"| {theirs / ours:.1f} | {cpu_ratio:.1f} |"
        )


def _seconds(calls: list[Call]) -> float:
    return median(call.seconds for call in calls)


def _cpu_seconds(calls: list[Call]) -> float:
    return median(call.cpu_seconds for call in calls)


def ours(checkpoint: Path, seed: int = 0) -> LagLlamaForecaster:
    """Return our forecaster, set to what the adapter does."""
    return LagLlamaForecaster(
        checkpoint, num_samples=NUM_SAMPLES, point_forecast="mean", device="cpu", random_state=seed
    )


def theirs(checkpoint: Path, batch_size: int) -> Any:
    """Return sktime's adapter; its context is 32 and its point forecast the mean, as it ships."""
    from sktime.forecasting.lagllama import LagLlamaForecaster as Adapter

    return Adapter(str(checkpoint), device="cpu", num_samples=NUM_SAMPLES, batch_size=batch_size)


def timed_call(make: Callable[[], Any], y: pd.DataFrame) -> Call:
    """Time ``fit`` and ``predict`` of a new forecaster."""
    # The adapter's packages warn, and set filters of their own: recording is what silences them.
    with warnings.catch_warnings(record=True):
        start, cpu_start = perf_counter(), process_time()
        forecast = make().fit(y, fh=HORIZON).predict()
        return Call(perf_counter() - start, process_time() - cpu_start, forecast)


@contextmanager
def seconds_of_sampling(seconds: list[float]) -> Iterator[None]:
    """Append how long the forecasts made inside were drawing paths, features included."""
    spent = 0.0

    def stopwatch(*args: Any, **kwargs: Any) -> np.ndarray:
        nonlocal spent
        start = perf_counter()
        paths = sample_paths(*args, **kwargs)
        spent += perf_counter() - start
        return paths

    sample_paths = prediction.sample_paths
    with patch.object(prediction, "sample_paths", stopwatch):
        yield
    seconds.append(spent)


def measure(
    y: pd.DataFrame, checkpoint: Path, repeats: int, adapter_repeats: int, batch_size: int
) -> Timings:
    """Time both sides in turns: what slows the machine for a while then slows both."""
    timings = Timings()
    for repeat in range(max(repeats, adapter_repeats)):
        if repeat < repeats:
            with seconds_of_sampling(timings.sampling):
                timings.ours.append(timed_call(lambda: ours(checkpoint), y))
        if repeat < adapter_repeats:
            timings.theirs.append(timed_call(lambda: theirs(checkpoint, batch_size), y))
    return timings


def airline() -> pd.DataFrame:
    """Return the airline data, as the data frame that the adapter works on inside."""
    return load_airline().astype(float).to_frame("passengers")


def airline_like(num_series: int, seed: int = 0) -> pd.DataFrame:
    """Return a panel of the airline data with random levels, phases and noise."""
    random = np.random.default_rng(seed)
    original = airline()
    noise = np.exp(0.05 * random.standard_normal((num_series, len(original))))
    levels = np.exp(random.standard_normal(num_series))
    series = {
        # Names that sort as the series do: sktime compares them one by one otherwise.
        f"series {number:05d}": original * noise[number][:, None] * levels[number]
        for number in range(num_series)
    }
    return pd.concat(series, names=["series", "month"])


def likeness(timings: Timings, y: pd.DataFrame, checkpoint: Path) -> str:
    """Return a row with how far the sides' forecasts are apart, and how far two seeds of ours are.

    Distances are medians over series (and steps), in units of the interquartile range of our paths.
    """
    forecaster = ours(checkpoint, seed=1).fit(y, fh=HORIZON)
    quartiles = forecaster.predict_quantiles(alpha=[0.25, 0.75]).to_numpy()
    spread = _by_step(quartiles[:, 1] - quartiles[:, 0])
    mean = _by_step(timings.ours[-1].forecast)
    adapter = _by_step(timings.theirs[-1].forecast)
    other_seed = _by_step(forecaster.predict())

    def distance(forecast: np.ndarray, steps: slice) -> float:
        return float(np.median((np.abs(mean - forecast) / spread)[:, steps]))

    first, every = slice(1), slice(None)
    return (
        f"| {distance(adapter, first):.2f} | {distance(other_seed, first):.2f} "
        f"| {distance(adapter, every):.2f} | {distance(other_seed, every):.2f} "
        f"| {np.corrcoef(mean.ravel(), adapter.ravel())[0, 1]:.3f} |"
    )


def _by_step(forecast: pd.DataFrame | np.ndarray) -> np.ndarray:
    """Return a forecast of one column with a row per series and a column per step."""
    return np.asarray(forecast, dtype=float).reshape(-1, len(HORIZON))


def report(options: argparse.Namespace) -> list[str]:
    """Measure, and return the lines of the report."""
    batch_size = options.adapter_batch_size
    cases = {
        "one series": (airline(), options.adapter_repeats),
        f"panel of {options.panel}": (airline_like(options.panel), options.adapter_panel_repeats),
    }
    times, distances = [], []
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder, "published_size.ckpt")
        write_published_layout(checkpoint, LagLlamaConfig(), seed=0)
        cold_ours = timed_call(lambda: ours(checkpoint), airline()).seconds
        cold_theirs = timed_call(lambda: theirs(checkpoint, batch_size), airline()).seconds
        for name, (y, adapter_repeats) in cases.items():
            timings = measure(y, checkpoint, options.repeats, adapter_repeats, batch_size)
            times.append(f"| {name} {timings.row()}")
            distances.append(f"| {name} {likeness(timings, y, checkpoint)}")
    return [
        "## Against sktime's own adapter",
        "",
        "`fit` and `predict` of a new forecaster, weights loaded before: "
        f"{NUM_SAMPLES} paths of {len(HORIZON)} steps from a",
        "context of 32, random weights of the published size, float32 on the CPU. Seconds are",
        f"medians of {options.repeats} repeats of ours and {options.adapter_repeats} "
        f"(one series) or {options.adapter_panel_repeats} (panel) of the adapter, in turns.",
        f"The adapter's `batch_size` is {batch_size}.",
        "",
        "| | ours | drawing paths | all else | adapter | times faster | in CPU time |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *times,
        "",
        "The first call in the process, for one series, which loads the weights and imports what",
        "the adapter brings (our package is imported before, which `Besides the network` counts):",
        f"{cold_ours:.2f} s ours, {cold_theirs:.2f} s the adapter.",
        "",
        "How far the forecasts (means of the paths) are apart, in units of the interquartile",
        "range of the paths. At the first step only the random draws differ, so the adapter",
        "must be as close as another seed; later the adapter, unlike training and unlike us,",
        "scales anew at every sampled step, which random weights make much of.",
        "",
        "| | adapter, first step | other seed | adapter, all | other seed | correlation, all |",
        "|---|---:|---:|---:|---:|---:|",
        *distances,
        "",
    ]
