"""Windows, calendars, extensions and row labels of a batch are those of its series in pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sktime.utils._testing.hierarchical import _make_hierarchical

from sktime_lagllama.data.calendar import calendar_features
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.series import SeriesBatch, product_index
from tests.support.panels import DAYS, daily, instances_of, panel_of

NAN = np.nan


def test_a_series_without_any_value_is_named() -> None:
    to_series_batch(pd.Series([NAN, 1.0, NAN], DAYS[:3])).check_observed()
    with pytest.raises(ValueError, match="column 'a' is NaN throughout"):
        to_series_batch(pd.Series([NAN] * 3, DAYS[:3], name="a")).check_observed()
    y = panel_of({"x": 5, "y": 3, "z": 2}, columns=2)
    to_series_batch(y).check_observed()
    y.loc["y", "column 1"] = NAN
    with pytest.raises(ValueError, match="'column 1' of instance 'y' is NaN throughout"):
        to_series_batch(y).check_observed()


def test_windows_end_at_their_cutoff_and_are_nan_where_a_series_has_no_value() -> None:
    batch = to_series_batch(panel_of({"x": 4, "y": 10}))
    last = batch.starts[0] + 3
    found = batch.windows(np.array([0, 1, 0, 0, 1]), last + np.array([0, 0, -2, 2, -20]), 6)
    expected = [
        [NAN, NAN, 0, 1, 2, 3],
        [104, 105, 106, 107, 108, 109],
        [NAN, NAN, NAN, NAN, 0, 1],
        [0, 1, 2, 3, NAN, NAN],
        [NAN] * 6,
    ]
    np.testing.assert_array_equal(found, expected)


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 8), min_size=1, max_size=4),
    st.integers(-10, 10),
    st.integers(1, 12),
    st.data(),
)
def test_windows_are_those_of_the_reindexed_series(
    lengths: list[int], cutoff: int, length: int, data: st.DataObject
) -> None:
    starts = data.draw(st.lists(st.integers(-5, 5), min_size=len(lengths), max_size=len(lengths)))
    each = [
        pd.Series(np.arange(count) + 10.0 * number, np.arange(count) + start)
        for number, (count, start) in enumerate(zip(lengths, starts, strict=True))
    ]
    batch = to_series_batch(pd.concat(dict(enumerate(each))).to_frame())
    numbers = np.arange(len(each))
    found = batch.windows(numbers, np.full(len(each), cutoff), length)
    times = np.arange(cutoff - length + 1, cutoff + 1)
    np.testing.assert_array_equal(found, [series.reindex(times) for series in each])


def test_calendars_are_zero_before_a_series_begins_only() -> None:
    batch = to_series_batch(panel_of({"x": 4, "y": 10}))
    last = batch.starts[0] + 3
    found = batch.calendars(np.array([0, 1, 0]), np.array([last, last, last - 2]), 6, 2)
    assert found.dtype == np.float32
    times = pd.date_range(DAYS[4], periods=8, freq="D")
    expected = calendar_features(times)
    np.testing.assert_array_equal(found[0, 2:], expected[2:])
    np.testing.assert_array_equal(found[0, :2], np.zeros((2, 6)))
    np.testing.assert_array_equal(found[1], expected)
    np.testing.assert_array_equal(found[2, :4], np.zeros((4, 6)))
    np.testing.assert_array_equal(found[2, 4:], expected[2:6])


def test_calendars_before_the_first_value_are_zero_wholly() -> None:
    batch = to_series_batch(panel_of({"x": 4}))
    found = batch.calendars(np.array([0]), batch.starts - 1, 5, 0)
    np.testing.assert_array_equal(found, np.zeros((1, 5, 6)))


@pytest.mark.parametrize("freq", ["10YS", "2YE", "BYS"])
def test_a_context_may_begin_before_the_first_time_that_pandas_has(freq: str) -> None:
    times = pd.date_range("1900-01-01", periods=12, freq=freq)
    batch = to_series_batch(pd.Series(1.0, index=times))
    found = batch.calendars(np.array([0]), batch.starts + 9, 2048, 2)
    np.testing.assert_array_equal(found[0, -12:], calendar_features(times))
    assert not found[0, :-12].any()


def extended(before: pd.Series | pd.DataFrame, newer: pd.Series | pd.DataFrame) -> SeriesBatch:
    batch = to_series_batch(before)
    return batch.extend(to_series_batch(newer, batch.grid))


@pytest.mark.parametrize(
    ("before", "newer", "expected", "start"),
    [
        pytest.param(daily([1, 2], 0), daily([3, 4], 2), [1, 2, 3, 4], 0, id="follows"),
        pytest.param(daily([1, 2], 0), daily([7, 3], 1), [1, 7, 3], 0, id="newer wins"),
        pytest.param(daily([1, 2], 0), daily([NAN, 3], 1), [1, 2, 3], 0, id="NaN does not"),
        pytest.param(daily([1, NAN], 0), daily([7, 3], 1), [1, 7, 3], 0, id="fills"),
        pytest.param(daily([1, 2], 0), daily([5], 4), [1, 2, NAN, NAN, 5], 0, id="gap"),
        pytest.param(daily([1, 2], 4), daily([8, 9], 1), [8, 9, NAN, 1, 2], 1, id="in front"),
        pytest.param(daily([1, 2, 3], 0), daily([7], 1), [1, 7, 3], 0, id="inside"),
        pytest.param(daily([1], 3), daily([7, 8, 9], 2), [7, 8, 9], 2, id="around"),
        pytest.param(daily([1], 0), daily([NAN], 1), [1, NAN], 0, id="NaN at the end"),
    ],
)
def test_newer_values_are_added_and_replace_older_ones(
    before: pd.Series, newer: pd.Series, expected: list[float], start: int
) -> None:
    # The step of a single day cannot be told without a freq.
    batch = extended(before.asfreq("D"), newer.asfreq("D"))
    np.testing.assert_array_equal(batch.values, expected)
    assert batch.lengths.tolist() == [len(expected)]
    assert batch.starts[0] == batch.grid.positions(DAYS)[start]


def test_extending_leaves_both_batches_as_they_are() -> None:
    before = to_series_batch(daily([1, 2], 0))
    newer = to_series_batch(daily([7, 3], 1), before.grid)
    before.extend(newer)
    assert before.values.tolist() == [1, 2]
    assert newer.values.tolist() == [7, 3]


def test_instances_and_columns_are_extended_each_on_its_own() -> None:
    y = panel_of({"x": 5, "y": 10, "z": 3}, columns=2)
    days = y.index.get_level_values(-1)
    batch = extended(y[days < DAYS[8]], y[days >= DAYS[8]].loc[["z", "x"]])
    expected = to_series_batch(y)
    numbers, cutoffs = np.arange(6), np.full(6, expected.starts.min() + 9)
    offset = batch.starts.min() - expected.starts.min()
    found = batch.windows(numbers, cutoffs + offset, 10)
    windows = expected.windows(numbers, cutoffs, 10)
    windows[[1, 4], 8:] = NAN  # of "y" nothing newer came
    np.testing.assert_array_equal(found, windows)
    assert batch.lengths.tolist() == [5, 8, 3] * 2
    pd.testing.assert_index_equal(instances_of(batch), instances_of(expected))


@pytest.mark.parametrize("columns", [1, 2])
def test_new_instances_are_appended(columns: int) -> None:
    y = panel_of({"b": 5, "c": 4, "a": 3}, columns=columns)
    batch = extended(y.loc[["b", "c"]], y.loc[["a", "c"]])
    expected = to_series_batch(y)
    np.testing.assert_array_equal(batch.values, expected.values)
    np.testing.assert_array_equal(batch.lengths, expected.lengths)
    assert list(instances_of(batch)) == ["b", "c", "a"]


def test_new_instances_of_a_hierarchy_are_appended() -> None:
    y = _make_hierarchical(hierarchy_levels=(2, 2), min_timepoints=6, max_timepoints=6)
    instances = y.index.droplevel(-1)
    early = instances.get_level_values(0) == instances[0][0]
    batch = extended(y[early], y[~early])
    expected = to_series_batch(y)
    np.testing.assert_array_equal(batch.values, expected.values)
    pd.testing.assert_index_equal(instances_of(batch), instances_of(expected))


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([NAN, 1.0, 2.0]), min_size=1, max_size=6),
    st.integers(-8, 8),
    st.lists(st.sampled_from([NAN, 3.0, 4.0]), min_size=1, max_size=6),
    st.integers(-8, 8),
)
def test_extending_is_combining_with_the_newer_first(
    before: list[float], before_start: int, newer: list[float], newer_start: int
) -> None:
    old = pd.Series(before, pd.RangeIndex(before_start, before_start + len(before)))
    new = pd.Series(newer, pd.RangeIndex(newer_start, newer_start + len(newer)))
    batch = extended(old, new)
    both = old.index.union(new.index)
    times = pd.RangeIndex(both.min(), both.max() + 1)
    expected = new.reindex(times).where(new.reindex(times).notna(), old.reindex(times))
    np.testing.assert_array_equal(batch.values, expected)
    assert batch.starts.tolist() == [times[0]]


@pytest.mark.parametrize(
    ("newer", "message"),
    [
        (pd.DataFrame({"column 1": [1.0]}, DAYS[:1]), "must have the columns"),
        (pd.DataFrame({"column 0": [1.0]}, DAYS[:1]), "must be a panel if, and only if"),
    ],
)
def test_newer_data_of_another_shape_is_refused(newer: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        extended(panel_of({"x": 3}), newer)


def test_a_table_has_a_row_per_instance_and_time_and_a_column_per_variable() -> None:
    y = panel_of({"x": 5, "y": 5, "z": 5}, columns=2)
    batch = to_series_batch(y)
    numbers = batch.values.reshape(batch.num_series, 5)
    table = batch.to_table(numbers)
    index = batch.to_index(pd.DatetimeIndex(DAYS[5:].to_numpy()))
    found = pd.DataFrame(table, index=index, columns=batch.columns)
    pd.testing.assert_frame_equal(found, y, check_freq=False)
    deeper = batch.to_table(np.stack([numbers, -numbers], axis=-1))
    assert deeper.shape == (15, 2, 2)
    np.testing.assert_array_equal(deeper, np.stack([table, -table], axis=-1))


def test_a_hierarchy_returns_as_it_came() -> None:
    y = _make_hierarchical(hierarchy_levels=(2, 3), min_timepoints=6, max_timepoints=6)
    batch = to_series_batch(y)
    times = y.index.get_level_values(-1).unique()
    index = batch.to_index(times)
    pd.testing.assert_index_equal(index, y.index)
    np.testing.assert_array_equal(batch.to_table(batch.values.reshape(6, 6)), y)


def test_a_series_without_instances_keeps_the_times_as_they_are() -> None:
    y = daily([1, 2, 3], 0)
    batch = to_series_batch(y)
    pd.testing.assert_index_equal(batch.to_index(DAYS[3:5]), DAYS[3:5])
    np.testing.assert_array_equal(batch.to_table(batch.values[None]), [[1], [2], [3]])


def test_the_product_of_two_indices_is_that_of_pandas() -> None:
    outer, inner = pd.Index(["b", "a"], name="outer"), pd.RangeIndex(3, name="inner")
    expected = pd.MultiIndex.from_product([outer, inner])
    pd.testing.assert_index_equal(product_index(outer, inner), expected)


def test_the_product_keeps_levels_names_and_kinds_of_all_indices() -> None:
    outer = pd.MultiIndex.from_tuples([("b", 2), ("a", 1), ("b", 1)], names=["x", "y"])
    inner = pd.period_range("2020-01", periods=2, freq="M", name="time")
    found = product_index(outer, inner)
    expected = pd.MultiIndex.from_tuples(
        [(*label, time) for label in outer for time in inner], names=["x", "y", "time"]
    )
    pd.testing.assert_index_equal(found, expected)
    assert found.get_level_values("time").dtype == inner.dtype
    sampled = product_index(pd.RangeIndex(2, name="sample"), found)
    pairs = [(sample, *label) for sample in range(2) for label in found]
    assert list(sampled) == pairs
    assert sampled.names == ["sample", "x", "y", "time"]


def test_the_name_of_the_time_level_is_kept() -> None:
    y = panel_of({"x": 3})
    assert to_series_batch(y).to_index(DAYS[:2]).names == ["instance", "time"]
    named = pd.Series([1.0, 2.0], DAYS[:2].rename("when"))
    assert to_series_batch(named).to_index(DAYS[2:4]).name == "when"
