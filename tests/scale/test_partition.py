"""Rows in any order, with gaps -> the steps that forecasts look at."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.scale import partition
from sktime_lagllama.scale.data_set import Columns
from sktime_lagllama.scale.partition import read_series

COLUMNS = Columns(("series",), "time", "value")
VALUE = st.one_of(st.just(np.nan), st.floats(-1e6, 1e6))
SERIES = st.dictionaries(st.integers(-50, 50), VALUE, min_size=1, max_size=12).filter(
    lambda rows: not np.isnan(list(rows.values())).all()
)


@given(
    panel=st.dictionaries(st.sampled_from("abcd"), SERIES, min_size=1),
    max_steps=st.integers(1, 150),
)
def test_parts_of_few_steps_are_those_of_the_whole(
    panel: dict[str, dict[int, float]], max_steps: int
) -> None:
    rows = [(label, *row) for label, values in panel.items() for row in values.items()]
    table = pa.table(dict(zip(COLUMNS.names, map(list, zip(*rows, strict=True)), strict=True)))
    (whole,) = read_series(table, COLUMNS, None, lambda _: 60)
    with patch.object(partition, "MAX_STEPS", max_steps):
        parts = list(read_series(table, COLUMNS, None, lambda _: 60))
    for part in parts:
        assert len(part.series.values) <= max_steps or part.series.num_series == 1
    for name in ("values", "lengths", "starts"):
        joined = np.concatenate([getattr(part.series, name) for part in parts])
        np.testing.assert_array_equal(joined, getattr(whole.series, name))
    np.testing.assert_array_equal(np.concatenate([p.cutoffs for p in parts]), whole.cutoffs)
    assert pa.concat_tables([part.labels for part in parts]).equals(whole.labels)
    streams = np.concatenate([part.series.random_streams for part in parts])
    np.testing.assert_array_equal(streams, whole.series.random_streams)


@given(
    panel=st.dictionaries(st.sampled_from("abcd"), SERIES, min_size=1),
    window=st.integers(1, 120),
    order=st.randoms(use_true_random=False),
)
def test_windows_are_those_of_series_whose_gaps_are_filled(
    panel: dict[str, dict[int, float]], window: int, order: np.random.Generator
) -> None:
    rows = [(label, *row) for label, values in panel.items() for row in values.items()]
    order.shuffle(rows)
    table = pa.table(dict(zip(COLUMNS.names, map(list, zip(*rows, strict=True)), strict=True)))
    (found,) = read_series(table, COLUMNS, None, lambda _: window)
    assert found.labels["series"].to_pylist() == sorted(panel)
    for number, label in enumerate(sorted(panel)):
        values = pd.Series(panel[label]).sort_index()
        filled = values.reindex(range(values.index[0], values.index[-1] + 1))
        expected = to_series_batch(filled)
        cutoff = np.array([values.index[-1]])
        assert found.cutoffs[number] == cutoff
        ends = np.array([cutoff[0], values.dropna().index[-1]])
        twice = np.zeros(2, dtype=int)
        np.testing.assert_array_equal(
            found.series.windows(twice + number, ends, window),
            expected.windows(twice, ends, window),
        )
        one = np.array([number]), cutoff
        assert found.series.last_observed(*one) == expected.last_observed(twice[:1], cutoff)
        steps = min(window, 40)
        np.testing.assert_array_equal(
            found.series.calendars(*one, steps, 3), expected.calendars(twice[:1], cutoff, steps, 3)
        )
