"""The learning rate rises to its peak and falls; steps are limited by steps or by epochs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sktime_lagllama import FineTuning
from sktime_lagllama.fine_tuning.schedule import learning_rate, number_of_steps
from sktime_lagllama.training.optimisation import Schedule


@given(
    num_steps=st.integers(1, 300),
    warm_up=st.floats(0, 0.99),
    schedule=st.sampled_from(["cosine", "linear", "constant"]),
)
def test_the_rate_rises_to_its_peak_and_falls_to_the_end(
    num_steps: int, warm_up: float, schedule: Schedule
) -> None:
    settings = FineTuning(learning_rate=2.0, warm_up=warm_up, schedule=schedule)
    rates = np.array([learning_rate(step, num_steps, settings) for step in range(1, num_steps + 1)])
    assert (rates > 0).all() and rates.max() == pytest.approx(2.0)
    peak = int(rates.argmax())
    assert peak + 1 <= max(1, math.ceil(warm_up * num_steps))
    assert (np.diff(rates[: peak + 1]) > 0).all()
    falls = np.diff(rates[peak:])
    assert (falls == 0).all() if schedule == "constant" else (falls < 0).all()


@given(
    max_steps=st.none() | st.integers(1, 100),
    max_epochs=st.none() | st.floats(0.01, 100),
    num_pairs=st.integers(1, 1000),
    batch_size=st.integers(1, 100),
)
def test_the_smaller_limit_counts(
    max_steps: int | None, max_epochs: float | None, num_pairs: int, batch_size: int
) -> None:
    if max_steps is None and max_epochs is None:
        return
    settings = FineTuning(max_steps=max_steps, max_epochs=max_epochs, batch_size=batch_size)
    num_steps = number_of_steps(settings, num_pairs)
    assert num_steps >= 1
    assert max_steps is None or num_steps <= max_steps
    if max_epochs is not None:
        # The last batch may go beyond the epochs.
        assert (num_steps - 1) * batch_size < max_epochs * num_pairs
    if num_steps != max_steps:
        assert max_epochs is not None
        assert num_steps * batch_size >= max_epochs * num_pairs
