"""Descriptions of time stamps of every kind, short enough to be printed, and pandas' own times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.tseries import offsets
from pandas.tseries.frequencies import to_offset
from pandas.tseries.offsets import BaseOffset, Tick

Unit = Literal["s", "ms", "us", "ns"]

NAMED_OFFSETS: dict[str, BaseOffset] = {
    "Easter": offsets.Easter(),
    "2 Easters": offsets.Easter(2),
    "months": offsets.DateOffset(months=1),
    "months and days": offsets.DateOffset(months=1, days=1),
    "years": offsets.DateOffset(years=1),
    "days at noon": offsets.DateOffset(days=1, hour=12),
    "hours": offsets.DateOffset(hours=3),
    "last Friday": offsets.LastWeekOfMonth(weekday=4),
    "second Tuesday": offsets.WeekOfMonth(week=1, weekday=1),
    "fiscal year": offsets.FY5253(weekday=4, startingMonth=12, variation="nearest"),
    "fiscal quarter": offsets.FY5253Quarter(weekday=4, startingMonth=12, variation="last"),
    "10th and last": offsets.SemiMonthEnd(day_of_month=10),
    "Sunday to Thursday": offsets.CustomBusinessDay(weekmask="Sun Mon Tue Wed Thu"),
    "with holidays": offsets.CustomBusinessDay(holidays=["2020-03-02", "2020-10-26"]),
    "night shift": offsets.BusinessHour(start="20:00", end="04:00"),
    "two shifts": offsets.BusinessHour(start=["09:00", "14:00"], end=["12:00", "18:00"]),
}
"""Offsets that have no alias, by the names that descriptions use."""


class NoSuchTimeError(ValueError):
    """Pandas cannot represent a time."""


def _is_step_of_each(times: pd.DatetimeIndex) -> bool:
    """Tell whether pandas takes each time alone with the freq, which sktime 1.2 relies on."""
    offset = times.freq
    if offset is None or offset not in NAMED_OFFSETS.values():
        return True
    try:
        for number in range(len(times)):
            pd.DatetimeIndex(times[[number]], freq=offset)
    except ValueError:
        return False
    return True


def offset_of(freq: str) -> BaseOffset:
    """Return the offset of an alias or of a name in ``NAMED_OFFSETS``."""
    return NAMED_OFFSETS[freq] if freq in NAMED_OFFSETS else to_offset(freq)


@dataclass(frozen=True)
class Times:
    """Regular times of any number, as pandas makes them.

    Parameters
    ----------
    kind : {"datetime", "period", "integer", "range"}
    freq : str
        An alias, or a name in ``NAMED_OFFSETS``; for integers their dtype.
    start : str or int
    tz : str, optional
    unit : {"s", "ms", "us", "ns"}, default="ns"
    has_freq : bool, default=True
        Whether the index of datetimes knows its step.
    """

    kind: Literal["datetime", "period", "integer", "range"]
    freq: str
    start: Any
    tz: str | None = None
    unit: Unit = "ns"
    has_freq: bool = True

    def build(self, places: Sequence[int]) -> pd.Index:
        """Return the times of places, counted from the start, which is 0.

        Raises
        ------
        NoSuchTimeError
            If pandas has none.
        """
        try:
            return self._build(places)
        except Exception as error:  # in pandas, they are of many classes
            raise NoSuchTimeError(str(error)) from error

    def _build(self, places: Sequence[int]) -> pd.Index:
        count = max(places) + 1
        if self.kind in ("range", "integer"):
            return pd.Index(int(self.start) + np.array(places))
        if self.kind == "period":
            first = pd.Period(self.start, freq=self.freq)
            return pd.period_range(first, periods=count, freq=self.freq)[list(places)]
        offset = offset_of(self.freq)
        tz = self.tz if isinstance(offset, Tick) and not isinstance(offset, offsets.Day) else None
        times = pd.date_range(self.start, periods=count, freq=offset, unit=self.unit, tz=tz)
        if len(times) < count:  # pandas counts months with days by the whole, and stops too early
            times = pd.date_range(self.start, periods=3 * count, freq=offset, unit=self.unit)
        times = times[list(places)]
        # A clock need not show the times in between.
        return times if tz == self.tz else times.tz_localize(self.tz)

    def given(self, count: int) -> pd.Index:
        """Return the first times, shape (count,), as the forecaster gets them."""
        if self.kind == "range":
            return pd.RangeIndex(int(self.start), int(self.start) + count)
        times = self.build(range(count))
        if self.kind == "integer":
            return pd.Index(np.array(times.tolist(), dtype=self.freq))
        if self.kind == "period":
            return times
        if not self.has_freq:
            return pd.DatetimeIndex(times, freq=None)  # type: ignore[arg-type]
        freq = offset_of(self.freq)
        known = pd.date_range(self.start, periods=count, freq=freq, tz=self.tz, unit=self.unit)
        return known if known.equals(times) and _is_step_of_each(known) else times

    def can_reach(self, steps: int) -> bool:
        """Tell, roughly, whether there are times so many steps from the start."""
        if self.kind in ("integer", "range"):
            return int(self.start) + steps < np.iinfo(np.int64).max
        if self.kind == "period":
            try:
                pd.Period(self.start, freq=self.freq) + steps
            except (ValueError, OverflowError):
                return False
            return True
        few = self.build(range(3))
        last_year = 2262 if self.unit == "ns" else 9999
        years = (few[2] - few[0]).total_seconds() / 2 / 31_556_952 * steps
        return bool(few[0].year + years < last_year + 1)
