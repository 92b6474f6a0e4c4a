"""Datetimes with a time zone <-> datetimes without one."""

from __future__ import annotations

from datetime import tzinfo

import pandas as pd


def local_times(index: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the times that a clock in the time zone of the index shows, without the zone.

    Parameters
    ----------
    index : pd.DatetimeIndex of shape (times,)
        With or without a time zone.

    Returns
    -------
    pd.DatetimeIndex of shape (times,)
    """
    return index if index.tz is None else index.tz_localize(None)


def utc_times(index: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the same times in UTC, without the zone.

    Parameters
    ----------
    index : pd.DatetimeIndex of shape (times,)
        Without a time zone, it is returned as it is.

    Returns
    -------
    pd.DatetimeIndex of shape (times,)
    """
    return index if index.tz is None else index.tz_convert("UTC").tz_localize(None)


def from_utc(times: pd.DatetimeIndex, tz: tzinfo) -> pd.DatetimeIndex:
    """Return times in UTC, given without the zone, in a time zone.

    Parameters
    ----------
    times : pd.DatetimeIndex of shape (times,)
    tz : tzinfo

    Returns
    -------
    pd.DatetimeIndex of shape (times,)
    """
    return times.tz_localize("UTC").tz_convert(tz)


def to_zone(times: pd.DatetimeIndex, tz: tzinfo) -> pd.DatetimeIndex:
    """Return the datetimes at which the clock in a time zone shows these times.

    Parameters
    ----------
    times : pd.DatetimeIndex of shape (times,)
        Without a time zone.
    tz : tzinfo

    Returns
    -------
    pd.DatetimeIndex of shape (times,)

    Raises
    ------
    ValueError
        If the clock skips one of them or shows it twice, when it is changed.
    """
    zoned = times.tz_localize(tz, ambiguous="NaT", nonexistent="NaT")
    wrong = zoned.isna()
    if wrong.any():
        raise ValueError(
            f"the clock in {tz} is changed at {times[wrong][0]}, so that it shows this time not at "
            "all or twice: give y another time of the day, or an index without a time zone, by "
            "y.index.tz_localize(None)"
        )
    return zoned
