"""A training that is killed at any moment goes on as if nothing had happened."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from time import sleep

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
"""Longest time from the start of a process to its kill."""


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
        for delay in random.uniform(0, MAX_SECONDS, NUM_KILLS):
            process = train_in_another_process(recipe, state_file)
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
