"""Crafted series of the validation set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.pretraining.validation.groups import GROUPS
from sktime_lagllama.pretraining.validation.series import RealSeries
from sktime_lagllama.pretraining.validation.windows import RealWindow


def crafted_series(values: Sequence[float] | Float64Array, group: str = "monthly") -> RealSeries:
    """Give values the periods of a group, from 2000 on."""
    index = pd.period_range("2000-01", periods=len(values), freq=GROUPS[group].frequency)
    return RealSeries("crafted", group, pd.Series(np.asarray(values, dtype=float), index=index))


def crafted_window(
    history: Sequence[float] | Float64Array, targets: list[float], group: str = "monthly"
) -> RealWindow:
    """Build a window of a group."""
    series = crafted_series([*history, *targets], group)
    cutoff = len(history)
    return RealWindow(series, series.values[:cutoff], series.values[cutoff:], shortened=False)
