"""The time stamps of a series -> the grid on which they lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset
from pandas.tseries.offsets import (
    BaseOffset,
    Day,
    MonthBegin,
    MonthEnd,
    QuarterBegin,
    QuarterEnd,
    Tick,
    Week,
    YearBegin,
    YearEnd,
)

from sktime_lagllama.data.grids import (
    FixedStepGrid,
    IntegerGrid,
    OffsetGrid,
    PeriodGrid,
    TimeGrid,
)
from sktime_lagllama.data.missing_times import insertion_of_missing_times
from sktime_lagllama.data.time_zones import local_times, utc_times

__all__ = ["TimeGrid", "grid_of", "wrong_order_error"]

# Offsets whose datetimes stand for a period: the first or the last day of a month, for example.
_PERIOD_OFFSETS = (MonthBegin, MonthEnd, QuarterBegin, QuarterEnd, YearBegin, YearEnd, Week)


def grid_of(index: pd.Index, num_instance_levels: int = 0) -> TimeGrid:
    """Find the grid of time stamps.

    Parameters
    ----------
    index : pd.Index of shape (times,)
        Integers, periods or datetimes, sorted: those of one series.
    num_instance_levels : int, default=0
        Levels that name its instance in the panel that it belongs to, for what errors advise.

    Returns
    -------
    TimeGrid

    Raises
    ------
    TypeError
        If the index is of another kind.
    ValueError
        If the step between datetimes cannot be told.
    """
    if isinstance(index, pd.PeriodIndex):
        units = to_offset(index.freqstr, is_period=True).n
        return PeriodGrid(index.freqstr, units, int(index.asi8[0]) % units)
    if isinstance(index, pd.DatetimeIndex):
        return _datetime_grid(index, num_instance_levels)
    if pd.api.types.is_integer_dtype(index.dtype):
        return IntegerGrid()
    raise TypeError(
        f"time stamps must be integers, pandas periods or datetimes, but found {index.dtype} "
        f"such as {index[0]!r}"
    )


def wrong_order_error(before: Any, after: Any) -> ValueError:
    """Return the error for a time stamp that is not later than the one before it.

    Parameters
    ----------
    before, after : time stamp
        Of two rows, one after the other.

    Returns
    -------
    ValueError
    """
    if before == after:
        return ValueError(f"y has the time stamp {after} twice: keep one of the rows")
    return ValueError(f"time stamps must increase, but {after} follows {before}: sort y by time")


def _datetime_grid(index: pd.DatetimeIndex, num_instance_levels: int) -> TimeGrid:
    """Find the grid of datetimes; its position 0 is the first one."""
    offset = index.freq if index.freq is not None else _infer_offset(index, num_instance_levels)
    if offset.n < 0:
        raise wrong_order_error(index[0], index[1])
    if isinstance(offset, Day):
        return FixedStepGrid(local_times(index)[0], offset, index.tz, index.unit)
    if isinstance(offset, Tick):
        return FixedStepGrid(utc_times(index)[0], offset, index.tz, index.unit)
    anchor = local_times(index)[0]
    # Business days are periods in pandas too, but deprecated ones: they have a day's calendar.
    if isinstance(offset, _PERIOD_OFFSETS) and offset.n == 1:
        period_freq = (
            pd.date_range(anchor, periods=1, freq=offset, unit=index.unit).to_period().freqstr
        )
        return OffsetGrid(anchor, offset, index.tz, index.unit, period_freq)
    return OffsetGrid(anchor, offset, index.tz, index.unit)


def _infer_offset(index: pd.DatetimeIndex, num_instance_levels: int) -> BaseOffset:
    """Return the step of datetimes that have no freq."""
    inferred = pd.infer_freq(index) if len(index) > 2 else None
    if inferred is not None:
        return to_offset(inferred)
    months = _months_between(index)
    if months is not None:
        return to_offset(f"{months}MS") if index[0].day == 1 else pd.DateOffset(months=months)
    if _are_month_ends(index) and len(index) == 2:
        return to_offset(f"{_months_apart(index)}ME")
    steps = _local_steps(index)
    if len(steps) == 0:
        raise ValueError(
            f"the step of a single time stamp, {index[0]}, cannot be told: give its index a freq, "
            "for example by y.index.to_period('M')"
        )
    backward = np.flatnonzero(steps <= pd.Timedelta(0))
    if len(backward):
        raise wrong_order_error(index[backward[0]], index[backward[0] + 1])
    if (steps != steps[0]).any():
        raise _unequal_steps_error(index, steps, num_instance_levels)
    return _as_offset(steps[0])


def _months_between(index: pd.DatetimeIndex) -> int | None:
    """Return the months between datetimes that all lie on the same day of a month, else None.

    pandas does not infer this step.
    """
    if len(index) < 2 or (_are_month_ends(index) and len(index) == 2):
        return None
    months = _months_apart(index)
    if months < 1:
        return None
    step = pd.DateOffset(months=months)
    # Up to the last one: where steps of months lead beyond pandas' limits, the steps are others.
    regular = pd.date_range(index[0], index[-1], freq=step, unit=index.unit)
    return months if regular.equals(index) else None


def _months_apart(index: pd.DatetimeIndex) -> int:
    """Return the number of months from the month of the first datetime to that of the second."""
    return int(12 * (index.year[1] - index.year[0]) + index.month[1] - index.month[0])


def _are_month_ends(index: pd.DatetimeIndex) -> bool:
    """Tell whether datetimes, two at least, are last days of months at one time of the day."""
    days = local_times(index)
    times_of_day = days - days.normalize()
    return len(days) > 1 and bool(
        days.is_month_end.all() and (times_of_day == times_of_day[0]).all()
    )


def _local_steps(index: pd.DatetimeIndex) -> pd.TimedeltaIndex:
    """Return the steps between datetimes.

    With a time zone, days are counted by the clock: those on which it is changed are days too.
    """
    by_clock = local_times(index)
    steps = by_clock[1:] - by_clock[:-1]
    if (steps % pd.Timedelta(days=1) == pd.Timedelta(0)).all():
        return steps
    return index[1:] - index[:-1]


def _as_offset(step: pd.Timedelta) -> BaseOffset:
    """Return a step as an offset: whole days as days, which from pandas 3 on differ from hours."""
    days, rest = divmod(step, pd.Timedelta(days=1))
    return to_offset(step) if rest else Day(days)


def _unequal_steps_error(
    index: pd.DatetimeIndex, steps: pd.TimedeltaIndex, num_instance_levels: int
) -> ValueError:
    """Return the error for datetimes without a common step, which says what to insert where."""
    months = _month_unit(index)
    if months is None:
        row, step = int(np.flatnonzero(steps != steps[0])[0]) + 1, _as_offset(steps.min())
        expected = f"the first step is {steps[0]}"
    else:
        numbers = 12 * index.year.to_numpy() + index.month.to_numpy()
        row, step = int(np.flatnonzero(np.diff(numbers) != 1)[0]) + 1, to_offset(months)
        expected = "others are a month apart"
    cure = insertion_of_missing_times(index, step, num_instance_levels)
    return ValueError(
        f"time stamps must be equally spaced, but {index[row]} comes {steps[row - 1]} after "
        f"{index[row - 1]} where {expected}: insert rows of NaN for missing "
        f"times, with the step that they should have, for example by {cure}"
    )


def _month_unit(index: pd.DatetimeIndex) -> str | None:
    """Return "MS" or "ME" for datetimes with gaps that are first or last days of months."""
    numbers = 12 * index.year.to_numpy() + index.month.to_numpy()
    if np.diff(numbers).min() != 1:
        return None
    if (local_times(index).day == 1).all():
        return "MS"
    return "ME" if _are_month_ends(index) else None
