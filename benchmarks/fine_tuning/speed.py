"""Optimisation steps per second, of our training and of the training of sktime's adapter.

Both train in ``pretrain`` on the same panel with the same checkpoint (random weights, published
size), batch, context and horizon, in one process and in turns. Each side trains shortly and longer,
and the difference between the two is counted, so that loading and preparation count on neither
side.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pandas as pd
import torch

from benchmarks.common.checkpoint import random_checkpoint
from benchmarks.common.command_line import print_progress
from benchmarks.common.series import airline_like
from benchmarks.fine_tuning.criteria import verdict
from sktime_lagllama import FineTuning, LagLlamaForecaster

CONTEXT_LENGTH, HORIZON, NUM_SERIES = 32, 24, 20
BATCH_SIZES = (1, 8, 32)
LEARNING_RATE, GRADIENT_CLIP = 1e-4, 1.0
STEPS_PER_LOSS = 10
"""Steps whose losses are averaged, at the start and at the end of a training."""

LONG_TO_SHORT = 5
MIN_TIMES_FASTER = 2.0


@dataclass(frozen=True)
class Training:
    """One timed training.

    Parameters
    ----------
    seconds : float
        By the clock.
    cpu_seconds : float
        Of this process, all threads together.
    first_loss, last_loss : float
        Means over the first steps and over the last ones, in nats per value.
    """

    seconds: float
    cpu_seconds: float
    first_loss: float
    last_loss: float


@dataclass(frozen=True)
class Pace:
    """Optimisation steps per second, computed from a short and a longer training.

    Parameters
    ----------
    num_steps : int
        How many more steps the longer one took.
    short, long : Training
    """

    num_steps: int
    short: Training
    long: Training

    @property
    def steps_per_second(self) -> float:
        """By the clock."""
        return self.num_steps / (self.long.seconds - self.short.seconds)

    @property
    def steps_per_cpu_second(self) -> float:
        """In CPU time."""
        return self.num_steps / (self.long.cpu_seconds - self.short.cpu_seconds)

    @property
    def loss_decrease(self) -> float:
        """How far the loss fell in the longer training, in nats per value."""
        return self.long.first_loss - self.long.last_loss


Train = Callable[[pd.DataFrame, int], Training]
"""Trains on a panel, for a number of steps."""


def train_lag_llama(checkpoint: Path, batch_size: int, y: pd.DataFrame, num_steps: int) -> Training:
    """Pretrain our forecaster, without validation and at a constant rate.

    Parameters
    ----------
    checkpoint : Path
    batch_size : int
    y : pd.DataFrame
        The panel to train on.
    num_steps : int

    Returns
    -------
    Training

    Raises
    ------
    AssertionError
        If it took another number of steps.
    """
    fine_tuning = FineTuning(
        learning_rate=LEARNING_RATE,
        max_steps=num_steps,
        batch_size=batch_size,
        weight_decay=0.0,
        validation_fraction=0.0,
        gradient_clip=GRADIENT_CLIP,
        schedule="constant",
        warm_up=0.0,
        random_state=0,
        verbose=False,
    )
    forecaster = LagLlamaForecaster(
        checkpoint, context_length=CONTEXT_LENGTH, fine_tuning=fine_tuning, device="cpu"
    )
    start, cpu_start = perf_counter(), process_time()
    forecaster.pretrain(y, fh=np.arange(1, HORIZON + 1))
    seconds, cpu_seconds = perf_counter() - start, process_time() - cpu_start
    _check_steps(num_steps, int(forecaster.history_.index[-1]))
    losses = forecaster.history_["loss"].dropna()
    return Training(seconds, cpu_seconds, float(losses.iloc[0]), float(losses.iloc[-1]))


def train_adapter(checkpoint: Path, batch_size: int, y: pd.DataFrame, num_steps: int) -> Training:
    """Pretrain sktime's adapter in the same way, without a logger.

    Parameters
    ----------
    checkpoint : Path
    batch_size : int
    y : pd.DataFrame
        The panel to train on.
    num_steps : int

    Returns
    -------
    Training

    Raises
    ------
    AssertionError
        If it took another number of steps.
    """
    from lightning.pytorch import Callback
    from sktime.forecasting.lagllama import LagLlamaForecaster as Adapter

    # After the imports, which set a level of their own.
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    step_losses: list[torch.Tensor] = []

    class Recorder(Callback):
        """Keeps the loss of every step."""

        def on_train_batch_end(
            self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
        ) -> None:
            step_losses.append(outputs["loss"].detach())

    with tempfile.TemporaryDirectory() as folder:
        trainer = {
            "max_steps": num_steps,
            "max_epochs": -1,
            "accelerator": "cpu",
            "gradient_clip_val": GRADIENT_CLIP,
            "logger": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "default_root_dir": folder,
            "callbacks": [Recorder()],
        }
        # The adapter's packages warn, and set filters of their own: only recording silences them.
        with warnings.catch_warnings(record=True):
            adapter = Adapter(
                str(checkpoint),
                device="cpu",
                context_length=CONTEXT_LENGTH,
                batch_size=batch_size,
                validation_split=None,
                trainer_kwargs=trainer,
                lr=LEARNING_RATE,
            )
            start, cpu_start = perf_counter(), process_time()
            adapter.pretrain(y, fh=np.arange(1, HORIZON + 1))
            seconds, cpu_seconds = perf_counter() - start, process_time() - cpu_start
    _check_steps(num_steps, len(step_losses))
    losses = [float(loss) for loss in step_losses]
    first_loss, last_loss = np.mean(losses[:STEPS_PER_LOSS]), np.mean(losses[-STEPS_PER_LOSS:])
    return Training(seconds, cpu_seconds, float(first_loss), float(last_loss))


def _check_steps(expected: int, taken: int) -> None:
    """Raise an AssertionError if a training took another number of steps than it should."""
    if taken != expected:
        raise AssertionError(f"{expected} steps were to be timed, not {taken}")


def time_pace(train: Train, y: pd.DataFrame, short: int, long: int) -> Pace:
    """Time a short and a longer training, of so many steps."""
    return Pace(long - short, train(y, short), train(y, long))


def measure(
    lag_llama: Train, adapter: Train, y: pd.DataFrame, short: int, long: int, repeats: int
) -> tuple[list[Pace], list[Pace]]:
    """Time both sides in turns, so that other load on the machine slows both.

    Parameters
    ----------
    lag_llama, adapter : callable
        The training of each side.
    y : pd.DataFrame
        The panel to train on.
    short, long : int
        Steps of the two trainings.
    repeats : int

    Returns
    -------
    lag_llama, adapter : list of Pace
        One for each repeat.
    """
    paces: list[Pace] = []
    adapter_paces: list[Pace] = []
    for _ in range(repeats):
        paces.append(time_pace(lag_llama, y, short, long))
        adapter_paces.append(time_pace(adapter, y, short, long))
        print_progress(
            f"{paces[-1].steps_per_second:.2f} steps per second ours, "
            f"{adapter_paces[-1].steps_per_second:.2f} the adapter"
        )
    return paces, adapter_paces


def times_faster(paces: Sequence[Pace], adapter_paces: Sequence[Pace]) -> float:
    """Return the ratio of our steps per second to the adapter's, medians over the repeats."""
    return _median(paces, "steps_per_second") / _median(adapter_paces, "steps_per_second")


