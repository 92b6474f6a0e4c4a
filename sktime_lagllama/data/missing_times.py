"""Code that a user can copy to insert rows for times that are missing."""

from __future__ import annotations

import pandas as pd
from pandas.tseries.offsets import BaseOffset


def insertion_of_missing_times(
    times: pd.Index, freq: BaseOffset | None, num_instance_levels: int
) -> str:
    """Return an expression that inserts a row of NaN for every missing time.

    Parameters
    ----------
    times : pd.Index of shape (times,)
        Of one series: integers, periods or datetimes.
    freq : BaseOffset or None
        Step between datetimes.
    num_instance_levels : int
        Levels of the index that name the instance, 0 for a single series.

    Returns
    -------
    str
        Python code, with "y" and "pd".
    """
    if num_instance_levels == 0:
        return _insertion("y", times, freq)
    levels = list(range(num_instance_levels))
    whole = f"one.droplevel({levels}).pipe(lambda one: {_insertion('one', times, freq)})"
    return f"y.groupby(level={levels}).apply(lambda one: {whole})"


def _insertion(name: str, times: pd.Index, freq: BaseOffset | None) -> str:
    """Return the expression for the series of a name."""
    if isinstance(times, pd.PeriodIndex):
        return f"{name}.reindex(pd.period_range({name}.index[0], {name}.index[-1]))"
    if isinstance(times, pd.DatetimeIndex):
        return f"{name}.asfreq({_code_of(freq)})"
    return f"{name}.reindex(range({name}.index[0], {name}.index[-1] + 1))"


def _code_of(freq: BaseOffset | None) -> str:
    """Return code for a step: its alias, which offsets of several units lack."""
    if type(freq) is pd.DateOffset:
        return f"pd.DateOffset({', '.join(f'{unit}={size}' for unit, size in freq.kwds.items())})"
    return repr("D" if freq is None else freq.freqstr)
