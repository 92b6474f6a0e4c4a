"""What is read from sktime's containers, and which contents are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sktime.utils._testing.hierarchical import _make_hierarchical

from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.series import SeriesBatch
from tests.support.panels import DAYS, daily, instances_of, panel_of

NAN = np.nan


def series_at(batch: SeriesBatch, number: int) -> np.ndarray:
    start = batch.offsets[number]
    return batch.values[start : start + batch.lengths[number]]


def test_a_panel_of_selected_days_has_the_step_that_they_have() -> None:
    days = pd.date_range("2020-01-01", periods=400, freq="D")
    index = pd.MultiIndex.from_product([["a", "b"], days])
    y = pd.DataFrame({"y": np.arange(800.0)}, index=index)
    firsts = y[pd.DatetimeIndex(y.index.get_level_values(-1)).day == 1]
    assert to_series_batch(firsts).lengths.tolist() == [14, 14]
    later = y[y.index.get_level_values(-1) > days[300]]
    assert to_series_batch(later).lengths.tolist() == [99, 99]


@pytest.mark.parametrize("dtype", [float, "float32", int, "uint8", bool, "Int64", "Float32"])
def test_numbers_of_any_dtype_are_read(dtype: Any) -> None:
    batch = to_series_batch(pd.Series([1, 0, 1], index=DAYS[:3], dtype=dtype))
    assert batch.values.dtype == np.float64
    assert batch.values.tolist() == [1, 0, 1]
    assert (batch.num_series, batch.instances) == (1, None)


def test_missing_values_of_any_kind_are_nan() -> None:
    contents: list[tuple[list[Any], Any]] = [
        ([1, NAN, 2], float),
        ([1, None, 2], "Int64"),
        ([1, None, 2], object),
    ]
    for values, dtype in contents:
        batch = to_series_batch(pd.Series(values, index=DAYS[:3], dtype=dtype))
        np.testing.assert_array_equal(batch.values, [1, NAN, 2])


def test_reading_copies_the_values() -> None:
    y = pd.Series(np.arange(3.0), index=DAYS[:3])
    batch = to_series_batch(y)
    y.iloc[0] = 7
    assert batch.values.tolist() == [0, 1, 2]


def test_columns_are_series_of_their_own_one_after_the_other() -> None:
    y = pd.DataFrame({"b": [1, 2, NAN], "a": [4, 5, 6]}, index=DAYS[:3])
    batch = to_series_batch(y)
    assert batch.num_series == 2
    np.testing.assert_array_equal(series_at(batch, 0), [1, 2, NAN])
    np.testing.assert_array_equal(series_at(batch, 1), [4, 5, 6])
    assert list(batch.columns) == ["b", "a"]


def test_instances_may_have_unequal_lengths_and_starts() -> None:
    y = panel_of({"x": 5, "y": 10, "z": 1}, columns=2)
    batch = to_series_batch(y)
    assert batch.lengths.tolist() == [5, 10, 1] * 2
    np.testing.assert_array_equal(batch.starts - batch.starts.min(), [5, 0, 9] * 2)
    assert list(instances_of(batch)) == ["x", "y", "z"]
    for column, name in enumerate(y.columns):
        for number, instance in enumerate("xyz"):
            expected = y.loc[instance, name]
            np.testing.assert_array_equal(series_at(batch, column * 3 + number), expected)


def test_instances_may_end_at_different_times() -> None:
    y = pd.concat({"x": pd.Series(1.0, DAYS[2:5]), "y": pd.Series(2.0, DAYS[4:])}).to_frame()
    batch = to_series_batch(y)
    assert batch.lengths.tolist() == [3, 6]
    assert batch.starts[1] - batch.starts[0] == 2


def test_hierarchies_are_read_in_their_own_order() -> None:
    y = _make_hierarchical(hierarchy_levels=(2, 3), max_timepoints=9, min_timepoints=5)
    batch = to_series_batch(y)
    instances = y.index.droplevel(-1).unique()
    assert batch.num_series == 6
    pd.testing.assert_index_equal(instances_of(batch), instances)
    for number, instance in enumerate(instances):
        np.testing.assert_array_equal(series_at(batch, number), y.loc[instance].iloc[:, 0])


def test_rows_of_an_instance_need_not_be_neighbours() -> None:
    y = panel_of({"x": 4, "y": 3})
    expected = to_series_batch(y)
    found = to_series_batch(y.sort_index(level=1))
    np.testing.assert_array_equal(found.values, expected.values)
    np.testing.assert_array_equal(found.lengths, expected.lengths)
    pd.testing.assert_index_equal(instances_of(found), instances_of(expected))


def test_an_instance_of_one_point_takes_its_step_from_the_others() -> None:
    y = panel_of({"x": 1, "y": 6})
    index = y.index
    assert isinstance(index, pd.MultiIndex)
    days = pd.DatetimeIndex(index.levels[-1].to_numpy())
    y.index = index.set_levels(days, level=-1)  # type: ignore[call-overload]
    assert days.freq is None
    assert to_series_batch(y).lengths.tolist() == [1, 6]


def test_only_instances_and_times_that_occur_are_read() -> None:
    y = panel_of({"x": 4, "y": 3, "z": 2}).loc[["x", "z"]]
    batch = to_series_batch(y)
    assert batch.lengths.tolist() == [4, 2]
    assert list(instances_of(batch)) == ["x", "z"]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (pd.Series([1, np.inf], DAYS[:2], name="a"), "column 'a' is inf at 2020-01-02"),
        (pd.DataFrame({"a": [1, 2], "b": [-np.inf, 1]}, DAYS[:2]), "'b' is -inf at 2020-01-01"),
        (pd.Series([1.0, 2.0, 3.0], DAYS[[0, 1, 1]]), "2020-01-02 .*twice: keep one"),
        (pd.Series([1.0, 2.0, 3.0], DAYS[[0, 2, 1]]), "2020-01-02 .*follows 2020-01-03.*sort y"),
        (pd.Series([1.0, 2.0, 3.0], DAYS[[2, 1, 0]]), "2020-01-02 .*follows 2020-01-03.*sort y"),
        (pd.Series([1.0, 2.0, 3.0], DAYS[[0, 1, 3]]), "2020-01-04 .*2 days .*after 2020-01-02"),
        (pd.Series([1.0, 2.0], [3, 3]), "3 twice"),
        (pd.Series([1.0, 2.0], [3, 2]), "2 follows 3"),
        (pd.Series([1.0, 2.0], [3, 5]), r"count by one, but y has 5 after 3"),
        (pd.Series([1.0, 2.0], DAYS[[0, 2]].to_period("D")), "2020-01-03 comes 2 steps after"),
        (pd.Series([1.0], pd.DatetimeIndex(["2020-01-01"])), "single time stamp, 2020-01-01"),
        (pd.Series([], pd.DatetimeIndex([]), dtype=float), "no time points"),
        (pd.DataFrame(index=DAYS[:0], columns=["a"], dtype=float), "no time points"),
        (panel_of({"x": 4, "y": 3}).iloc[[0, 1, 3, 4, 5]], "2020-01-10 .*2 .*after 2020-01-08"),
    ],
)
def test_what_is_wrong_with_a_series_is_said(y: pd.Series, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        to_series_batch(y)


@pytest.mark.parametrize(
    "y",
    [
        pd.Series(["a", "b"], DAYS[:2], dtype=object),
        pd.Series(["1", "2"], DAYS[:2], dtype="string"),
        pd.Series(["a", "b"], DAYS[:2], dtype="category"),
        pd.Series(DAYS[:2], DAYS[:2]),
        pd.Series([1.0, [2.0]], DAYS[:2], dtype=object),
    ],
)
def test_values_that_are_no_numbers_are_refused(y: pd.Series) -> None:
    with pytest.raises(TypeError, match="must hold numbers"):
        to_series_batch(y)


def test_newer_data_off_the_grid_is_refused() -> None:
    batch = to_series_batch(daily([1, 2], 0))
    noon = pd.Series([1.0], index=DAYS[3:4] + pd.Timedelta(hours=12))
    with pytest.raises(ValueError, match="2020-01-04 12:00:00 does not lie on the series' grid"):
        to_series_batch(noon, batch.grid)
