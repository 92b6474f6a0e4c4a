"""Pooling window by window is pooling over all observed times at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sktime_lagllama.embedding.hidden_states import WindowStates
from sktime_lagllama.embedding.pooling import STATISTICS, Pooling, statistics_of
from sktime_lagllama.embedding.token_windows import token_windows

WIDTH = 3


@st.composite
def series_with_states(draw: st.DrawFn) -> tuple[list[np.ndarray], list[np.ndarray], int]:
    """Return the states and the observed times of some series, and a context length."""
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    lengths = draw(st.lists(st.integers(1, 30), min_size=1, max_size=4))
    level = draw(st.sampled_from([0.0, 1e3]))
    states = [level + random.standard_normal((length, WIDTH)) for length in lengths]
    observed = [random.random(length) < 0.6 for length in lengths]
    for of_series in observed:
        of_series[[0, -1]] = True  # as spans have it
    return states, observed, draw(st.integers(1, 12))


@given(case=series_with_states(), order=st.randoms(use_true_random=False))
def test_windows_in_any_order_pool_to_the_statistics_of_the_whole_series(
    case: tuple[list[np.ndarray], list[np.ndarray], int], order: object
) -> None:
    states, observed, context_length = case
    windows = token_windows(np.array([len(part) for part in states]), context_length)
    pooling = Pooling(windows, WIDTH)
    numbers = list(range(len(windows.series)))
    order.shuffle(numbers)  # type: ignore[attr-defined]
    for number in numbers:
        series, stop = windows.series[number], windows.stops[number]
        places = np.arange(windows.starts[number], stop)
        pooling.add(
            WindowStates(
                numbers=np.array([number]),
                hidden=states[series][places][None].astype(np.float32),
                is_new=(places >= windows.first_new[number])[None],
                observed=observed[series][places][None],
            )
        )
    found = pooling.rows(STATISTICS).reshape(len(states), len(STATISTICS), WIDTH)
    for row, of_series, known in zip(found, states, observed, strict=True):
        seen = of_series[known].astype(np.float32).astype(np.float64)
        expected = [seen.mean(0), seen.std(0), seen.min(0), seen.max(0), seen[-1]]
        np.testing.assert_allclose(row, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("pooling", ["", "median", "mean+", "mean+mean", "Mean"])
def test_an_unknown_pooling_is_an_error_that_names_it(pooling: str) -> None:
    with pytest.raises(ValueError, match="pooling must be None, or one or more of mean, std"):
        statistics_of(pooling)


def test_a_pooling_that_is_no_string_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="found 3"):
        statistics_of(3)  # type: ignore[arg-type]
