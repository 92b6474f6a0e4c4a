"""Windows cover whole series, each token once, with others before it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.embedding.token_windows import OVERLAP, observed_spans, token_windows

lengths = st.lists(st.integers(1, 60), min_size=1, max_size=5).map(np.array)


@given(lengths=lengths, context_length=st.integers(1, 20))
def test_every_time_of_every_series_is_new_in_exactly_one_window(
    lengths: np.ndarray, context_length: int
) -> None:
    windows = token_windows(lengths, context_length)
    found = [
        (series, place)
        for series, first, stop in zip(
            windows.series, windows.first_new, windows.stops, strict=True
        )
        for place in range(first, stop)
    ]
    assert found == [(s, place) for s, length in enumerate(lengths) for place in range(length)]


@given(lengths=lengths, context_length=st.integers(1, 20))
def test_windows_are_as_long_as_the_context_or_the_series(
    lengths: np.ndarray, context_length: int
) -> None:
    windows = token_windows(lengths, context_length)
    expected = np.minimum(lengths, context_length)[windows.series]
    np.testing.assert_array_equal(windows.stops - windows.starts, expected)
    assert (windows.starts >= 0).all()


@given(lengths=lengths, context_length=st.integers(1, 20))
def test_a_new_token_sees_a_share_of_the_context_or_all_that_there_is(
    lengths: np.ndarray, context_length: int
) -> None:
    windows = token_windows(lengths, context_length)
    seen = windows.first_new - windows.starts
    least = np.minimum(windows.first_new, int(OVERLAP * context_length))
    assert (seen >= least).all()


def spans_of(*rows: list[float]) -> tuple[list[int], list[int]]:
    y = pd.concat({n: pd.DataFrame({"value": row}) for n, row in enumerate(rows)})
    spans = observed_spans(to_series_batch(y))
    return spans.skipped.tolist(), spans.lengths.tolist()


def test_a_span_goes_from_the_first_observed_value_to_the_last() -> None:
    nan = np.nan
    skipped, found = spans_of([nan, nan, 3, nan, 5, nan], [1.0], [1, 2, nan], [nan, 2])
    assert skipped == [2, 0, 0, 1]
    assert found == [3, 1, 2, 1]


@pytest.mark.parametrize("context_length", [1, 2, 3])
def test_tiny_contexts_move_on(context_length: int) -> None:
    assert token_windows(np.array([50]), context_length).stops[-1] == 50
