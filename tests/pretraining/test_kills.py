"""A training that is killed at any moment goes on as if nothing had happened."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest
import torch

from tests.support.training import (
    RECIPE,
    resume,
    train_in_another_process,
    train_in_this_process,
)

NUM_STEPS = 500
NUM_KILLS = 20
MAX_SECONDS = 0.3
"""Longest time from the start of a process, or from its first save, to its kill."""


def wait_for_a_save(state_file: Path, before: int) -> None:
    """Wait until the state is a newer one: on a busy machine a process takes long to start."""
    end = monotonic() + 60
    while saved_at(state_file) == before and monotonic() < end:
        sleep(0.005)


def saved_at(state_file: Path) -> int:
    """When the state was written; 0 before the first one, and while a newer one takes its place."""
    try:
        return state_file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


@pytest.mark.slow
def test_a_training_that_is_killed_20_times_ends_with_the_weights_of_one_that_is_not(
    tmp_path: Path,
) -> None:
    recipe = replace(RECIPE, steps=NUM_STEPS)
    state_file = tmp_path / "killed" / "state.pt"
    random = np.random.default_rng()
    steps = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no kill damages a file
        for number, delay in enumerate(random.uniform(0, MAX_SECONDS, NUM_KILLS)):
            before = saved_at(state_file)
            process = train_in_another_process(recipe, state_file)
            if number % 2:
                wait_for_a_save(state_file, before)
            sleep(delay)
            process.kill()
            process.join()
            steps.append(resume(recipe, state_file).step)
        killed = train_in_this_process(recipe, state_file)
    assert steps == sorted(steps)  # what was saved is never lost
    assert steps[-1] > 0 and steps[NUM_KILLS // 2] < NUM_STEPS, f"nothing was killed: {steps}"
    whole = train_in_this_process(recipe, tmp_path / "whole" / "state.pt")
    assert (killed.step, killed.chunk) == (whole.step, whole.chunk)
    for networks in ((killed.model, whole.model), (killed.average, whole.average)):
        found, expected = (network.state_dict() for network in networks)
        assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())