def table_row(batch_size: int, paces: Sequence[Pace], adapter_paces: Sequence[Pace]) -> str:
    """Return the row of a batch size: medians over the repeats, and the extremes of the ratio.

    Parameters
    ----------
    batch_size : int
    paces, adapter_paces : sequence of Pace
        Of our training and of the adapter's, one for each repeat.

    Returns
    -------
    str
    """
    ratios = [
        pace.steps_per_second / adapter_pace.steps_per_second
        for pace, adapter_pace in zip(paces, adapter_paces, strict=True)
    ]
    cpu_ratio = _median(paces, "steps_per_cpu_second") / _median(
        adapter_paces, "steps_per_cpu_second"
    )
    return (
        f"| {batch_size} | {_median(paces, 'steps_per_second'):.2f} "
        f"| {_median(adapter_paces, 'steps_per_second'):.2f} "
        f"| {times_faster(paces, adapter_paces):.2f} | {min(ratios):.2f} to {max(ratios):.2f} "
        f"| {cpu_ratio:.2f} | {_median(paces, 'loss_decrease'):.2f} "
        f"| {_median(adapter_paces, 'loss_decrease'):.2f} |"
    )


def _median(paces: Sequence[Pace], measure: str) -> float:
    """Return the median of a property of paces."""
    return median(getattr(pace, measure) for pace in paces)


def report(options: argparse.Namespace) -> list[str]:
    """Measure the speed, and return the lines of the report.

    Parameters
    ----------
    options : argparse.Namespace
        Of the command line: steps, repeats, quick.

    Returns
    -------
    list of str
    """
    short, repeats = (1, 1) if options.quick else (options.steps, options.repeats)
    batch_sizes = BATCH_SIZES[:1] if options.quick else BATCH_SIZES
    long = LONG_TO_SHORT * short
    y = airline_like(NUM_SERIES)
    rows, ratios = [], []
    with random_checkpoint() as checkpoint:
        for batch_size in batch_sizes:
            sides = (
                partial(train_lag_llama, checkpoint, batch_size),
                partial(train_adapter, checkpoint, batch_size),
            )
            for train in sides:
                train(y, 1)  # imports, and loads what is loaded once
            paces, adapter_paces = measure(*sides, y, short, long, repeats)
            rows.append(table_row(batch_size, paces, adapter_paces))
            ratios.append(times_faster(paces, adapter_paces))
    return [
        f"Optimisation steps per second in `pretrain` of both, on a panel of {NUM_SERIES} series "
        "like sktime's airline",
        "data: the published size with random weights, float32 on the CPU, a context of "
        f"{CONTEXT_LENGTH} and a horizon of",
        f"{HORIZON}, all weights trained at a constant rate of {LEARNING_RATE:g}, gradients "
        "clipped, no validation, no",
        "augmentation, and the adapter without a logger. The steps per second are those of the",
        f"difference between a training of {long} steps and one of {short}, so that loading and "
        "preparation",
        f"count on neither side; medians of {repeats} repeats, both sides in turns. The last "
        "columns compare what both",
        "learned: how far the loss of the longer training fell from its first "
        f"{STEPS_PER_LOSS} steps to its last {STEPS_PER_LOSS}, in",
        "nats (the windows that they draw differ).",
        "",
        "| batch size | ours | adapter | times faster | of each repeat | in CPU time "
        "| loss fell, ours | adapter |",
        "|---:|---:|---:|---:|---|---:|---:|---:|",
        *rows,
        "",
        "The adapter's own batch size is 1, that of `FineTuning` is 32.",
        "",
        verdict(
            f"at least {MIN_TIMES_FASTER:g} times faster with the largest batch",
            ratios[-1],
            ratios[-1] >= MIN_TIMES_FASTER,
        ),
        "",
    ]
