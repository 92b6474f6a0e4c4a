"""What series know from the time before them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.detection.context import with_context


def counting(start: int, stop: int, columns: int = 1) -> pd.DataFrame:
    """Return values that are their times, plus 1000 for each column."""
    times = np.arange(start, stop, dtype=float)
    return pd.DataFrame({c: times + 1000 * c for c in range(columns)}, pd.RangeIndex(start, stop))


def parts(series: SeriesBatch) -> list[list[float]]:
    return [list(part) for part in np.split(series.values, series.offsets[1:])]


def test_values_right_before_a_series_are_its_context() -> None:
    found = with_context(
        to_series_batch(counting(10, 13)), to_series_batch(counting(0, 30)), reach=4
    )
    assert parts(found) == [[6, 7, 8, 9, 10, 11, 12]]
    assert list(found.starts) == [6]


def test_times_between_are_missing() -> None:
    found = with_context(to_series_batch(counting(10, 12)), to_series_batch(counting(0, 8)), 5)
    np.testing.assert_array_equal(parts(found), [[5, 6, 7, np.nan, np.nan, 10, 11]])


def test_nothing_at_or_after_the_start_is_taken() -> None:
    series = to_series_batch(counting(5, 8))
    for history in (counting(5, 9), counting(8, 20)):
        found = with_context(series, to_series_batch(history), 10)
        assert parts(found) == [[5, 6, 7]]
        assert list(found.starts) == [5]


def test_columns_and_instances_are_matched() -> None:
    series = pd.concat({"b": counting(10, 11, 2), "new": counting(10, 12, 2)})
    history = pd.concat({"a": counting(0, 10, 2), "b": counting(8, 10, 2)})
    found = with_context(to_series_batch(series), to_series_batch(history), 3)
    assert parts(found) == [[8, 9, 10], [10, 11], [1008, 1009, 1010], [1010, 1011]]
    assert list(found.starts) == [8, 10, 8, 10]


def test_a_series_without_instance_has_no_context_in_a_panel() -> None:
    panel = to_series_batch(pd.concat({"a": counting(0, 10)}))
    assert parts(with_context(to_series_batch(counting(10, 12)), panel, 5)) == [[10, 11]]
