"""Time stamps on a grid have whole-numbered positions and the right calendar."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas.tseries.frequencies import to_offset

from sktime_lagllama.data.grids import (
    DAYS_OF_GREGORIAN_CYCLE,
    FixedStepGrid,
    IntegerGrid,
    OffsetGrid,
)
from sktime_lagllama.data.time_grid import grid_of
from tests.support.time_stamps import (
    FREQS,
    LENGTH,
    STANDING_FOR_PERIODS,
    assert_calendar,
    assert_grid,
    expected_features,
    named_times,
    times_of,
)

PERIOD_FREQS = [
    *("M", "Q", "Q-NOV", "Y", "Y-MAR", "W", "W-WED", "D", "h", "min", "s", "15min", "2h", "2M"),
    *("3D", "2W", "5Y"),
]


@pytest.mark.parametrize("freq", FREQS, ids=str)
def test_datetimes_are_numbered_and_have_their_calendar(freq: str | pd.DateOffset) -> None:
    times = times_of(freq)
    assert_grid(times, expected_features(named_times(freq)))


@pytest.mark.parametrize("freq", ["h", "15min", "D", "B", "MS", "W-WED", "3D"])
@pytest.mark.parametrize("tz", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("has_freq", [True, False])
@pytest.mark.parametrize("start", ["2021-03-10", "2021-10-20"])
def test_zoned_datetimes_have_the_calendar_of_their_clock_also_when_it_changes(
    freq: str, tz: str, has_freq: bool, start: str
) -> None:
    times = pd.date_range(start, periods=2000 if freq == "15min" else 500, freq=freq, tz=tz)
    if not has_freq:
        times = pd.DatetimeIndex(times, freq=None)  # type: ignore[arg-type]
        assert times.freq is None
    clock: pd.DatetimeIndex | pd.PeriodIndex = times.tz_localize(None)
    if freq in STANDING_FOR_PERIODS:
        clock = pd.DatetimeIndex(clock, freq=freq).to_period()
    assert_grid(times, expected_features(clock))


@pytest.mark.parametrize("freq", ["h", "15min", "D", "B", "MS", "W-WED", "3D"])
@pytest.mark.parametrize("tz", [None, "UTC", "Europe/Berlin"])
@pytest.mark.parametrize("has_freq", [True, False])
def test_consecutive_datetimes_know_their_step_in_every_time_zone(
    freq: str, tz: str | None, has_freq: bool
) -> None:
    times = pd.date_range("2021-10-20", periods=30, freq=freq, tz=tz)
    given = times if has_freq else pd.DatetimeIndex(times, freq=None)  # type: ignore[arg-type]
    found = grid_of(given).times(np.arange(28, 33))
    assert isinstance(found, pd.DatetimeIndex)
    assert found.freq == times.freq
    assert found[:2].equals(times[28:])


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


@pytest.mark.parametrize("freq", ["15min", "h", "D", "B", "C", "W-WED", "2W", "SMS", "27D"])
def test_steps_of_days_and_weeks_are_below_a_month(freq: str) -> None:
    assert grid_of(pd.date_range("2024-02-01", periods=5, freq=freq)).is_below_a_month


@pytest.mark.parametrize("freq", ["MS", "ME", "BMS", "CBMS", "WOM-1MON", "QS", "YE", "28D", "5W"])
def test_steps_of_a_month_and_longer_are_not_below_a_month(freq: str) -> None:
    assert not grid_of(pd.date_range("2024-02-01", periods=5, freq=freq)).is_below_a_month


def test_periods_are_below_a_month_as_datetimes_are() -> None:
    for freq, expected in {"h": True, "W": True, "3D": True, "M": False, "2Y": False}.items():
        grid = grid_of(pd.period_range("2024-02-01", periods=5, freq=freq))
        assert grid.is_below_a_month == expected, freq


@pytest.mark.parametrize("freq", ["W-WED", "2W", "7D", "SMS", "27D"])
def test_steps_of_weeks_are_known_as_such(freq: str) -> None:
    assert grid_of(pd.date_range("2024-02-01", periods=5, freq=freq)).is_of_weeks


@pytest.mark.parametrize("freq", ["h", "D", "B", "6D", "28D", "MS", "YE"])
def test_shorter_steps_and_months_are_not_of_weeks(freq: str) -> None:
    assert not grid_of(pd.date_range("2024-02-01", periods=5, freq=freq)).is_of_weeks


def test_periods_of_weeks_are_known_as_datetimes_are() -> None:
    for freq, expected in {"D": False, "W": True, "2W": True, "M": False}.items():
        grid = grid_of(pd.period_range("2024-02-01", periods=5, freq=freq))
        assert grid.is_of_weeks == expected, freq
    assert not IntegerGrid().is_of_weeks


def test_steps_of_many_centuries_and_integers_are_not_known_to_be_below_a_month() -> None:
    for freq in ("400Y", "9000Y", "100000M"):
        assert not grid_of(pd.PeriodIndex(["2000"], freq=freq)).is_below_a_month, freq
    for step in (pd.DateOffset(years=9000), pd.offsets.Day(200_000_000)):
        assert not FixedStepGrid(pd.Timestamp("2000-01-01"), step).is_below_a_month  # type: ignore[arg-type]
    assert not IntegerGrid().is_below_a_month


@pytest.mark.parametrize("freq", ["15min", "h"])
def test_times_with_and_without_a_zone_are_not_mixed_below_a_day(freq: str) -> None:
    zoned = pd.date_range("2024-06-01", periods=5, freq=freq, tz="Europe/Berlin")
    plain = zoned.tz_localize(None)
    with pytest.raises(
        ValueError, match=r"must have the time zone Europe/Berlin .* but found 2024"
    ):
        grid_of(zoned).positions(plain)
    with pytest.raises(ValueError, match=r"must have no time zone, .* but found 2024"):
        grid_of(plain).positions(zoned)
    np.testing.assert_array_equal(grid_of(zoned).positions(zoned.tz_convert("UTC")), np.arange(5))


@pytest.mark.parametrize("freq", ["2MS", "2W", "2QS"])
def test_times_between_those_of_a_grid_of_several_units_are_refused(freq: str) -> None:
    grid = grid_of(
        pd.date_range("2020-01-05" if freq == "2W" else "2020-01-01", periods=5, freq=freq)
    )
    assert isinstance(grid, OffsetGrid)
    one = to_offset(freq[1:])
    between = pd.date_range(grid.anchor - one, periods=8, freq=freq)
    with pytest.raises(ValueError, match="does not lie on the series' grid"):
        grid.positions(between)
    np.testing.assert_array_equal(grid.positions(between + one), np.arange(8))
    before = grid.times(np.arange(-3, 2))
    np.testing.assert_array_equal(grid.positions(before), np.arange(-3, 2))
