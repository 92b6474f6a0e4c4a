"""Time our forecaster against sktime's own Lag-Llama adapter.

Both sides load the same random-weight checkpoint of the published size (8 layers of 9 heads x 16),
in float32 on the CPU, and draw 100 paths of 24 steps from a context of 32, for one series (sktime's
airline data) and for a panel of series like it.

What is timed is ``fit`` and ``predict`` of a new forecaster, with the weights loaded and everything
imported by earlier calls on both sides. The first call of each, which loads the weights and, on
the adapter's side, imports its packages, is printed beside it. Both sides return means, and those
are compared with each other, so that a fast wrong answer shows. They cannot be equal: the adapter
scales anew at every sampled step, we do as in training, and both draw at random.

A second table has our forecaster with only as many paths as make its deciles as precise as those of
the adapter's paths, which are independent: see ``decile_error``.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.common.checkpoint import random_checkpoint
from benchmarks.common.series import airline, airline_like
from benchmarks.speed.decile_error import NUM_SAMPLES as NUM_SAMPLES_TO_TRY
from benchmarks.speed.decile_error import Task, samples_worth_independent_ones
from benchmarks.speed.sampling_time import seconds_of_sampling
from benchmarks.speed.timing import seconds
from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama._typing import Float64Array

HORIZON = 24
NUM_SAMPLES = 100
REFERENCE_SAMPLES = 1024
ERROR_REPEATS = 20
"""Seeds of one series that errors are averaged over; of a panel, one is enough."""


@dataclass(frozen=True)
class Call:
    """One ``fit`` and ``predict`` of a new forecaster.

    Parameters
    ----------
    seconds : float
        By the clock.
    cpu_seconds : float
        Of this process, all threads together: other load on the machine changes it less.
    forecast : pd.DataFrame
        What ``predict`` returned.
    """

    seconds: float
    cpu_seconds: float
    forecast: pd.DataFrame


@dataclass
class Timings:
    """The timed calls on one case.

    Parameters
    ----------
    lag_llama, adapter : list of Call
        Of our forecaster and of the adapter.
    sampling_seconds : list of float
        What our forecaster spent on drawing paths, call by call.
    as_precise_seconds : list of float
        Of ``fit`` and ``predict_quantiles`` of our forecaster, with as many paths as make it as
        precise as the adapter.
    """

    lag_llama: list[Call] = field(default_factory=list)
    adapter: list[Call] = field(default_factory=list)
    sampling_seconds: list[float] = field(default_factory=list)
    as_precise_seconds: list[float] = field(default_factory=list)

    def row(self) -> str:
        """Return the medians and how many times faster we are, by the clock and in CPU time."""
        ours, adapter = _seconds(self.lag_llama), _seconds(self.adapter)
        sampling = median(self.sampling_seconds)
        cpu_ratio = _cpu_seconds(self.adapter) / _cpu_seconds(self.lag_llama)
        return (
            f"| {ours:.3f} | {sampling:.3f} | {ours - sampling:.3f} "
            f"| {adapter:.2f} | {adapter / ours:.1f} | {cpu_ratio:.1f} |"
        )

    def as_precise_row(self, num_samples: int) -> str:
        """Return our paths, the medians, and how many times faster we are at equal precision."""
        ours, adapter = median(self.as_precise_seconds), _seconds(self.adapter)
        return f"| {num_samples} | {ours:.4f} | {adapter:.2f} | {adapter / ours:.0f} |"


def _seconds(calls: list[Call]) -> float:
    """Return the median seconds by the clock."""
    return median(call.seconds for call in calls)


def _cpu_seconds(calls: list[Call]) -> float:
    """Return the median CPU seconds."""
    return median(call.cpu_seconds for call in calls)


def lag_llama_like_adapter(checkpoint: Path, seed: int = 0) -> LagLlamaForecaster:
    """Return our forecaster, set to what the adapter does."""
    return LagLlamaForecaster(
        checkpoint, num_samples=NUM_SAMPLES, point_forecast="mean", device="cpu", random_state=seed
    )


def adapter_forecaster(checkpoint: Path, batch_size: int) -> Any:
    """Return sktime's adapter; by default, its context is 32 and its point forecast the mean."""
    from sktime.forecasting.lagllama import LagLlamaForecaster as Adapter

    return Adapter(str(checkpoint), device="cpu", num_samples=NUM_SAMPLES, batch_size=batch_size)


def timed_call(make: Callable[[], Any], y: pd.DataFrame) -> Call:
    """Time ``fit`` and ``predict`` of a new forecaster.

    Parameters
    ----------
    make : callable
        Returns an unfitted forecaster.
    y : pd.DataFrame
        The series to fit it to.

    Returns
    -------
    Call
    """
    # The adapter's packages warn, and set filters of their own: only recording silences them.
    with warnings.catch_warnings(record=True):
        start, cpu_start = perf_counter(), process_time()
        forecast = make().fit(y, fh=np.arange(1, HORIZON + 1)).predict()
        return Call(perf_counter() - start, process_time() - cpu_start, forecast)


