"""Time stamps of any pandas kind <-> whole-numbered positions and calendar features."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Literal, Protocol, TypeVar

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

from sktime_lagllama._typing import Float32Array, IntArray
from sktime_lagllama.data.calendar import calendar_features

INTEGER_CALENDAR_START = np.datetime64("2010-01-01", "s")
DAYS_OF_GREGORIAN_CYCLE = 146_097
TimeUnit = Literal["s", "ms", "us", "ns"]
Kind = TypeVar("Kind", pd.DatetimeIndex, pd.PeriodIndex)
_PERIOD_OFFSETS = (MonthBegin, MonthEnd, QuarterBegin, QuarterEnd, YearBegin, YearEnd, Week)


class TimeGrid(Protocol):
    """The equally spaced times on which the series of one batch lie."""

    @property
    def freq(self) -> BaseOffset | None:
        """Step between datetimes, None for integers and periods."""

    def positions(self, index: pd.Index) -> IntArray:
        """Return the number of each time stamp, one more per step.

        Raises
        ------
        ValueError
            If a time stamp does not lie on the grid.
        """

    def times(self, positions: IntArray) -> pd.Index:
        """Return the time stamps of positions, of the kind that the grid was found from."""

    def calendar(self, first: int, count: int) -> Float32Array:
        """Return the calendar features of ``count`` positions, shape (count, 6)."""


def grid_of(index: pd.Index) -> TimeGrid:
    """Find the grid of time stamps.

    Parameters
    ----------
    index : pd.Index
        Integers, periods or datetimes, sorted, as those of one series.

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
        return _datetime_grid(index)
    if pd.api.types.is_integer_dtype(index.dtype):
        return IntegerGrid()
    raise TypeError(
        f"time stamps must be integers, pandas periods or datetimes, but found {index.dtype} "
        f"such as {index[0]!r}"
    )


def _datetime_grid(index: pd.DatetimeIndex) -> TimeGrid:
    offset = index.freq if index.freq is not None else _infer_offset(index)
    if offset.n < 0:
        raise wrong_order(index[0], index[1])
    if isinstance(offset, Day):
        return FixedStepGrid(_wall_time(index)[0], offset, index.tz, index.unit)
    if isinstance(offset, Tick):
        return FixedStepGrid(_universal_time(index)[0], offset, index.tz, index.unit)
    anchor = _wall_time(index)[0]
    # A business day is a period too, but a deprecated one, and its calendar is that of its day.
    if isinstance(offset, _PERIOD_OFFSETS) and offset.n == 1:
        period_freq = pd.date_range(anchor, periods=1, freq=offset).to_period().freqstr
        return OffsetGrid(anchor, offset, index.tz, index.unit, period_freq)
    return OffsetGrid(anchor, offset, index.tz, index.unit)


def _infer_offset(index: pd.DatetimeIndex) -> BaseOffset:
    inferred = pd.infer_freq(index) if len(index) > 2 else None
    if inferred is not None:
        return to_offset(inferred)
    months = _months_between(index)
    if months is not None:
        return to_offset(f"{months}MS") if index[0].day == 1 else pd.DateOffset(months=months)
    steps = index[1:] - index[:-1]
    if len(steps) == 0:
        raise ValueError(
            f"the step of a single time stamp, {index[0]}, cannot be told: give its index a freq, "
            "for example by y.index.to_period('M')"
        )
    backward = np.flatnonzero(steps <= pd.Timedelta(0))
    if len(backward):
        raise wrong_order(index[backward[0]], index[backward[0] + 1])
    if (steps != steps[0]).any():
        odd = int(np.flatnonzero(steps != steps[0])[0]) + 1
        raise ValueError(
            f"time stamps must be equally spaced, but {index[odd]} comes {steps[odd - 1]} after "
            f"{index[odd - 1]} where the first step is {steps[0]}: insert the missing times as "
            "NaN, for example by y.asfreq('D')"
        )
    return to_offset(steps[0])


def _months_between(index: pd.DatetimeIndex) -> int | None:
    """Return the step of times that are all on the same day of a month, which pandas infers not."""
    if len(index) < 2:
        return None
    months = int(12 * (index.year[1] - index.year[0]) + index.month[1] - index.month[0])
    if months < 1:
        return None
    regular = pd.date_range(index[0], periods=len(index), freq=pd.DateOffset(months=months))
    return months if regular.equals(index) else None


def wrong_order(before: Any, after: Any) -> ValueError:
    """Return the error for a time stamp that is not later than the one before it."""
    if before == after:
        return ValueError(f"y has the time stamp {after} twice: keep one of the rows")
    return ValueError(f"time stamps must increase, but {after} follows {before}: sort y by time")


