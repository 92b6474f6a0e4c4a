"""The learning rate rises to its peak and falls."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sktime_lagllama import FineTuning
from sktime_lagllama.fine_tuning.learning_rate import learning_rate
from sktime_lagllama.training.learning_rate import Schedule


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
