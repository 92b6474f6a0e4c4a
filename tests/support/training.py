"""A pretraining of seconds, and its like in a process that can be killed."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from unittest.mock import patch

import pandas as pd
import torch

from sktime_lagllama.pretraining import batches, run
from sktime_lagllama.pretraining.recipe import Recipe
from sktime_lagllama.pretraining.run import Run, train
from tests.support.models import SMALL

RECIPE = Recipe(num_tokens=(16, 40), tokens_per_step=160, learning_rate=1e-2)
CPU = torch.device("cpu")


@contextmanager
def quick_training() -> Iterator[None]:
    """Let chunks be of few series, a state be written after each, and no series be scored."""
    with (
        patch.object(batches, "SERIES_PER_CHUNK", 32),
        patch.object(run, "VALIDATION_CHUNKS", 1),
        patch.object(run, "SECONDS_BETWEEN_SAVES", 0.0),
        patch.object(run, "load_real_series", dict),
        patch.object(run, "rolling_windows", lambda _: None),
        patch.object(run, "score", lambda *_, **__: pd.DataFrame()),
    ):
        yield


def resume(recipe: Recipe, state_file: Path) -> Run:
    """Return a run, from its state if there is one."""
    resumed = Run(SMALL, recipe, CPU)
    if any(state_file.parent.glob("*.pt")):
        resumed.load(state_file)
    return resumed


def train_in_this_process(recipe: Recipe, state_file: Path) -> Run:
    """Train, or resume a training, until the budget is spent."""
    torch.set_num_threads(1)
    with quick_training():
        resumed = resume(recipe, state_file)
        if not resumed.finished:
            train(resumed, state_file, compile_network=False, workers=0)
    return resumed


def _announce_and_train(announced: Event, recipe: Recipe, state_file: Path) -> None:
    announced.set()
    train_in_this_process(recipe, state_file)


def train_in_another_process(recipe: Recipe, state_file: Path) -> BaseProcess:
    """Return a process that has just begun to do so."""
    # Forked from a process that has computed nothing, but imported all, also what optimizers need.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch._dynamo", __name__])
    announced = context.Event()
    process = context.Process(target=_announce_and_train, args=(announced, recipe, state_file))
    process.start()
    assert announced.wait(timeout=120)
    return process
