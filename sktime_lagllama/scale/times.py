"""Columns of times in parquet files <-> pandas' time stamps and their grid."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.types as kinds
from pandas.tseries.frequencies import to_offset
from pandas.tseries.offsets import BaseOffset, Day, Tick

from sktime_lagllama.data.grids import with_freq
from sktime_lagllama.data.time_grid import TimeGrid, grid_of

# Pandas tells pyarrow about its periods when it first hands some over; without that, columns of
# periods would be read as integers.
pa.array(pd.period_range("2000", periods=1, freq="D"))


def check_times(name: str, kind: pa.DataType, freq: str | None) -> None:
    """Check that the step of a column of times is known.

    Parameters
    ----------
    name : str
        Of the column.
    kind : pa.DataType
        Of the column.
    freq : str or None
        Step, as pandas writes it.

    Raises
    ------
    TypeError
        If the column has no times, or ``freq`` is no string.
    ValueError
        If ``freq`` is missing, superfluous, unknown, not forward, or of hours while the column has
        dates.
    """
    if freq is not None and not isinstance(freq, str):
        raise TypeError(f"freq must be None or a string such as 'MS', but found {freq!r}")
    if kinds.is_integer(kind) or _is_period(kind):
        if freq is not None:
            raise ValueError(
                f"freq must be None where column {name!r} has {kind}, but found {freq!r}: "
                "integers count by one, and periods know their step"
            )
    elif not (kinds.is_timestamp(kind) or kinds.is_date(kind) or _is_text(kind)):
        raise TypeError(
            f"column {name!r} must hold times (dates, timestamps, integers, pandas periods, or "
            f"strings such as '2020-01'), but has {kind}"
        )
    elif freq is None:
        raise ValueError(
            f"freq must tell the step of the times in column {name!r}, which has {kind}: pass "
            "freq='MS' for first days of months, 'D' for days, 'h' for hours, or another of "
            "pandas' offsets (of strings, of its periods: 'M', 'D', 'h')"
        )
    else:
        _check_freq(freq, is_period=_is_text(kind))
        if kinds.is_date(kind) and _changes_time_of_day(to_offset(freq)):
            raise ValueError(
                f"freq must be of whole days where column {name!r} has {kind}, but found {freq!r}: "
                "dates have no time of the day, so write the column as timestamps"
            )


def _check_freq(freq: str, is_period: bool) -> None:
    """Check that pandas knows a step of periods or datetimes."""
    try:
        if is_period:
            pd.PeriodDtype(freq)
        elif to_offset(freq).n < 1:
            raise ValueError("a step must lead forward")
    except ValueError as error:
        raise ValueError(
            f"freq must be a step that pandas has, but found {freq!r}: {error}"
        ) from None


def _changes_time_of_day(step: BaseOffset) -> bool:
    """Return whether a step leads to another time of the day."""
    if isinstance(step, Day) or not isinstance(step, Tick):
        return False
    return bool(pd.Timedelta(step) % pd.Timedelta(days=1))


def read_times(column: pa.ChunkedArray, freq: str | None) -> pd.Index:
    """Return a column as time stamps.

    Parameters
    ----------
    column : ChunkedArray of shape (rows,)
        As ``check_times`` allows it, without nulls.
    freq : str or None
        Step of strings' periods.

    Returns
    -------
    pd.Index of shape (rows,)
        Integers, periods or datetimes.
    """
    if kinds.is_date(column.type):
        column = column.cast(pa.timestamp("s"))
    if kinds.is_integer(column.type):
        return pd.Index(column.to_numpy().astype("int64"))
    times = column.to_pandas()
    if _is_text(column.type):
        return pd.PeriodIndex(times, freq=freq)
    return pd.Index(times)


def write_times(times: pd.Index, kind: pa.DataType) -> pa.Array:
    """Return time stamps as a column, the reverse of ``read_times``.

    Parameters
    ----------
    times : pd.Index of shape (rows,)
    kind : pa.DataType
        Of the column.

    Returns
    -------
    pa.Array of shape (rows,)
        Strings are those that pandas writes periods as.
    """
    if _is_text(kind):
        return pa.array(times.astype(str), type=kind)
    if _is_period(kind):
        return pa.array(times)
    return pa.Array.from_pandas(times).cast(kind)


def grid_of_times(times: pd.Index, freq: str | None) -> TimeGrid:
    """Return the grid on which time stamps lie.

    Parameters
    ----------
    times : pd.Index of shape (rows,)
        As ``read_times`` returns them; at least one.
    freq : str or None
        Step of datetimes.

    Returns
    -------
    TimeGrid

    Raises
    ------
    ValueError
        If the first one does not lie on a grid of this step; the others are not looked at.
    """
    first = times[:1]
    if isinstance(first, pd.DatetimeIndex):
        assert freq is not None  # check_times has seen to it
        first = with_freq(first, to_offset(freq))
        if first.freq is None:
            raise ValueError(
                f"the time {first[0]} does not lie on a grid of freq={freq!r}: give the freq that "
                "the times have"
            )
    return grid_of(first)


def _is_text(kind: pa.DataType) -> bool:
    return kinds.is_string(kind) or kinds.is_large_string(kind)


def _is_period(kind: pa.DataType) -> bool:
    return getattr(kind, "extension_name", None) == "pandas.period"
