"""What the baselines see of a window: its recent past without gaps, and its seasons."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.pretraining.validation.windows import RealWindow

MAX_WEEKS = 10
MAX_VALUES = 6_720
"""Below a day; the time to fit MSTL and AutoTheta grows with both."""


def is_below_a_day(window: RealWindow) -> bool:
    """Tell whether the step of a window is shorter than a day, so that its season is a day."""
    first = window.history.index[0]
    return bool(first.end_time - first.start_time < pd.Timedelta(hours=23))


def recent_history(window: RealWindow) -> Float64Array:
    """Return the past that baselines are fitted to: they take neither years of minutes nor gaps.

    Gaps of at most half a season are interpolated. In longer ones, such as weekends in which a bank
    is closed, the last observed value of the same phase stands in first: a line across days would
    hide the season.

    Parameters
    ----------
    window : RealWindow

    Returns
    -------
    float64 array of shape (times,)
        In data units, without NaN; below a day the last ``MAX_WEEKS`` weeks, at most ``MAX_VALUES``
        values.
    """
    history, season = window.history, window.series.season
    if is_below_a_day(window):
        history = history[-min(7 * MAX_WEEKS * season, MAX_VALUES) :]
    missing = history.isna()
    gaps = (missing != missing.shift()).cumsum()
    in_long_gap = missing & (missing.groupby(gaps).transform("size") > season / 2)
    same_phase = history.groupby(np.arange(len(history)) % season).ffill()
    filled = history.where(~in_long_gap, same_phase)
    return filled.interpolate(limit_direction="both").to_numpy(dtype=np.float64)


def seasons(window: RealWindow) -> list[int]:
    """Return the numbers of steps in the seasons of a window.

    Parameters
    ----------
    window : RealWindow

    Returns
    -------
    list of int
        Below a day the day, and the week if two of them are observed; otherwise the group's season.
    """
    season = window.series.season
    if is_below_a_day(window) and len(window.history) >= 2 * 7 * season:
        return [season, 7 * season]
    return [season]
