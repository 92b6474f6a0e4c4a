"""Series draw from streams of random numbers that depend on what they are, not on where."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sktime_lagllama._typing import IntArray
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.series import SeriesBatch


def test_labels_of_any_dtype_stand_for_the_same_paths() -> None:
    index = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["line", "number"])
    for dtype in ("int64", "int16", "uint8", "Int64", "category"):
        numbers = index.get_level_values("number").astype(dtype)
        other = pd.MultiIndex.from_arrays([index.get_level_values("line"), numbers])
        np.testing.assert_array_equal(streams_of(other), streams_of(index))
    names = pd.Index(["a", "b"])
    np.testing.assert_array_equal(streams_of(names.astype("category")), streams_of(names))
    np.testing.assert_array_equal(streams_of(names.astype("string")), streams_of(names))


def streams_of(instances: pd.Index) -> IntArray:
    number = len(instances)
    lengths = np.ones(number, dtype=np.int64)
    grid = to_series_batch(pd.Series([1.0, 2.0])).grid
    columns = pd.Index(["x"])
    return SeriesBatch(np.ones(number), lengths, lengths, grid, instances, columns).random_streams


def test_instances_and_columns_have_streams_of_random_numbers_of_their_own() -> None:
    index = pd.MultiIndex.from_product([range(500), pd.period_range("2020", periods=2, freq="M")])
    panel = pd.DataFrame(np.ones((1000, 3)), index, columns=["x", "y", "z"])
    streams = to_series_batch(panel).random_streams
    assert streams.dtype == np.int64
    assert streams.min() >= 0
    assert len(set(streams.tolist())) == 1500
