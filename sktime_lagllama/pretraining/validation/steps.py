"""Tables and events -> series on the grid of a group."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from sktime_lagllama.pretraining.validation.groups import GROUPS
from sktime_lagllama.pretraining.validation.series import RealSeries


def on_grid(name: str, group: str, values: pd.Series) -> RealSeries:
    """Give values the periods of a group.

    Parameters
    ----------
    name : str
        "data set" or "data set/column".
    group : str
        One of ``GROUPS``.
    values : pd.Series of shape (times,)
        With datetimes, at most one in a period; periods without one become NaN.

    Returns
    -------
    RealSeries
        From the first to the last observed value.

    Raises
    ------
    ValueError
        If two values fall in the same period.
    """
    values = values.astype("float64").dropna().sort_index().rename(name)
    values.index = pd.DatetimeIndex(values.index).to_period(GROUPS[group].frequency)
    if values.index.has_duplicates:
        first = values.index[values.index.duplicated()][0]
        raise ValueError(f"{name} has more than one value in {first}")
    first, last = values.index[0], values.index[-1]
    grid = pd.period_range(first, last, freq=GROUPS[group].frequency)
    return RealSeries(name, group, values.reindex(grid))


def local_times(stamps: pd.Series) -> pd.DatetimeIndex:
    """Read time stamps, and leave out a zone that they carry only as a suffix.

    Parameters
    ----------
    stamps : pd.Series of shape (times,)
        Strings, or datetimes with or without a zone.

    Returns
    -------
    pd.DatetimeIndex of shape (times,)
    """
    return pd.DatetimeIndex(pd.to_datetime(stamps)).tz_localize(None)


def dated(table: pd.DataFrame, dates: str, column: str) -> pd.Series:
    """Return a column of a table, by the time stamps of another one.

    Parameters
    ----------
    table : pd.DataFrame
    dates : str
        The column of time stamps.
    column : str

    Returns
    -------
    pd.Series
        With datetimes, sorted.
    """
    return pd.Series(table[column].to_numpy(), index=local_times(table[dates])).sort_index()


def aggregate(
    values: pd.Series, group: str, how: Literal["sum", "mean"], least: float = 1.0
) -> pd.Series:
    """Bring a series to a longer step.

    Parameters
    ----------
    values : pd.Series of shape (times,)
        With datetimes; absent or NaN where missing.
    group : str
        One of ``GROUPS``: the new step.
    how : {"sum", "mean"}
    least : float, default=1.0
        Share of the values of a whole step that must be observed.

    Returns
    -------
    pd.Series
        With datetimes; NaN where too few values were observed, as in a step at the end that is not
        over.
    """
    steps = values.resample(GROUPS[group].frequency)
    observed = steps.count()
    results = steps.sum() if how == "sum" else steps.mean()
    return results.where(observed >= least * observed.max())


def count_events(
    times: pd.DatetimeIndex, group: str, start: str, end: str, weights: pd.Series | None = None
) -> pd.Series:
    """Count events in each step of a group.

    Parameters
    ----------
    times : pd.DatetimeIndex of shape (events,)
    group : str
        One of ``GROUPS``.
    start, end : str
        Dates between which the events were recorded, without the latter.
    weights : pd.Series of shape (events,), optional
        What an event counts; None: 1.

    Returns
    -------
    pd.Series
        With datetimes; 0 where nothing happened.
    """
    first, stop = pd.Timestamp(start), pd.Timestamp(end)
    numbers = pd.Series(1.0 if weights is None else weights.to_numpy(), index=times)
    numbers = numbers[(times >= first) & (times < stop)]
    # Steps, the first and the last included, may begin and end without an event.
    edges = pd.Series(0.0, index=pd.DatetimeIndex([first, stop - pd.Timedelta(1, "ns")]))
    counts = pd.concat([numbers, edges]).resample(GROUPS[group].frequency).sum()
    if GROUPS[group].frequency.startswith("W"):
        # Weeks that are not wholly between the dates count too few.
        ends = counts.index
        whole = (ends - pd.Timedelta(days=6) >= first) & (ends < stop)
        counts = counts[whole]
    return counts
