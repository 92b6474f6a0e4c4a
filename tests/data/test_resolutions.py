"""The coarser steps at which a series can be looked at."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama.data.resolutions import resolutions_of
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.data.time_grid import grid_of


def strides(index: pd.Index) -> list[int]:
    return [resolution.stride for resolution in resolutions_of(grid_of(index))]


@pytest.mark.parametrize(
    ("freq", "expected"),
    [
        ("s", [1, 3_600, 86_400]),
        ("min", [1, 60, 1_440]),
        ("5min", [1, 12, 288]),
        ("30min", [1, 2, 48]),
        ("45min", [1, 32]),
        ("h", [1, 24]),
        ("6h", [1, 4]),
        ("7min", [1]),
        ("5h", [1]),
        ("D", [1]),
        ("2D", [1]),
        ("M", [1]),
    ],
)
def test_steps_that_divide_an_hour_or_a_day_have_these_resolutions(
    freq: str, expected: list[int]
) -> None:
    assert strides(pd.period_range("2024-03-01", periods=4, freq=freq)) == expected
    of_datetimes = freq.replace("M", "MS")
    for tz in (None, "Europe/Berlin"):
        datetimes = pd.date_range("2024-03-01", periods=4, freq=of_datetimes, tz=tz)
        assert strides(datetimes) == expected


@pytest.mark.parametrize(
    "index", [pd.RangeIndex(4), pd.date_range("2024-03-01", freq="B", periods=4)]
)
def test_other_indices_have_their_own_step_only(index: pd.Index) -> None:
    assert strides(index) == [1]


def batch_of(index: pd.PeriodIndex) -> SeriesBatch:
    grid = grid_of(index)
    return SeriesBatch(
        values=np.arange(len(index), dtype=float),
        lengths=np.array([len(index)]),
        starts=grid.positions(index[:1]),
        grid=grid,
        instances=None,
        columns=pd.RangeIndex(1),
    )


@pytest.mark.parametrize(("place", "freq", "first"), [(1, "h", 3), (2, "D", 1)])
def test_a_subseries_has_the_calendar_of_its_own_step(place: int, freq: str, first: int) -> None:
    quarters = batch_of(pd.period_range("2024-02-27 00:45", periods=1_000, freq="15min"))
    whole = batch_of(pd.period_range("2024-02-27", periods=300, freq=freq))
    resolution = resolutions_of(quarters.grid)[place]
    number = np.zeros(1, dtype=np.int64)
    steps = first * resolution.stride
    found = quarters.calendars(number, quarters.starts + steps, first, 5, resolution)
    expected = whole.calendars(number, whole.starts + first, first, 5)
    np.testing.assert_array_equal(found, expected)
