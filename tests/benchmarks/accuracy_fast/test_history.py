"""What baselines see of a window."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.accuracy_fast.history import recent_history, seasons
from tests.support.real_series import crafted_window


@pytest.mark.parametrize(
    ("group", "seen"),
    [("hours", 10 * 168), ("10 minutes", 6_720), ("5 minutes", 6_720), ("days", 12_000)],
)
def test_the_last_weeks_are_seen_below_a_day_and_all_of_longer_steps(group: str, seen: int) -> None:
    history = np.arange(12_000.0)
    window = crafted_window(history, [0.0], group)
    np.testing.assert_array_equal(recent_history(window), history[-seen:])


def test_short_gaps_are_interpolated_and_long_ones_filled_by_phase() -> None:
    times = np.arange(96.0)
    history = times.copy()
    history[[0, 30, 31]] = np.nan
    history[48:72] = np.nan
    filled = recent_history(crafted_window(history, [0.0], "hours"))
    expected = times.copy()
    expected[0] = 1
    expected[48:72] = times[24:48]
    # These were missing a day before, too.
    expected[[54, 55]] = times[[6, 7]]
    np.testing.assert_allclose(filled, expected)


def test_the_week_is_a_season_below_a_day_once_two_are_observed() -> None:
    long, short = np.ones(14 * 48), np.ones(14 * 48 - 1)
    assert seasons(crafted_window(long, [0.0], "30 minutes")) == [48, 336]
    assert seasons(crafted_window(short, [0.0], "30 minutes")) == [48]
    assert seasons(crafted_window(np.ones(400), [0.0], "days")) == [7]
    assert seasons(crafted_window(np.ones(400), [0.0], "weeks")) == [52]
