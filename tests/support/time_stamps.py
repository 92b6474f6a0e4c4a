"""Time stamps of every pandas frequency, and checks of the grid that is found from them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float32Array
from sktime_lagllama.data.time_grid import TimeGrid, grid_of

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
FREQS = STANDING_FOR_PERIODS + STANDING_FOR_THEMSELVES


def times_of(freq: str | pd.DateOffset, tz: str | None = None) -> pd.DatetimeIndex:
    start = "2003-05-06 07:00" if freq in ("h", "min", "s", "15min", "2h") else "1904-02-03"
    return pd.date_range(start, periods=LENGTH, freq=freq, tz=tz)


def named_times(freq: str | pd.DateOffset) -> pd.DatetimeIndex | pd.PeriodIndex:
    """Return the times, or the periods that they stand for."""
    times = times_of(freq)
    return times.to_period() if freq in STANDING_FOR_PERIODS else times


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
