"""The series as forecasters get them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.accuracy.competitions import NAMES, Competition
from benchmarks.accuracy.published_naive import PUBLISHED_MASE


def test_series_and_panel_end_together_in_periods(competition: Competition) -> None:
    assert competition.series(1).index[-1] == pd.Period("1999Q4")
    panel = competition.panel()
    last = panel.reset_index().groupby("series")["time"].last()
    assert (last == pd.Period("1999Q4")).all()
    np.testing.assert_array_equal(panel["value"], np.concatenate(competition.histories))


def test_every_set_has_a_published_error() -> None:
    assert tuple(PUBLISHED_MASE) == NAMES
