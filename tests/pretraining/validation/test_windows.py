"""Real series cut into histories and targets."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama.pretraining.validation.groups import GROUPS
from sktime_lagllama.pretraining.validation.series import RealSeries
from sktime_lagllama.pretraining.validation.sources import HORIZONS
from sktime_lagllama.pretraining.validation.windows import RealWindow, rolling_windows
from tests.support.real_series import crafted_series


def test_every_group_has_series_and_windows(
    every_series: tuple[RealSeries, ...], windows: list[RealWindow]
) -> None:
    assert list(dict.fromkeys(one.group for one in every_series)) == list(HORIZONS)
    assert list(dict.fromkeys(window.series.group for window in windows)) == list(HORIZONS)
    assert {one.name for one in every_series} == {window.series.name for window in windows}


def test_history_ends_right_before_the_targets(windows: list[RealWindow]) -> None:
    for window in windows:
        series = window.series
        assert window.history.index[-1] + 1 == window.targets.index[0]
        assert len(window.history) >= max(2 * series.season, 10)
        assert HORIZONS[series.group] / 2 <= len(window.targets) <= HORIZONS[series.group]
        pd.testing.assert_series_equal(
            pd.concat([window.history, window.targets]),
            series.values[window.history.index[0] : window.targets.index[-1]],
            check_freq=False,
        )
        assert window.shortened == (window.history.index[0] != series.values.index[0])
        if window.shortened:
            assert len(window.history) == GROUPS[series.group].short_history


@pytest.mark.parametrize("length", [15, 16, 17, 20, 30, 100, 309])
def test_horizons_overlap_by_no_more_than_a_half(length: int) -> None:
    series = crafted_series(np.random.default_rng(0).normal(size=length), "yearly")
    cutoffs = sorted(
        {len(window.history) for window in rolling_windows([series]) if not window.shortened}
    )
    assert 1 <= len(cutoffs) <= 3
    assert all(later - earlier >= 3 for earlier, later in pairwise(cutoffs))
    assert cutoffs[0] >= 10


def test_a_history_without_recent_values_is_left_out() -> None:
    values = np.random.default_rng(0).normal(size=200)
    values[80:140] = np.nan
    for window in rolling_windows([crafted_series(values, "daily")]):
        assert window.history[-14:].notna().any()
