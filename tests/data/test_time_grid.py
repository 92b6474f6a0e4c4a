"""The grid of time stamps is found from their freq, or else from the time stamps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama.data.time_grid import grid_of
from tests.support.time_stamps import (
    FREQS,
    assert_grid,
    expected_features,
    named_times,
    times_of,
)

# Of offsets of varying length, pandas infers only some.
NOT_INFERABLE = ["2B", "SME", "SMS", "CustomBusinessDay", "days"]
INFERABLE = [freq for freq in FREQS if not any(name in str(freq) for name in NOT_INFERABLE)]


@pytest.mark.parametrize("freq", INFERABLE, ids=str)
def test_datetimes_without_a_freq_are_numbered_the_same(freq: str | pd.DateOffset) -> None:
    times = times_of(freq)
    without = pd.DatetimeIndex(times.to_numpy())
    assert without.freq is None
    assert_grid(without, expected_features(named_times(freq)))


@pytest.mark.parametrize("day", [1, 14, 28])
def test_the_same_day_of_every_month_is_regular_without_a_freq(day: int) -> None:
    times = pd.DatetimeIndex([f"2020-{month:02}-{day:02}" for month in range(1, 13)])
    np.testing.assert_array_equal(np.diff(grid_of(times).positions(times)), 1)


def test_two_datetimes_make_a_step() -> None:
    times = pd.DatetimeIndex(["2020-01-01", "2020-01-04"])
    grid = grid_of(times)
    assert list(grid.positions(times)) == [0, 1]
    later = pd.DatetimeIndex(["2020-01-31"])
    assert list(grid.positions(later)) == [10]


def test_two_month_starts_are_a_month_apart() -> None:
    times = pd.date_range("1949-01-01", periods=4, freq="MS")
    grid = grid_of(pd.DatetimeIndex(times[:2].to_numpy()))
    assert grid.positions(times).tolist() == [0, 1, 2, 3]


def test_two_month_ends_are_a_month_apart() -> None:
    times = pd.date_range("2020-01-31", periods=4, freq="ME")
    grid = grid_of(pd.DatetimeIndex(times[:2].to_numpy()))
    assert grid.positions(times).tolist() == [0, 1, 2, 3]


def test_two_days_between_which_the_clock_is_changed_are_a_day_apart() -> None:
    times = pd.date_range("2024-03-31", periods=4, freq="D", tz="Europe/Berlin")
    grid = grid_of(pd.DatetimeIndex(list(times[:2])))
    pd.testing.assert_index_equal(grid.times(np.arange(4)), times)


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (pd.date_range("2020-01-01", periods=8, freq="MS").delete(4), "2020-06-01 .*asfreq.'MS'"),
        (pd.date_range("2020-01-31", periods=8, freq="ME").delete(4), "2020-06-30 .*asfreq.'ME'"),
        (
            pd.date_range("2024-03-29", periods=8, freq="D", tz="Europe/Berlin").delete(5),
            "but 2024-04-04 00:00:00.02:00 comes 2 days .*asfreq.'D'",
        ),
    ],
)
def test_advice_for_missing_times_keeps_those_that_are_there(
    times: pd.DatetimeIndex, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        grid_of(times)


def test_two_days_of_a_month_are_days_apart() -> None:
    times = pd.date_range("1949-01-31", periods=4, freq="D")
    grid = grid_of(pd.DatetimeIndex(times[:2].to_numpy()))
    assert grid.positions(times).tolist() == [0, 1, 2, 3]


def test_one_datetime_with_a_freq_is_a_grid() -> None:
    times = pd.date_range("2020-01-31", periods=1, freq="ME")
    assert list(grid_of(times).positions(pd.DatetimeIndex(["2020-04-30"]))) == [3]


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (["2020-01-01"], "the step of a single time stamp, 2020-01-01 .*cannot be told: give"),
        (["2020-01-01", "2020-01-02", "2020-01-04"], "equally spaced, but 2020-01-04 .*comes 2 d"),
        (["2020-01-02", "2020-01-02"], "2020-01-02 .*twice"),
        (["2020-01-01", "2020-01-03", "2020-01-02"], "increase, but 2020-01-02 .*follows 2020-01"),
        (["2020-01-03", "2020-01-02", "2020-01-01"], "increase, but 2020-01-02 .*follows 2020-01"),
    ],
)
def test_times_without_a_common_step_are_an_error_that_names_one(
    times: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        grid_of(pd.DatetimeIndex(times))


@pytest.mark.parametrize("index", [pd.Index([0.5, 1.5]), pd.Index(["a", "b"]), pd.Index([True])])
def test_times_of_another_kind_are_refused(index: pd.Index) -> None:
    with pytest.raises(TypeError, match="must be integers, pandas periods or datetimes"):
        grid_of(index)
