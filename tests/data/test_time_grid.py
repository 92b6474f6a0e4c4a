"""Every pandas index of regular times becomes whole numbers with the right calendar."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama._typing import Float32Array
from sktime_lagllama.data.time_grid import (
    DAYS_OF_GREGORIAN_CYCLE,
    IntegerGrid,
    TimeGrid,
    calendar_features,
    grid_of,
)

LENGTH, BEFORE, INSIDE = 60, 25, 15

# Datetimes that stand for a period have its calendar, which is that of its last day.
STANDING_FOR_PERIODS = [
    *("MS", "ME", "QS", "QS-OCT", "QE", "QE-NOV", "YS", "YS-JUL", "YE", "YE-MAR", "W", "W-WED")
]
STANDING_FOR_THEMSELVES = [
    *("D", "h", "min", "s", "15min", "2h", "3D", "28D", "36h", "B", "2B", "BMS", "BME", "SME"),
    *("SMS", "2MS", "3ME", "2W-MON", "2QS", "BQS", "BYE", "5YS", "WOM-2FRI"),
    pd.DateOffset(months=1),
    pd.DateOffset(months=1, days=1),
    pd.offsets.CustomBusinessDay(weekmask="Sun Mon Tue Wed Thu"),
]
PERIOD_FREQS = [
    *("M", "Q", "Q-NOV", "Y", "Y-MAR", "W", "W-WED", "D", "h", "min", "s", "15min", "2h", "2M"),
    *("3D", "2W", "5Y"),
]
FREQS = STANDING_FOR_PERIODS + STANDING_FOR_THEMSELVES
# Of offsets of varying length, pandas infers only some.
NOT_INFERABLE = ["2B", "SME", "SMS", "CustomBusinessDay", "days"]
INFERABLE = [freq for freq in FREQS if not any(name in str(freq) for name in NOT_INFERABLE)]


def times_of(freq: str | pd.DateOffset, tz: str | None = None) -> pd.DatetimeIndex:
    start = "2003-05-06 07:00" if freq in ("h", "min", "s", "15min", "2h") else "1904-02-03"
    return pd.date_range(start, periods=LENGTH, freq=freq, tz=tz)


def expected_features(times: pd.DatetimeIndex | pd.PeriodIndex) -> Float32Array:
    """Return the six features from the definition, a time stamp at a time."""
    rows = [
        (
            time.second / 59,
            time.minute / 59,
            time.hour / 23,
            time.dayofweek / 6,
            (time.day - 1) / 30,
            (time.dayofyear - 1) / 365,
        )
        for time in times
    ]
    return np.array(rows, dtype=np.float32) - 0.5


def assert_calendar(grid: TimeGrid, first: int, expected: Float32Array) -> None:
    """Compare the calendar of consecutive positions, as a whole and in slices."""
    count = len(expected)
    whole = grid.calendar(first, count)
    assert whole.dtype == np.float32
    np.testing.assert_allclose(whole, expected, atol=1e-6)
    for start, stop in [(0, 1), (0, 5), (5, 6), (7, count), (count - 1, count), (3, 3)]:
        part = grid.calendar(first + start, stop - start)
        np.testing.assert_array_equal(part, whole[start:stop])


def assert_grid(times: pd.DatetimeIndex | pd.PeriodIndex, expected: Float32Array) -> None:
    """Check the grid of the middle of some times on all of them."""
    grid = grid_of(times[BEFORE : BEFORE + INSIDE])
    positions = grid.positions(times)
    assert positions.dtype == np.int64
    np.testing.assert_array_equal(np.diff(positions), 1)
    np.testing.assert_array_equal(grid.positions(times[BEFORE : BEFORE + 1]), positions[BEFORE])
    np.testing.assert_array_equal(grid.positions(times[::-7]), positions[::-7])
    assert_calendar(grid, int(positions[0]), expected)
    for some in (slice(None), slice(0, 1), slice(3, None, 4)):
        pd.testing.assert_index_equal(
            grid.times(positions[some]), times[some], exact="equiv", check_names=False
        )


@pytest.mark.parametrize("freq", FREQS, ids=str)
def test_datetimes_are_numbered_and_have_their_calendar(freq: str | pd.DateOffset) -> None:
    times = times_of(freq)
    named = times.to_period() if freq in STANDING_FOR_PERIODS else times
    assert_grid(times, expected_features(named))


@pytest.mark.parametrize("freq", INFERABLE, ids=str)
def test_datetimes_without_a_freq_are_numbered_the_same(freq: str | pd.DateOffset) -> None:
    times = times_of(freq)
    without = pd.DatetimeIndex(times.to_numpy())
    assert without.freq is None
    named = times.to_period() if freq in STANDING_FOR_PERIODS else times
    assert_grid(without, expected_features(named))


@pytest.mark.parametrize("freq", ["h", "15min", "D", "B", "MS", "W-WED", "3D"])
@pytest.mark.parametrize("tz", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("has_freq", [True, False])
@pytest.mark.parametrize("start", ["2021-03-10", "2021-10-20"])
def test_zoned_datetimes_have_the_calendar_of_their_clock_also_when_it_changes(
    freq: str, tz: str, has_freq: bool, start: str
) -> None:
    times = pd.date_range(start, periods=2000 if freq == "15min" else 500, freq=freq, tz=tz)
    if not has_freq:
        times = pd.DatetimeIndex(times, freq=None)
        assert times.freq is None
    clock = times.tz_localize(None)
    if freq in STANDING_FOR_PERIODS:
        clock = pd.DatetimeIndex(clock, freq=freq).to_period()
    assert_grid(times, expected_features(clock))


@pytest.mark.parametrize("freq", PERIOD_FREQS)
def test_periods_are_numbered_and_have_their_calendar(freq: str) -> None:
    times = pd.period_range("1904-02-03 07:00", periods=LENGTH, freq=freq)
    assert_grid(times, expected_features(times))


@pytest.mark.parametrize("day", [1, 15, 28, 31])
def test_a_month_is_described_by_its_last_day(day: int) -> None:
    """As in gluonts, which makes periods of all time stamps."""
    periods = pd.period_range("2020-01", periods=3, freq="M")
    features = grid_of(periods).calendar(int(periods.asi8[0]), 3)
    np.testing.assert_allclose(features[:, 4], np.array([30, 28, 30]) / 30 - 0.5, atol=1e-6)
    starts = pd.date_range("2020-01-01", periods=3, freq="MS")
    np.testing.assert_array_equal(grid_of(starts).calendar(0, 3), features)


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


def test_one_datetime_with_a_freq_is_a_grid() -> None:
    times = pd.date_range("2020-01-31", periods=1, freq="ME")
    assert list(grid_of(times).positions(pd.DatetimeIndex(["2020-04-30"]))) == [3]


@pytest.mark.parametrize("first", [0, -1, 1, -400, 10**6, 10**12, -(10**12)])
def test_integers_have_the_calendar_of_days_from_2010(first: int) -> None:
    grid = grid_of(pd.RangeIndex(first, first + 3))
    assert grid == IntegerGrid()
    index = pd.Index(np.arange(first, first + LENGTH))
    np.testing.assert_array_equal(grid.positions(index), index)
    pd.testing.assert_index_equal(grid.times(index.to_numpy()), index)
    first_day = np.datetime64("2010-01-01", "s") + np.timedelta64(first % 146_097, "D")
    days = pd.DatetimeIndex(first_day + np.arange(LENGTH).astype("timedelta64[D]"))
    assert_calendar(grid, first, expected_features(days))


def test_the_calendar_of_integers_repeats_itself_without_a_seam() -> None:
    seam = IntegerGrid().calendar(DAYS_OF_GREGORIAN_CYCLE - 20, 40)
    np.testing.assert_array_equal(seam, IntegerGrid().calendar(-20, 40))
    np.testing.assert_allclose(np.diff(seam[:, 3] * 6) % 7, 1, atol=1e-5)
    assert expected_features(pd.DatetimeIndex(["2009-12-12"])) == pytest.approx(seam[:1], abs=1e-6)


def test_calendar_features_reach_from_minus_to_plus_a_half() -> None:
    seconds = pd.date_range("2023-12-31 23:59:00", periods=120, freq="s")
    days = pd.date_range("2024-01-01", periods=366, freq="D")
    hours = pd.date_range("2024-01-01", periods=24 * 60, freq="min")
    found = np.concatenate([calendar_features(times) for times in (seconds, days, hours)])
    np.testing.assert_allclose(found.min(axis=0), -0.5)
    np.testing.assert_allclose(found.max(axis=0), 0.5)


@pytest.mark.parametrize(
    ("freq", "stray"),
    [("D", "2020-01-05 01:00"), ("3D", "2020-01-05"), ("B", "2020-01-04"), ("SME", "2020-02-14")],
)
def test_a_time_off_the_grid_is_named(freq: str, stray: str) -> None:
    grid = grid_of(pd.date_range("2020-01-01", periods=5, freq=freq))
    with pytest.raises(ValueError, match=rf"time stamp {stray}.*does not lie on the series' grid"):
        grid.positions(pd.DatetimeIndex([stray]))


def test_a_period_off_the_grid_is_named() -> None:
    grid = grid_of(pd.period_range("2020-01", periods=5, freq="2M"))
    with pytest.raises(ValueError, match="time stamp 2020-02 does not lie on the series' grid"):
        grid.positions(pd.PeriodIndex(["2020-02"], freq="2M"))


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


def test_periods_of_another_frequency_are_refused() -> None:
    grid = grid_of(pd.period_range("2000-01", periods=5, freq="M"))
    with pytest.raises(ValueError, match="'M'"):
        grid.positions(pd.period_range("2000-01", periods=5, freq="Q"))


@pytest.mark.parametrize(
    "index",
    [
        pd.period_range("2000-01", periods=5, freq="M"),
        pd.date_range("2000-01", periods=5, freq="D"),
        pd.date_range("2000-01", periods=5, freq="B"),
        pd.RangeIndex(5),
    ],
    ids=["periods", "days", "business days", "integers"],
)
def test_time_stamps_of_another_kind_are_refused(index: pd.Index) -> None:
    other = pd.Index([1, 2]) if not isinstance(index, pd.RangeIndex) else pd.Index(["a", "b"])
    with pytest.raises(TypeError, match="time stamps must be"):
        grid_of(index).positions(other)


def test_two_month_starts_are_a_month_apart() -> None:
    times = pd.date_range("1949-01-01", periods=4, freq="MS")
    grid = grid_of(pd.DatetimeIndex(times[:2].to_numpy()))
    assert grid.positions(times).tolist() == [0, 1, 2, 3]


def test_two_days_of_a_month_are_days_apart() -> None:
    times = pd.date_range("1949-01-31", periods=4, freq="D")
    grid = grid_of(pd.DatetimeIndex(times[:2].to_numpy()))
    assert grid.positions(times).tolist() == [0, 1, 2, 3]