def _wall_time(index: pd.DatetimeIndex) -> pd.DatetimeIndex:
    return index if index.tz is None else index.tz_localize(None)


def _universal_time(index: pd.DatetimeIndex) -> pd.DatetimeIndex:
    return index if index.tz is None else index.tz_convert("UTC").tz_localize(None)


def _zoned(universal: pd.DatetimeIndex, tz: tzinfo) -> pd.DatetimeIndex:
    return universal.tz_localize("UTC").tz_convert(tz)


@dataclass(frozen=True)
class IntegerGrid:
    """Integers; their calendar is a dummy one of days, 0 being 2010-01-01."""

    freq: None = None

    def positions(self, index: pd.Index) -> IntArray:
        """Return the integers themselves."""
        if not pd.api.types.is_integer_dtype(index.dtype):
            raise _wrong_kind("integers", index)
        return index.to_numpy(dtype=np.int64)

    def times(self, positions: IntArray) -> pd.Index:
        """Return the integers themselves."""
        return pd.Index(positions, dtype=np.int64)

    def calendar(self, first: int, count: int) -> Float32Array:
        """Return the features of days; after 400 years the calendar repeats itself exactly."""
        days = (first + np.arange(count)) % DAYS_OF_GREGORIAN_CYCLE
        return calendar_features(
            pd.DatetimeIndex(INTEGER_CALENDAR_START + days.astype("timedelta64[D]"))
        )


@dataclass(frozen=True)
class PeriodGrid:
    """Periods.

    Parameters
    ----------
    period_freq : str
        For example "M" or "15min".
    units : int
        Of the ordinals, in a step.
    remainder : int
        Of the ordinals, divided by the units.
    """

    period_freq: str
    units: int
    remainder: int
    freq: None = None

    def positions(self, index: pd.Index) -> IntArray:
        """Return the periods' ordinals, in steps."""
        if isinstance(index, pd.DatetimeIndex):
            index = _wall_time(index).to_period(self.period_freq)
        periods = _of_kind(pd.PeriodIndex, index)
        if periods.freqstr != self.period_freq:
            raise ValueError(
                f"periods must have the frequency {self.period_freq!r} that the forecaster was "
                f"fitted to, but have {periods.freqstr!r}"
            )
        ordinals = np.asarray(periods.asi8)
        steps, remainders = np.divmod(ordinals - self.remainder, self.units)
        if remainders.any():
            raise _off_grid(index[np.flatnonzero(remainders)[0]], self.period_freq)
        return steps

    def times(self, positions: IntArray) -> pd.PeriodIndex:
        """Return the periods."""
        ordinals = positions * self.units + self.remainder
        return _periods(ordinals, self.period_freq)

    def calendar(self, first: int, count: int) -> Float32Array:
        """Return the features of the periods."""
        return calendar_features(self.times(first + np.arange(count)))


