"""Spans cover what is to be predicted, each time once."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.detection.spans import MAX_SPAN_LENGTH, plan_spans


def series_with(observed: np.ndarray) -> SeriesBatch:
    values = np.where(observed, 1.0, np.nan)
    return to_series_batch(pd.Series(values, index=pd.RangeIndex(100, 100 + len(values))))


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(0, 900), st.integers(0, 300))
def test_each_time_with_a_past_is_in_one_span(start: list[bool], more: int, skipped: int) -> None:
    observed = np.array(start + [True] * more)
    series = series_with(observed)
    counts = np.zeros(len(observed), dtype=int)
    for spans in plan_spans(series, series.starts + skipped, 16, shorten_context=True):
        for span_start in spans.starts - series.starts[0]:
            counts[span_start : span_start + spans.length] += 1
            num_known = observed[:span_start].sum()
            assert spans.length <= max(num_known // 2, 1)
            assert spans.length <= MAX_SPAN_LENGTH
            assert spans.context_length == min(16, span_start)
    has_past = np.cumsum(observed) - observed > 0
    np.testing.assert_array_equal(counts, has_past & (np.arange(len(observed)) >= skipped))


def test_contexts_that_are_not_shortened_are_of_one_length() -> None:
    series = series_with(np.ones(50, dtype=bool))
    plan = plan_spans(series, series.starts, 16, shorten_context=False)
    assert {spans.context_length for spans in plan} == {16}


def test_chunks_have_all_spans_and_not_too_many_tokens() -> None:
    series = series_with(np.ones(5000, dtype=bool))
    largest = max(plan_spans(series, series.starts, 16, shorten_context=True), key=len)
    chunks = list(largest.chunks(1000))
    assert len(chunks) > 1
    assert all(len(chunk) * (chunk.length + 16) <= 1000 for chunk in chunks)
    np.testing.assert_array_equal(
        np.concatenate([chunk.starts for chunk in chunks]), largest.starts
    )
    assert [len(chunk) for chunk in largest.chunks(1)] == [1] * len(largest)
