"""Which backtests can be forecast as one batch."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sktime.split import ExpandingWindowSplitter, SlidingWindowSplitter
from sktime.split.base import BaseSplitter

from sktime_lagllama.forecasting.moving_cutoffs import growing_windows, shared_times

DAYS = pd.date_range("2020-01-01", periods=20, freq="D")
SERIES = pd.Series(np.arange(20.0), index=DAYS)


def panel(**instances: pd.Series) -> pd.DataFrame:
    frames = {name: series.to_frame("value") for name, series in instances.items()}
    return pd.concat(frames, names=["instance", "time"])


EXPANDING = ExpandingWindowSplitter(initial_window=8, step_length=4, fh=[1, 2])
SLIDING = SlidingWindowSplitter(window_length=6, step_length=3, fh=[1])


@pytest.mark.parametrize("splitter", [EXPANDING, SLIDING])
def test_windows_of_a_series_are_those_of_the_splitter(splitter: BaseSplitter) -> None:
    expected = [window for window, _ in splitter.split(SERIES)]
    found = growing_windows(SERIES, splitter)
    assert len(found) == len(expected) > 1
    for window, expected_window in zip(found, expected, strict=True):
        np.testing.assert_array_equal(window, expected_window)


@pytest.mark.parametrize("splitter", [EXPANDING, SLIDING])
def test_windows_of_a_panel_are_those_of_one_instance(splitter: BaseSplitter) -> None:
    found = growing_windows(panel(a=SERIES, b=-SERIES, c=2 * SERIES), splitter)
    expected = growing_windows(SERIES, splitter)
    assert len(found) == len(expected)
    for window, expected_window in zip(found, expected, strict=True):
        np.testing.assert_array_equal(window, expected_window)


def test_windows_that_leave_a_gap_are_not_one_batch() -> None:
    splitter = SlidingWindowSplitter(window_length=3, step_length=5, fh=[1])
    assert growing_windows(SERIES, splitter) == []


@pytest.mark.parametrize(
    "instances",
    [
        {"a": SERIES, "b": SERIES[3:]},
        {"a": SERIES, "b": SERIES[:-3]},
        {"a": SERIES[:-1], "b": SERIES[1:]},
    ],
)
def test_instances_of_different_times_are_not_one_batch(instances: dict[str, pd.Series]) -> None:
    assert growing_windows(panel(**instances), EXPANDING) == []


def test_rows_of_a_panel_that_are_mixed_are_not_one_batch() -> None:
    y = panel(a=SERIES, b=SERIES).sort_index(level="time")
    assert growing_windows(y, EXPANDING) == []


def test_shared_times_are_those_of_the_first_instance() -> None:
    pd.testing.assert_index_equal(shared_times(SERIES.index), DAYS)
    times = shared_times(panel(a=SERIES, b=SERIES).index)
    pd.testing.assert_index_equal(times, DAYS, check_names=False)
