"""Grids of equally spaced times: time stamps <-> grid positions, and their calendar features."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Protocol, TypeVar

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset
from pandas.tseries.offsets import BaseOffset, Day, Tick

from sktime_lagllama._typing import Float32Array, IntArray
from sktime_lagllama.data.calendar import calendar_features
from sktime_lagllama.data.reach import TimeUnit, limits_of, out_of_reach_error, within_reach
from sktime_lagllama.data.time_zones import from_utc, local_times, to_zone, utc_times

INTEGER_CALENDAR_START = np.datetime64("2010-01-01", "s")
"""The day that the integer 0 stands for."""

DAYS_OF_GREGORIAN_CYCLE = 146_097
"""After 400 years the Gregorian calendar repeats itself, the days of the week included."""

_SOME_DAY = pd.Timestamp("2001-01-01")
_WEEK = pd.Timedelta(days=7)
_SHORTEST_MONTH = pd.Timedelta(days=28)

_Kind = TypeVar("_Kind", pd.DatetimeIndex, pd.PeriodIndex)


class TimeGrid(Protocol):
    """The equally spaced times on which the series of one batch lie.

    A grid position is the whole number of a time on the grid: it grows by one per step.
    """

    @property
    def freq(self) -> BaseOffset | None:
        """Step between datetimes, None for integers and periods."""

    @property
    def duration(self) -> pd.Timedelta | None:
        """Duration of a step, if it is below a day and always the same."""

    @property
    def is_below_a_month(self) -> bool:
        """Whether a step is known to be shorter than every month."""

    @property
    def is_of_weeks(self) -> bool:
        """Whether a step is known to be a week or longer, but shorter than every month."""

    def positions(self, index: pd.Index) -> IntArray:
        """Return the grid positions of time stamps.

        Parameters
        ----------
        index : pd.Index of shape (times,)

        Returns
        -------
        int64 array of shape (times,)

        Raises
        ------
        TypeError
            If the time stamps are of another kind than those of the grid.
        ValueError
            If a time stamp does not lie on the grid.
        """

    def times(self, positions: IntArray) -> pd.Index:
        """Return the time stamps of grid positions, of the kind that the grid was found from.

        Parameters
        ----------
        positions : int64 array of shape (times,)

        Returns
        -------
        pd.Index of shape (times,)
        """

    def calendar(self, first: int, count: int) -> Float32Array:
        """Return the calendar features of consecutive grid positions.

        Parameters
        ----------
        first : int
            First grid position.
        count : int
            Number of grid positions.

        Returns
        -------
        float32 array of shape (count, 6)
            As ``calendar_features`` returns them.
        """


@dataclass(frozen=True)
class IntegerGrid:
    """Integers. Their calendar is that of days, where 0 is 2010-01-01."""

    freq: None = None
    duration: None = None
    is_below_a_month: bool = False
    is_of_weeks: bool = False

    def positions(self, index: pd.Index) -> IntArray:
        """Return the integers themselves."""
        if not pd.api.types.is_integer_dtype(index.dtype):
            raise _wrong_kind_error("integers", index)
        return index.to_numpy(dtype=np.int64)

    def times(self, positions: IntArray) -> pd.Index:
        """Return the integers themselves."""
        return pd.Index(positions, dtype=np.int64)

    def calendar(self, first: int, count: int) -> Float32Array:
        """Return the features of days; integers of any size have a day of the 400 year cycle."""
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
        Units of pandas' period ordinals in a step: 15 for "15min".
    remainder : int
        What the ordinals leave when they are divided by the units.
    """

    period_freq: str
    units: int
    remainder: int
    freq: None = None

    @property
    def duration(self) -> pd.Timedelta | None:
        """Duration of a period, if it is below a day."""
        return _duration_below_a_day(to_offset(self.period_freq, is_period=True))

    @property
    def is_below_a_month(self) -> bool:
        """Whether a period is shorter than every month."""
        return _is_below_a_month(to_offset(self.period_freq, is_period=True))

    @property
    def is_of_weeks(self) -> bool:
        """Whether a period is a week or longer, but shorter than every month."""
        return _is_of_weeks(to_offset(self.period_freq, is_period=True))

    def positions(self, index: pd.Index) -> IntArray:
        """Return the periods' ordinals, divided by the units of a step."""
        if isinstance(index, pd.DatetimeIndex):
            index = local_times(index).to_period(self.period_freq)
        periods = _checked_kind(pd.PeriodIndex, index)
        if periods.freqstr != self.period_freq:
            raise ValueError(
                f"periods must have the frequency {self.period_freq!r} that the forecaster was "
                f"fitted to, but have {periods.freqstr!r}"
            )
        ordinals = np.asarray(periods.asi8)
        steps, remainders = np.divmod(ordinals - self.remainder, self.units)
        if remainders.any():
            raise _off_grid_error(index[np.flatnonzero(remainders)[0]], self.period_freq)
        return steps

    def times(self, positions: IntArray) -> pd.PeriodIndex:
        """Return the periods."""
        for position in (int(positions.min(initial=0)), int(positions.max(initial=0))):
            if abs(position) * self.units + self.remainder > np.iinfo(np.int64).max:
                raise ValueError(
                    f"there is no period {abs(position)} steps of {self.period_freq!r} from 1970: "
                    "pandas does not count so far; ask for fewer steps"
                )
        ordinals = positions * self.units + self.remainder
        return _periods(ordinals, self.period_freq)

    def calendar(self, first: int, count: int) -> Float32Array:
        """Return the features of the periods."""
        return calendar_features(self.times(first + np.arange(count)))


