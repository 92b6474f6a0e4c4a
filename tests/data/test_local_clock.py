"""Series with a time zone are read by its clock."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.local_clock import SeriesByClock, by_local_clock, follows_local_clock
from sktime_lagllama.data.time_grid import grid_of

SPRING, AUTUMN = "2024-03-30 12:00", "2024-10-26 12:00"
ROW = np.zeros(1, dtype=np.int64)


def hours(
    start: str, freq: str = "h", tz: str | None = "Europe/Berlin", length: int = 40
) -> pd.Series:
    times = pd.date_range(start, periods=length, freq=freq, tz=tz)
    return pd.Series(np.arange(float(length)), times)


def read(y: pd.Series, cutoff: int, horizon: int = 1) -> SeriesByClock:
    found = by_local_clock(to_series_batch(y.to_frame()), ROW + cutoff, horizon)
    assert found is not None
    return found


def window(y: pd.Series, cutoff: int, length: int) -> pd.Series:
    """Return a window up to a cutoff, and what the clock shows."""
    by_clock = read(y, cutoff, horizon=10)
    ends = by_clock.cutoffs_by_clock(ROW + cutoff)
    times = by_clock.grid.times(ends + np.arange(1 - length, 1))
    return pd.Series(by_clock.windows(ROW, ends, length)[0], times)


@pytest.mark.parametrize("freq", ["h", "30min"])
@pytest.mark.parametrize("start", [SPRING, AUTUMN])
def test_a_window_has_the_values_at_the_times_that_the_clock_shows(start: str, freq: str) -> None:
    y = hours(start, freq, length=80)
    shown = y.set_axis(pd.DatetimeIndex(y.index).tz_localize(None))
    expected = shown[~shown.index.duplicated(keep="last")].sort_index().asfreq(freq)
    found = window(y, 79, len(expected))
    pd.testing.assert_series_equal(found, expected, check_freq=False)
    longer = window(y, 79, len(expected) + 5)
    assert longer.iloc[:5].isna().all()


def test_nothing_after_a_cutoff_is_seen_in_an_hour_that_is_shown_twice() -> None:
    y = hours(AUTUMN, "30min", length=80)
    shown = pd.DatetimeIndex(y.index).tz_localize(None)
    twice = np.flatnonzero(shown.duplicated(keep=False))
    for cutoff in range(twice[0] - 1, twice[-1] + 2):
        assert np.nanmax(window(y, cutoff, 20)) <= cutoff


@pytest.mark.parametrize(("start", "expected"), [(SPRING, [1, 3, 4]), (AUTUMN, [1, 1, 2])])
def test_steps_are_counted_by_the_clock(start: str, expected: list[int]) -> None:
    cutoff = 12 if start == SPRING else 13  # 0:00 and 1:00: next come 1:00, 3:00 and 2:00, 2:00
    found = read(hours(start), cutoff, 3).steps_by_clock(ROW + cutoff, 3)
    np.testing.assert_array_equal(found, [expected])


def test_the_calendar_is_that_of_the_clock() -> None:
    y = hours(SPRING)
    by_clock = read(y, 39)
    end = by_clock.cutoffs_by_clock(ROW + 39)
    history = to_series_batch(y.to_frame())
    np.testing.assert_array_equal(
        by_clock.calendars(ROW, end, 10, 5), history.calendars(ROW, ROW + 39, 10, 5)
    )


def test_the_last_observed_value_is_found_by_the_clock() -> None:
    y = hours(SPRING)
    y.iloc[10:] = np.nan
    by_clock = read(y, 39)
    end = by_clock.cutoffs_by_clock(ROW + 39)
    assert by_clock.last_observed(ROW, end) == end - 31  # 30 hours, and one that was skipped


@pytest.mark.parametrize(
    "y",
    [
        hours("2024-06-01"),
        hours(SPRING, tz="UTC"),
        hours(SPRING, tz="Asia/Tokyo"),
        hours(SPRING, "D"),
        hours(SPRING, "2h"),
        hours("2024-03-31 01:59:45", "s"),
        hours(SPRING, tz=None),
        hours(SPRING).set_axis(pd.RangeIndex(40)),
        hours(SPRING, tz=None).to_period("h"),
    ],
)
def test_where_no_clock_is_changed_the_grid_is_as_it_is(y: pd.Series) -> None:
    assert by_local_clock(to_series_batch(y.to_frame()), ROW + 30, 5) is None


def test_only_steps_below_a_day_in_a_zone_with_summer_time_follow_a_clock() -> None:
    assert follows_local_clock(grid_of(hours(SPRING).index))
    for y in (hours(SPRING, tz="UTC"), hours(SPRING, "D"), hours(SPRING, tz=None)):
        assert not follows_local_clock(grid_of(y.index))