@dataclass(frozen=True)
class FixedStepGrid:
    """Datetimes a fixed duration apart.

    In a time zone a step of days is one on the clock there; a shorter one, of hours or minutes,
    is a duration, which is not affected when the clock is changed.

    Parameters
    ----------
    anchor : pd.Timestamp
        Position 0, without a time zone: in local time if the step is of days, or else in UTC.
    freq : BaseOffset
    tz : tzinfo, optional
    unit : {"s", "ms", "us", "ns"}, default="ns"
        Resolution of the time stamps.
    """

    anchor: pd.Timestamp
    freq: Tick | Day
    tz: tzinfo | None = None
    unit: TimeUnit = "ns"

    @property
    def _step(self) -> pd.Timedelta:
        # From pandas 3 on a day is no fixed duration; without a time zone it is one.
        return pd.Timedelta(days=self.freq.n) if isinstance(self.freq, Day) else _tick(self.freq)

    def positions(self, index: pd.Index) -> IntArray:
        """Return the steps since the anchor."""
        if isinstance(index, pd.PeriodIndex):
            index = index.to_timestamp().tz_localize(self.tz)
        times = _of_kind(pd.DatetimeIndex, index)
        naive = _universal_time(times) if self._is_universal else _wall_time(times)
        elapsed = naive - self.anchor
        steps = np.asarray(elapsed // self._step, dtype=np.int64)
        off = np.asarray(elapsed != steps * self._step)
        if off.any():
            raise _off_grid(index[np.flatnonzero(off)[0]], self.freq.freqstr)
        return steps

    def times(self, positions: IntArray) -> pd.DatetimeIndex:
        """Return the datetimes."""
        times = self._naive_times(positions)
        if self._is_universal and self.tz is not None:
            return _zoned(times.as_unit(self.unit), self.tz)
        return _like_given(times, positions, self)

    def calendar(self, first: int, count: int) -> Float32Array:
        """Return the features of the datetimes, in local time."""
        times = self._naive_times(first + np.arange(count))
        if self._is_universal and self.tz is not None:
            times = _wall_time(_zoned(times, self.tz))
        return calendar_features(times)

    @property
    def _is_universal(self) -> bool:
        return not isinstance(self.freq, Day)

    def _naive_times(self, positions: IntArray) -> pd.DatetimeIndex:
        return pd.DatetimeIndex(np.datetime64(self.anchor) + positions * np.timedelta64(self._step))


@dataclass(frozen=True)
class OffsetGrid:
    """Datetimes a pandas offset of varying length apart, such as months or business days.

    Parameters
    ----------
    anchor : pd.Timestamp
        Position 0, without a time zone.
    freq : BaseOffset
    tz : tzinfo, optional
    unit : {"s", "ms", "us", "ns"}, default="ns"
        Resolution of the time stamps.
    period_freq : str, optional
        Of the periods that the datetimes stand for, whose calendar they then have.
    """

    anchor: pd.Timestamp
    freq: BaseOffset
    tz: tzinfo | None = None
    unit: TimeUnit = "ns"
    period_freq: str | None = None

    def positions(self, index: pd.Index) -> IntArray:
        """Look the datetimes up among the offsets around the anchor."""
        if isinstance(index, pd.PeriodIndex) and index.freqstr == self.period_freq:
            anchor = pd.Period(self.anchor, freq=self.period_freq).ordinal
            return np.asarray(index.asi8) - anchor
        if isinstance(index, pd.PeriodIndex):
            index = index.to_timestamp()
        times = _wall_time(_of_kind(pd.DatetimeIndex, index))
        grid = pd.date_range(
            min(times.min(), self.anchor), max(times.max(), self.anchor), freq=self.freq
        )
        found = grid.get_indexer(times)
        if (found < 0).any():
            raise _off_grid(index[np.flatnonzero(found < 0)[0]], self.freq.freqstr)
        return found - grid.get_indexer(pd.DatetimeIndex([self.anchor]))[0]

    def times(self, positions: IntArray) -> pd.DatetimeIndex:
        """Return the datetimes."""
        first, last = int(positions.min()), int(positions.max())
        times = self._wall_times(first, last - first + 1)[positions - first]
        return _like_given(times, positions, self)

    def calendar(self, first: int, count: int) -> Float32Array:
        """Return the features of the datetimes, or of the periods that they stand for."""
        if self.period_freq is None:
            return calendar_features(self._wall_times(first, count))
        anchor = pd.Period(self.anchor, freq=self.period_freq).ordinal
        return calendar_features(_periods(anchor + first + np.arange(count), self.period_freq))

    def _wall_times(self, first: int, count: int) -> pd.DatetimeIndex:
        before = pd.date_range(end=self.anchor, periods=max(-first, 0) + 1, freq=self.freq)
        after = pd.date_range(self.anchor, periods=max(first + count, 1), freq=self.freq)
        start = first + len(before) - 1
        return pd.DatetimeIndex(before[:-1].append(after))[start : start + count]


def _like_given(
    times: pd.DatetimeIndex, positions: IntArray, grid: FixedStepGrid | OffsetGrid
) -> pd.DatetimeIndex:
    """Give wall times the resolution, the zone and, if none is left out, the step of their grid."""
    times = times.as_unit(grid.unit).tz_localize(grid.tz)
    if grid.tz is None and (np.diff(positions) == 1).all():
        return pd.DatetimeIndex(times, freq=grid.freq)
    return times


def _periods(ordinals: IntArray, freq: str) -> pd.PeriodIndex:
    return pd.PeriodIndex.from_ordinals(ordinals, freq=freq)  # type: ignore[attr-defined]


def _tick(offset: BaseOffset) -> pd.Timedelta:
    return pd.Timedelta(offset)  # type: ignore[arg-type]


def _of_kind(kind: type[Kind], index: pd.Index) -> Kind:
    if not isinstance(index, kind):
        raise _wrong_kind(f"a {kind.__name__}", index)
    return index


def _wrong_kind(expected: str, index: pd.Index) -> TypeError:
    return TypeError(
        f"time stamps must be {expected}, as those that the forecaster was fitted to, but found "
        f"{index.dtype} such as {index[0]!r}"
    )


def _off_grid(time: Any, freq: str) -> ValueError:
    return ValueError(
        f"the time stamp {time} does not lie on the series' grid of step {freq!r}: give all time "
        "stamps the same regular spacing"
    )
