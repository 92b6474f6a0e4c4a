"""The series that timings run on."""

from __future__ import annotations

import pandas as pd

from benchmarks.common.series import airline, airline_like, first_of


def test_the_first_series_of_a_panel_are_whole() -> None:
    panel = airline_like(12)
    first = first_of(panel, 3)
    assert list(first.index.unique(0)) == ["series 00000", "series 00001", "series 00002"]
    pd.testing.assert_frame_equal(first, panel.iloc[: 3 * 144])
    pd.testing.assert_frame_equal(first_of(airline(), 3), airline())