def measure(
    task: Task, as_precise: int, repeats: int, adapter_repeats: int, batch_size: int
) -> Timings:
    """Time both sides in turns, so that other load on the machine slows both.

    Parameters
    ----------
    task : Task
        Series and checkpoint.
    as_precise : int
        Our paths for a forecast that is as precise as the adapter's.
    repeats, adapter_repeats : int
        Calls of our forecaster and of the adapter.
    batch_size : int
        Of the adapter.

    Returns
    -------
    Timings
    """
    timings, y, checkpoint = Timings(), task.y, Path(task.checkpoint)
    for repeat in range(max(repeats, adapter_repeats)):
        if repeat < repeats:
            with seconds_of_sampling(timings.sampling_seconds):
                timings.lag_llama.append(timed_call(lambda: lag_llama_like_adapter(checkpoint), y))
            timings.as_precise_seconds.append(seconds(lambda: task.deciles(as_precise, seed=0)))
        if repeat < adapter_repeats:
            timings.adapter.append(
                timed_call(lambda: adapter_forecaster(checkpoint, batch_size), y)
            )
    return timings


def distances_row(timings: Timings, y: pd.DataFrame, checkpoint: Path) -> str:
    """Return a row with the distances between both sides' forecasts, and between two seeds of ours.

    Distances are medians over series (and steps), in units of the interquartile range of our paths.
    """
    forecaster = lag_llama_like_adapter(checkpoint, seed=1).fit(y, fh=np.arange(1, HORIZON + 1))
    quartiles = forecaster.predict_quantiles(alpha=[0.25, 0.75]).to_numpy()
    spread = _by_step(quartiles[:, 1] - quartiles[:, 0])
    forecast = _by_step(timings.lag_llama[-1].forecast)
    adapter_forecast = _by_step(timings.adapter[-1].forecast)
    other_seed = _by_step(forecaster.predict())

    def distance(other: Float64Array, steps: slice) -> float:
        return float(np.median((np.abs(forecast - other) / spread)[:, steps]))

    first_step, all_steps = slice(1), slice(None)
    correlation = np.corrcoef(forecast.ravel(), adapter_forecast.ravel())[0, 1]
    return (
        f"| {distance(adapter_forecast, first_step):.2f} | {distance(other_seed, first_step):.2f} "
        f"| {distance(adapter_forecast, all_steps):.2f} | {distance(other_seed, all_steps):.2f} "
        f"| {correlation:.3f} |"
    )


def _by_step(forecast: pd.DataFrame | Float64Array) -> Float64Array:
    """Return a forecast of one column as an array of shape (series, horizon)."""
    return np.asarray(forecast, dtype=float).reshape(-1, HORIZON)


def report(options: argparse.Namespace) -> list[str]:
    """Measure, and return the lines of the report.

    Parameters
    ----------
    options : argparse.Namespace
        Of the command line: panel, repeats, adapter_repeats, adapter_panel_repeats,
        adapter_batch_size.

    Returns
    -------
    list of str
    """
    batch_size = options.adapter_batch_size
    cases = {
        "one series": (airline(), options.adapter_repeats, ERROR_REPEATS),
        f"panel of {options.panel}": (
            airline_like(options.panel), options.adapter_panel_repeats, 1
        ),
    }  # fmt: skip
    times, as_precise, distances = [], [], []
    with random_checkpoint() as checkpoint:
        first_call = timed_call(lambda: lag_llama_like_adapter(checkpoint), airline())
        adapter_call = timed_call(lambda: adapter_forecaster(checkpoint, batch_size), airline())
        for name, (y, adapter_repeats, error_repeats) in cases.items():
            task = Task(y, checkpoint, HORIZON)
            num_samples = samples_worth_independent_ones(
                task, NUM_SAMPLES_TO_TRY, REFERENCE_SAMPLES, error_repeats
            )
            timings = measure(task, num_samples, options.repeats, adapter_repeats, batch_size)
            times.append(f"| {name} {timings.row()}")
            as_precise.append(f"| {name} {timings.as_precise_row(num_samples)}")
            distances.append(f"| {name} {distances_row(timings, y, checkpoint)}")
    return [
        "## Against sktime's own adapter",
        "",
        "`fit` and `predict` of a new forecaster, weights loaded before: "
        f"{NUM_SAMPLES} paths of {HORIZON} steps from a",
        "context of 32, random weights of the published size, float32 on the CPU. Seconds are",
        f"medians of {options.repeats} repeats of ours and {options.adapter_repeats} "
        f"(one series) or {options.adapter_panel_repeats} (panel) of the adapter, in turns.",
        f"The adapter's `batch_size` is {batch_size}. Both sides have the same threads.",
        "",
        "| | ours | drawing paths | all else | adapter | times faster | in CPU time |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *times,
        "",
        "The first call in the process, for one series, which loads the weights and imports the",
        "packages of the adapter (our package is imported before; `Outside the network` counts",
        f"that): {first_call.seconds:.2f} s ours, {adapter_call.seconds:.2f} s the adapter.",
        "",
        "At equal precision: ours with the smallest number of paths, of "
        f"{', '.join(map(str, NUM_SAMPLES_TO_TRY))},",
        f"whose deciles are at least as near to those of {REFERENCE_SAMPLES} paths as the",
        f"empirical ones of {NUM_SAMPLES} independent paths of the same network; `fit` and",
        "`predict_quantiles` of nine deciles, in the same turns. The adapter as above: `fit` and",
        "`predict`.",
        "",
        "| | paths, ours | ours | adapter | times faster |",
        "|---|---:|---:|---:|---:|",
        *as_precise,
        "",
        "Distances between the forecasts (means), in units of the interquartile range. At the",
        "first step ours is computed, not drawn: another seed does not change it, and the adapter",
        "should be off by what the mean of its paths is off by chance. At later steps the adapter,",
        "unlike training and unlike us, scales anew at every sampled step; with random weights,",
        "that matters much.",
        "",
        "| | adapter, first step | other seed | adapter, all | other seed | correlation, all |",
        "|---|---:|---:|---:|---:|---:|",
        *distances,
        "",
    ]