@dataclass(frozen=True)
class FixedStepGrid:
    """Datetimes a fixed duration apart.

    With a time zone, a step of days leads to the same local time on another day. A shorter step, of
    hours or minutes, is a duration: it does not depend on changes between summer and winter time.

    Parameters
    ----------
    anchor : pd.Timestamp
        Position 0, without a time zone: in local time if the step is of days, otherwise in UTC.
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
    def duration(self) -> pd.Timedelta | None:
        """Duration of a step, if it is below a day."""
        return _duration_below_a_day(self.freq)

    @property
    def is_below_a_month(self) -> bool:
        """Whether a step is shorter than every month."""
        return _is_below_a_month(self.freq)

    @property
    def is_of_weeks(self) -> bool:
        """Whether a step is a week or longer, but shorter than every month."""
        return _is_of_weeks(self.freq)

    def positions(self, index: pd.Index) -> IntArray:
        """Return the number of steps since the anchor."""
        if isinstance(index, pd.PeriodIndex):
            index = index.to_timestamp().tz_localize(self.tz)
        times = _checked_kind(pd.DatetimeIndex, index)
        if self._counts_in_utc:
            _check_same_zone(times, self.tz)
        times_without_zone = utc_times(times) if self._counts_in_utc else local_times(times)
        counts, units = _counts_and_units(times_without_zone, self.unit)
        anchor, step = self._anchor_count * units, self._step * units
        # Differences of times that lie far apart would overflow; those of positions do not.
        steps = counts // step - anchor // step
        is_off_grid = counts % step != anchor % step
        if is_off_grid.any():
            raise _off_grid_error(index[np.flatnonzero(is_off_grid)[0]], self.freq.freqstr)
        return np.asarray(steps, dtype=np.int64)

    def times(self, positions: IntArray) -> pd.DatetimeIndex:
        """Return the datetimes."""
        times = self._times_without_zone(positions)
        if self.tz is not None:
            times = (from_utc if self._counts_in_utc else to_zone)(times, self.tz)
        return _with_freq_if_consecutive(times, positions, self.freq)

    def calendar(self, first: int, count: int) -> Float32Array:
        """Return the features of the datetimes, in local time."""
        times = self._times_without_zone(first + np.arange(count))
        if self._counts_in_utc and self.tz is not None:
            times = local_times(from_utc(times, self.tz))
        return calendar_features(times)

    @property
    def _step(self) -> int:
        """The step as a number of units."""
        # From pandas 3 on a Day is no fixed duration; without a time zone it is one.
        if isinstance(self.freq, Day):
            step: np.timedelta64 = np.timedelta64(self.freq.n, "D")
        else:
            step = pd.Timedelta(self.freq).to_timedelta64()
        units = step.astype(f"m8[{self.unit}]")
        if units != step:
            raise ValueError(
                f"the step {self.freq.freqstr!r} of y's index is finer than its resolution "
                f"{self.unit!r}: give it a finer one, by y.index.as_unit('ns')"
            )
        return int(units.astype(np.int64))

    @property
    def _anchor_count(self) -> int:
        """The anchor as a number of units since 1970."""
        return int(self.anchor.to_datetime64().astype(f"M8[{self.unit}]").astype(np.int64))

    @property
    def _counts_in_utc(self) -> bool:
        """Whether the anchor is in UTC, not in local time."""
        return not isinstance(self.freq, Day)

    def _times_without_zone(self, positions: IntArray) -> pd.DatetimeIndex:
        """Return the datetimes of positions, shape (times,), in UTC or local time as the anchor."""
        dtype = f"M8[{self.unit}]"
        first, last = (limit.astype(dtype).astype(int) for limit in limits_of(self.unit))
        # A clock in a time zone may show the next day already.
        margin = (
            0
            if self.tz is None
            else int(np.timedelta64(1, "D").astype(f"m8[{self.unit}]").astype(int))
        )
        for position in (int(positions.min(initial=0)), int(positions.max(initial=0))):
            # Python's integers do not overflow.
            count = self._anchor_count + position * self._step
            if not first + margin <= count <= last - margin:
                raise out_of_reach_error(position, self.freq, self.anchor, self.unit)
        counts = self._anchor_count + positions * self._step
        return pd.DatetimeIndex(counts.astype(np.int64).view(dtype))


@dataclass(frozen=True)
class OffsetGrid:
    """Datetimes a pandas offset of varying length apart, such as months or business days.

    Parameters
    ----------
    anchor : pd.Timestamp
        Position 0, in local time without a time zone.
    freq : BaseOffset
    tz : tzinfo, optional
    unit : {"s", "ms", "us", "ns"}, default="ns"
        Resolution of the time stamps.
    period_freq : str, optional
        Frequency of the periods that the datetimes stand for. If given, the calendar is that of
        these periods.
    """

    anchor: pd.Timestamp
    freq: BaseOffset
    tz: tzinfo | None = None
    unit: TimeUnit = "ns"
    period_freq: str | None = None
    duration: None = None

    @property
    def is_below_a_month(self) -> bool:
        """Whether an offset is shorter than every month."""
        return _is_below_a_month(self.freq)

    @property
    def is_of_weeks(self) -> bool:
        """Whether an offset is a week or longer, but shorter than every month."""
        return _is_of_weeks(self.freq)

    def positions(self, index: pd.Index) -> IntArray:
        """Return the number of offsets since the anchor."""
        if isinstance(index, pd.PeriodIndex) and index.freqstr == self.period_freq:
            return np.asarray(index.asi8) - self._anchor_ordinal
        if isinstance(index, pd.PeriodIndex):
            index = index.to_timestamp()
        exact = local_times(_checked_kind(pd.DatetimeIndex, index))
        times = exact.as_unit(self.unit)
        grid_times = pd.date_range(
            min(times.min(), self.anchor),
            max(times.max(), self.anchor),
            freq=self.freq,
            unit=self.unit,
        )
        places = grid_times.get_indexer(times)
        is_off_grid = (places < 0) | (times != exact)
        place_of_anchor = int(grid_times.searchsorted(self.anchor))
        if grid_times[place_of_anchor : place_of_anchor + 1] != [self.anchor]:
            # Steps of several units that start at the earliest time may pass by the anchor.
            is_off_grid |= times < self.anchor
        if is_off_grid.any():
            raise _off_grid_error(index[np.flatnonzero(is_off_grid)[0]], self.freq.freqstr)
        return places - place_of_anchor

    def times(self, positions: IntArray) -> pd.DatetimeIndex:
        """Return the datetimes."""
        first, last = int(positions.min()), int(positions.max())
        times = self._local_times(first, last - first + 1)[positions - first]
        times = times if self.tz is None else to_zone(times, self.tz)
        return _with_freq_if_consecutive(times, positions, self.freq)

    def calendar(self, first: int, count: int) -> Float32Array:
        """Return the features of the datetimes, or of the periods that they stand for."""
        if self.period_freq is None:
            return calendar_features(self._local_times(first, count))
        ordinals = self._anchor_ordinal + first + np.arange(count)
        return calendar_features(_periods(ordinals, self.period_freq))

    @property
    def _anchor_ordinal(self) -> int:
        """Number that pandas gives to the period that the anchor stands for."""
        return pd.Period(self.anchor, freq=self.period_freq).ordinal

    def _local_times(self, first: int, count: int) -> pd.DatetimeIndex:
        """Return the datetimes of ``count`` positions from ``first`` on."""
        last = first + count - 1
        num_before = max(-first, 0)
        with within_reach(min(first, 0), max(last, 0), self.freq, self.anchor, self.unit):
            after = _times_from(self.anchor, max(last, 0) + 1, self.freq, self.unit)
            before = after[:0]
            if num_before:
                # Some offsets, such as a month and a day, do not lead back the way that they came.
                before = pd.date_range(
                    end=self.anchor, periods=num_before + 1, freq=self.freq, unit=self.unit
                )
                if len(before) <= num_before or before[-1] != self.anchor:
                    raise ValueError(
                        f"pandas has no datetimes {num_before} steps of {self.freq.freqstr!r} "
                        f"before {self.anchor}: give y's index another freq, or ask for later times"
                    )
                before = before[:-1]
        start = first + num_before
        return pd.DatetimeIndex(before.append(after))[start : start + count]


def _duration_below_a_day(step: BaseOffset) -> pd.Timedelta | None:
    """Return how long a step is, if it is a fixed duration below a day."""
    if isinstance(step, Day) or not isinstance(step, Tick):
        return None
    duration = pd.Timedelta(step)
    return duration if duration < pd.Timedelta(days=1) else None


def _is_below_a_month(step: BaseOffset) -> bool:
    """Return whether a step is shorter than every month."""
    length = _length_of_some_step(step)
    return length is not None and length < _SHORTEST_MONTH


def _is_of_weeks(step: BaseOffset) -> bool:
    """Return whether a step is a week or longer, but shorter than every month."""
    length = _length_of_some_step(step)
    return length is not None and _WEEK <= length < _SHORTEST_MONTH


def _length_of_some_step(step: BaseOffset) -> pd.Timedelta | None:
    """Return how long a step is somewhere in the calendar, if pandas can tell."""
    try:
        # The first one may be shorter, on the way to the first time of the offset.
        first = _SOME_DAY + step
        second = first + step
        return second - first if first < second else None
    except (OverflowError, ValueError):  # of many centuries, which pandas cannot represent
        return None


def _times_from(
    start: pd.Timestamp, count: int, freq: BaseOffset, unit: TimeUnit
) -> pd.DatetimeIndex:
    """Return the datetimes that offsets lead to, one after the other, shape (count,)."""
    times = pd.date_range(start, periods=count, freq=freq, unit=unit)
    # pandas stops where one offset of ``count`` times the size would: too early, if months of
    # unequal lengths and days come together.
    periods = count
    while len(times) < count:
        periods *= 2
        times = pd.date_range(start, periods=periods, freq=freq, unit=unit)
    return times[:count]


def _with_freq_if_consecutive(
    times: pd.DatetimeIndex, positions: IntArray, freq: BaseOffset
) -> pd.DatetimeIndex:
    """Tell the times of grid positions their step if each is the one after the last.

    Parameters
    ----------
    times : pd.DatetimeIndex of shape (times,)
    positions : int64 array of shape (times,)
    freq : BaseOffset

    Returns
    -------
    pd.DatetimeIndex of shape (times,)
    """
    return with_freq(times, freq) if (np.diff(positions) == 1).all() else times


def with_freq(times: pd.DatetimeIndex, freq: BaseOffset) -> pd.DatetimeIndex:
    """Tell an index its step, if pandas finds that this is its step.

    It does not for some steps that it counted the times by itself.

    Parameters
    ----------
    times : pd.DatetimeIndex of shape (times,)
    freq : BaseOffset

    Returns
    -------
    pd.DatetimeIndex of shape (times,)
    """
    try:
        return pd.DatetimeIndex(times, freq=freq)
    except ValueError:
        return times


def _counts_and_units(times: pd.DatetimeIndex, unit: str) -> tuple[IntArray, int]:
    """Count datetimes without a time zone from 1970 on.

    Parameters
    ----------
    times : pd.DatetimeIndex of shape (times,)
    unit : {"s", "ms", "us", "ns"}

    Returns
    -------
    counts : integer array of shape (times,)
        In ``unit`` or, if that is finer, the resolution of the datetimes.
    units : int
        How many of these ``unit`` is.
    """
    counts = np.asarray(times.asi8)
    if times.unit == unit:
        return counts, 1
    one, other = np.timedelta64(1, unit), np.timedelta64(1, times.unit)  # type: ignore[call-overload]
    # Python's integers do not overflow.
    return counts.astype(object) * max(1, int(other / one)), max(1, int(one / other))


def _periods(ordinals: IntArray, freq: str) -> pd.PeriodIndex:
    """Return the periods that pandas gives these numbers to, both of shape (times,)."""
    return pd.PeriodIndex.from_ordinals(ordinals, freq=freq)  # type: ignore[attr-defined]


def _checked_kind(kind: type[_Kind], index: pd.Index) -> _Kind:
    """Return an index if it is of the kind that the grid has."""
    if not isinstance(index, kind):
        raise _wrong_kind_error(f"a {kind.__name__}", index)
    return index


def _wrong_kind_error(expected: str, index: pd.Index) -> TypeError:
    """Return the error for time stamps of another kind than those of the grid."""
    return TypeError(
        f"time stamps must be {expected}, as those that the forecaster was fitted to, but found "
        f"{index.dtype} such as {index[0]!r}"
    )


def _check_same_zone(times: pd.DatetimeIndex, tz: tzinfo | None) -> None:
    """Raise a ValueError if either the times or the grid have a time zone, but not both.

    Parameters
    ----------
    times : pd.DatetimeIndex of shape (times,)
    tz : tzinfo, optional
        Of the grid.
    """
    if (times.tz is None) == (tz is None) or len(times) == 0:
        return
    if tz is not None:
        raise ValueError(
            f"times must have the time zone {tz} of the index that the forecaster was fitted to, "
            f"but found {times[0]} without one: give them a zone, by index.tz_localize({str(tz)!r})"
        )
    raise ValueError(
        "times must have no time zone, as the index that the forecaster was fitted to, but found "
        f"{times[0]}: take it away, by index.tz_localize(None)"
    )


def _off_grid_error(time: Any, freq: str) -> ValueError:
    """Return the error for a time stamp that does not lie on the grid."""
    return ValueError(
        f"the time stamp {time} does not lie on the series' grid of step {freq!r}: give all time "
        "stamps the same regular spacing"
    )
