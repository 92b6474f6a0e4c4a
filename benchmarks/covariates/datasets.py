"""Real series with covariates, all from packages, none of a forecasting competition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sktime.datasets import load_longley, load_macroeconomic

from sktime_lagllama._typing import IntArray
from sktime_lagllama.pretraining.validation.fast_sources import r_table

HALF_HOURS = "electricity, half-hours"
"""The data set of the criteria."""


@dataclass(frozen=True)
class DataSet:
    """A series, its covariates, and when to forecast it.

    Parameters
    ----------
    name : str
    y : pd.Series
        With a period index; NaN where missing.
    X : pd.DataFrame
        Numbers with the index of ``y``, none missing; known ahead.
    season, horizon : int
        In steps.
    cutoffs : int64 array of shape (cutoffs,)
        Numbers of values that are known.
    """

    name: str
    y: pd.Series
    X: pd.DataFrame
    season: int
    horizon: int
    cutoffs: IntArray

    def few(self) -> DataSet:
        """Return the same with two of the cutoffs."""
        return DataSet(self.name, self.y, self.X, self.season, self.horizon, self.cutoffs[:2])


def load_datasets() -> list[DataSet]:
    """Return all data sets, those with the shortest steps first."""
    return [*_electricity(), *_weather(), *_quarters(), _longley()]


def _electricity() -> Iterator[DataSet]:
    """Yield the demand of Victoria with temperature and workday, from the middle of 2014 on."""
    table = r_table("fpp2", "elecdemand")
    index = pd.period_range("2014-01-01", periods=len(table), freq="30min")
    table = table.set_index(index)[["Demand", "Temperature", "WorkDay"]].astype(float)
    how = {"Demand": "mean", "Temperature": "mean", "WorkDay": "max"}
    # Cutoffs lie at all times of the day and on all days of the week.
    yield _dataset(HALF_HOURS, table, 48, 48, np.arange(8760, 17472, 1093))
    hours = table.resample("h").agg(how)
    yield _dataset("electricity, hours", hours, 24, 48, np.arange(4380, 8712, 797))
    days = table.resample("D").agg(how)
    yield _dataset("electricity, days", days, 7, 14, np.arange(182, 351, 23))


def _weather() -> Iterator[DataSet]:
    """Yield the weather at an airport, a column explained by others, from July 2013 on."""
    table = r_table("nycflights13", "weather").query("origin == 'JFK'")
    # The sun knows no daylight saving time.
    times = pd.DatetimeIndex(pd.to_datetime(table["time_hour"], utc=True)).tz_convert("Etc/GMT+5")
    table = table.set_index(times.tz_localize(None).to_period("h"))
    table = table[~table.index.duplicated()].sort_index()
    table = table.reindex(pd.period_range(table.index[0], table.index[-1], freq="h"))
    cutoffs = np.arange(4400, 8660, 1061)
    for target, covariates in {
        "temp": ["dewp", "humid", "wind_speed", "pressure"],
        "humid": ["temp", "precip", "pressure"],
        "visib": ["humid", "wind_speed", "precip"],
    }.items():
        one = table[[target, *covariates]].astype(float)
        yield _dataset(f"weather, {target}", one, 24, 48, cutoffs)


def _quarters() -> Iterator[DataSet]:
    """Yield quarterly data of the economy of the USA."""
    changes = r_table("fpp2", "uschange").drop(columns="rownames")
    changes.index = pd.period_range("1970Q1", periods=len(changes), freq="Q")
    yield _dataset("uschange, Consumption", changes, 4, 8, np.arange(80, 180, 11))
    levels = load_macroeconomic()
    for target, covariates in {
        "unemp": ["realgdp", "realinv", "cpi"],
        "realcons": ["realdpi", "realgdp", "unemp"],
        "infl": ["tbilrate", "unemp", "m1"],
    }.items():
        one = levels[[target, *covariates]]
        yield _dataset(f"macroeconomic, {target}", one, 4, 8, np.arange(80, 196, 17))


def _longley() -> DataSet:
    """Return Longley's data: employment in 16 years."""
    y, X = load_longley()
    return _dataset("longley", pd.concat([y, X], axis=1), 1, 2, np.arange(10, 15))


def _dataset(
    name: str, table: pd.DataFrame, season: int, horizon: int, cutoffs: IntArray
) -> DataSet:
    """Return a data set whose first column is the series; carries covariates forward."""
    table = table.astype(float)
    X = table.iloc[:, 1:].ffill().bfill()
    return DataSet(name, table.iloc[:, 0], X, season, horizon, cutoffs)
