"""How X is read, and what is said about one that cannot be used."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama.covariates.remainder import Remainder
from sktime_lagllama.covariates.table import MAX_CATEGORIES, CovariateTable, read_table
from sktime_lagllama.data.containers import to_series_batch

INDEX = pd.period_range("2000-01", periods=30, freq="M")
Y = to_series_batch(pd.DataFrame({"y": np.arange(30.0)}, index=INDEX))
START = int(Y.starts[0])


def frame(index: pd.Index = INDEX, **columns) -> pd.DataFrame:
    return pd.DataFrame(columns or {"a": np.arange(len(index))}, index=index)


def values(table: CovariateTable, first: int, count: int) -> np.ndarray:
    return table.at(np.array([0]), START + first + np.arange(count)[None])[0]


def test_numbers_and_booleans_are_taken_as_they_are() -> None:
    X = frame(
        whole=np.arange(30),
        truth=np.arange(30) % 2 == 0,
        nullable=pd.array([None, *range(29)], dtype="Int64"),
        objects=np.array([None, 2.5, *range(28)], dtype=object),
    )
    found = values(read_table(X, Y), 0, 3)
    expected = [[0, 1, np.nan, np.nan], [1, 0, 0, 2.5], [2, 1, 1, 0]]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", [object, "category", "string"])
def test_categories_become_columns_of_zeros_and_ones(dtype) -> None:
    names = pd.Series(["red", "blue", None, *["red"] * 27], index=INDEX, dtype=dtype)
    found = values(read_table(pd.DataFrame({"color": names}), Y), 0, 4)
    np.testing.assert_array_equal(found, [[0, 1], [1, 0], [np.nan, np.nan], [0, 1]])


@pytest.mark.parametrize("labels", [[0, 1, 2], [False, True], [0.5, 1.5, 2.5]])
def test_categories_of_numbers_are_categories(labels: list) -> None:
    codes = np.arange(30) % len(labels)
    names = pd.Series(pd.Categorical([labels[code] for code in codes]), index=INDEX)
    found = values(read_table(pd.DataFrame({"kind": names}), Y), 0, 30)
    np.testing.assert_array_equal(found, np.eye(len(labels))[codes])


def test_rows_may_come_in_any_order_and_times_without_one_are_missing() -> None:
    X = frame().iloc[[5, 2, 3]]
    np.testing.assert_array_equal(
        values(read_table(X, Y), 1, 6)[:, 0], [np.nan, 2, 3, np.nan, 5, np.nan]
    )


def test_later_rows_are_added_and_newer_values_stay() -> None:
    table = read_table(frame().iloc[:20], Y)
    longer = table.extend(frame().iloc[18:] + 100)
    np.testing.assert_array_equal(values(longer, 17, 4)[:, 0], [17, 118, 119, 120])
    np.testing.assert_array_equal(values(table, 17, 4)[:, 0], [17, 18, 19, np.nan])


def test_the_last_known_value_stands_in_for_missing_ones() -> None:
    X = frame(a=[np.nan, 1.0, np.nan, np.nan, 4.0, *[np.nan] * 25])
    found = read_table(X, Y).latest(np.array([0]), START + np.array([[0, 1, 2, 3, 4, 5, 40, -3]]))
    np.testing.assert_array_equal(found[0, :, 0], [np.nan, 1, 1, 1, 4, 4, 4, np.nan])


def test_instances_are_found_by_their_labels() -> None:
    y = pd.concat({name: pd.DataFrame({"y": np.arange(30.0)}, INDEX) for name in "uv"})
    X = pd.concat({name: frame() + shift for shift, name in ((100, "v"), (0, "w"), (200, "u"))})
    series = to_series_batch(y)
    table = read_table(X, series)
    numbers = table.instances_of(series)
    found = table.at(numbers, np.full((2, 1), START))
    np.testing.assert_array_equal(found[:, 0, 0], [200, 100])


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (frame().iloc[:0], ValueError, "rows and columns"),
        (frame()[[]], ValueError, "rows and columns"),
        (frame(when=INDEX.to_timestamp()), TypeError, "'when'.*datetime"),
        (frame(a=[np.inf, *range(29)]), ValueError, "'a' is inf at 2000-01"),
        (frame(a=[1e200, *range(29)]), ValueError, "'a' is 1e\\+200 at 2000-01"),
        (frame(a=[np.nan] * 30), ValueError, "'a'.*no value"),
        (frame(a=[f"{number}" for number in range(30)]).iloc[[1, 1]], ValueError, "2000-02 twice"),
        (frame().reset_index(drop=True), TypeError, "index of X"),
        (frame(pd.period_range("2000-01-01", periods=30, freq="D")), ValueError, "index of X"),
        (pd.concat({"u": frame()}), ValueError, "panel"),
        (pd.concat([frame(), frame()], axis=1), ValueError, "two columns 'a'"),
    ],
)
def test_what_cannot_be_read_is_named(X: pd.DataFrame, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        read_table(X, Y)


def test_too_many_categories_are_refused() -> None:
    index = pd.period_range("2000-01", periods=MAX_CATEGORIES + 1, freq="M")
    X = frame(index, a=[f"category {number}" for number in range(len(index))])
    with pytest.raises(ValueError, match=f"{MAX_CATEGORIES + 1} categories"):
        read_table(X, Y)


def test_a_category_that_fit_has_not_seen_is_named() -> None:
    table = read_table(frame(a=["red", "blue"] * 15), Y)
    later = pd.period_range("2002-07", periods=2, freq="M")
    with pytest.raises(ValueError, match="'a' of X is 'green' at 2002-08"):
        table.extend(frame(later, a=["red", "green"]))


def test_later_rows_must_have_the_columns_of_fit() -> None:
    table = read_table(frame(a=np.arange(30), b=np.arange(30)), Y)
    with pytest.raises(ValueError, match="lacks 'b'"):
        table.extend(frame(a=np.arange(30)))
    with pytest.raises(TypeError, match="'b' of X must hold numbers"):
        table.extend(frame(a=np.arange(30), b=["x"] * 30))
    both = table.extend(frame(c=np.arange(30), b=np.arange(30), a=np.arange(30)))
    np.testing.assert_array_equal(values(both, 0, 30), values(table, 0, 30))


def test_a_missing_instance_is_named() -> None:
    y = pd.concat({name: pd.DataFrame({"y": np.arange(30.0)}, INDEX) for name in "uv"})
    with pytest.raises(ValueError, match="lacks 'v'"):
        read_table(pd.concat({"u": frame()}), to_series_batch(y))


def test_a_missing_future_value_is_named() -> None:
    later = pd.period_range("2000-01", periods=33, freq="M")
    X = frame(later, a=np.arange(33), b=[*range(31), np.nan, 32])
    table = read_table(X, Y)
    table.check_known(Y, START + np.array([30, 32]))
    with pytest.raises(ValueError, match="'b' is missing at 2002-08"):
        table.check_known(Y, START + np.array([30, 31, 32]))
    with pytest.raises(ValueError, match="'a' is missing at 2002-10"):
        table.check_known(Y, START + np.array([33]))


def test_a_column_without_a_value_in_the_history_is_named() -> None:
    later = pd.period_range("2000-01", periods=33, freq="M")
    X = frame(later, a=np.arange(33), b=[*[np.nan] * 30, 1, 2, 3])
    with pytest.raises(ValueError, match="'b' has none up to 2002-06"):
        Remainder.read(Y, X, START + 29)
