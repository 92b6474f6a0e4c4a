"""How many steps a season has on a grid of times."""

from __future__ import annotations

import pandas as pd
from pandas.tseries.frequencies import to_offset
from pandas.tseries.offsets import (
    BaseOffset,
    BusinessDay,
    Day,
    MonthBegin,
    MonthEnd,
    QuarterBegin,
    QuarterEnd,
    Tick,
)

from sktime_lagllama.data.grids import PeriodGrid
from sktime_lagllama.data.time_grid import TimeGrid

SECONDS_PER_DAY = 86_400


def season_length(grid: TimeGrid) -> int:
    """Return the steps in a season: a day, a week or a year, the next that is longer than a step.

    Parameters
    ----------
    grid : TimeGrid

    Returns
    -------
    int
        A day of steps that divide it (48 half-hours), a week of days (7) or business days (5), a
        year of months (12) or quarters (4). 1 for weeks, whose number in a year varies, for years,
        integers, and steps that do not divide a season.
    """
    offset = grid.freq
    if isinstance(grid, PeriodGrid):
        offset = to_offset(grid.period_freq, is_period=True)
    if offset is None:
        return 1
    if isinstance(offset, Day):  # from pandas 3 on no Tick
        return _whole_ratio(7, offset.n)
    if isinstance(offset, Tick):
        return _whole_ratio(SECONDS_PER_DAY, pd.Timedelta(offset).total_seconds())
    return _whole_ratio(_units_per_season(offset), offset.n)


def _units_per_season(offset: BaseOffset) -> int:
    """Return how many units of an offset a season has, 1 if it is not known."""
    if isinstance(offset, BusinessDay):
        return 5
    if isinstance(offset, MonthBegin | MonthEnd):
        return 12
    if isinstance(offset, QuarterBegin | QuarterEnd):
        return 4
    months = getattr(offset, "kwds", {}).get("months", 0)  # of a DateOffset
    return _whole_ratio(12, months) if months > 0 else 1


def _whole_ratio(season: float, step: float) -> int:
    """Return the number of steps in a season if it is whole, else 1."""
    ratio = season / step
    return int(ratio) if ratio.is_integer() and ratio >= 1 else 1
