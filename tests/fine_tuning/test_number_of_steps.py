"""Steps are limited by steps or by epochs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sktime_lagllama import FineTuning
from sktime_lagllama.fine_tuning.number_of_steps import number_of_steps


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
