"""The series of the general validation set: they come with sktime and statsmodels.

None of them belongs to a forecasting competition, so that choices made by their scores do not leak
into comparisons on those. statsmodels is no dependency of the package: without it, few series
are left.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from sktime.datasets import (
    load_airline,
    load_lynx,
    load_PBS_dataset,
    load_shampoo_sales,
    load_solar,
    load_uschange,
)

from sktime_lagllama.pretraining.validation.groups import GENERAL_GROUPS
from sktime_lagllama.pretraining.validation.series import RealSeries
from sktime_lagllama.pretraining.validation.simulated import simulate_hours

FREQUENCIES = {group.name: group.frequency for group in GENERAL_GROUPS}
"""The pandas frequency of each group of series."""

HORIZONS = {group.name: group.horizon for group in GENERAL_GROUPS}
"""Steps that are forecast of each group."""

NUM_FERTILITY_COUNTRIES = 25


@lru_cache(maxsize=1)
def load_real_series() -> tuple[RealSeries, ...]:
    """Return all series: real ones of six frequencies, and simulated hourly ones.

    Returns
    -------
    tuple of RealSeries
        Without those of statsmodels, and with a warning, where that is not installed.
    """
    series = [*_from_sktime(), *_simulated()]
    try:
        series += _from_statsmodels()
    except ModuleNotFoundError as error:
        warnings.warn(
            f"the validation set has few series without statsmodels: {error}", stacklevel=2
        )
    order = list(HORIZONS)
    return tuple(sorted(series, key=lambda one: (order.index(one.group), one.name)))


def _series(name: str, group: str, values: Any, start: str | None = None) -> RealSeries:
    """Give values their periods: those from a start on, or those that their index names."""
    if start is not None:
        index = pd.period_range(start, periods=len(values), freq=FREQUENCIES[group])
        values = pd.Series(np.asarray(values), index=index)
    values = values.astype(np.float64).rename(name)
    return RealSeries(name, group, values.asfreq(FREQUENCIES[group]))


def _columns(
    source: str, group: str, table: pd.DataFrame, start: str | None = None
) -> list[RealSeries]:
    """Return the columns of a table as series of one data set."""
    return [_series(f"{source}/{name}", group, table[name], start) for name in table.columns]


def _from_sktime() -> Iterator[RealSeries]:
    """Yield the series that come with sktime."""
    yield _series("airline", "monthly", load_airline())
    yield _series("shampoo", "monthly", load_shampoo_sales())
    yield _series("pbs", "monthly", load_PBS_dataset())
    yield _series("lynx", "yearly", load_lynx())
    consumption, other_changes = load_uschange()
    changes = pd.concat([consumption, other_changes], axis=1)
    yield from _columns("uschange", "quarterly", changes, "1970Q1")
    # Version None is the sample that comes with sktime: six days of half hours.
    solar = load_solar(api_version=None).tz_localize(None)[:-1]
    yield _series("solar", "hourly", solar.resample("h").mean().to_period("h"))
    seatbelts = read_packaged_table("sktime", "datasets/data/seatbelts/seatbelts.csv")
    if seatbelts is not None:
        yield _series("seatbelts", "monthly", seatbelts["KSI"], "1969-01")


def _simulated() -> Iterator[RealSeries]:
    """Yield the simulated series: real hourly ones are few."""
    for name, values in simulate_hours().items():
        # 2024 began on a Monday, as the simulated weeks do.
        yield _series(f"simulated/{name}", "hourly_simulated", values, "2024-01-01")


def _from_statsmodels() -> list[RealSeries]:
    """Return the series that come with statsmodels; ModuleNotFoundError where that is missing."""
    return [
        *_atmosphere_and_water(),
        *_economies(),
        *_people_and_firms(),
        *_from_statsmodels_tests(),
    ]


def _statsmodels_table(name: str) -> pd.DataFrame:
    """Return one of the data sets that statsmodels documents."""
    return import_module(f"statsmodels.datasets.{name}").load_pandas().data


def _atmosphere_and_water() -> Iterator[RealSeries]:
    """Yield series of nature."""
    co2 = _statsmodels_table("co2")["co2"]
    yield _series("co2", "weekly", co2.to_period("W-SAT"))
    yield _series("co2", "monthly", co2.resample("MS").mean().to_period("M"))
    sunspots = _statsmodels_table("sunspots")["SUNACTIVITY"]
    yield _series("sunspots", "yearly", sunspots, "1700")
    yield _series("nile", "yearly", _statsmodels_table("nile")["volume"], "1871")
    elnino = _statsmodels_table("elnino").set_index("YEAR")
    yield _series("elnino", "monthly", elnino.to_numpy().ravel(), "1950-01")


def _economies() -> Iterator[RealSeries]:
    """Yield series of economies."""
    # Not the population, which is nearly a straight line, nor realint, which follows from others.
    macro = _statsmodels_table("macrodata").drop(columns=["year", "quarter", "pop", "realint"])
    yield from _columns("macrodata", "quarterly", macro, "1959Q1")
    germany = _statsmodels_table("interest_inflation")[["Dp", "R"]]
    yield from _columns("interest_inflation", "quarterly", germany, "1972Q2")
    yield from _columns("denmark", "quarterly", _statsmodels_table("danish_data"), "1974Q1")
    equipment = _statsmodels_table("elec_equip").iloc[:, 0]
    yield _series("elec_equip", "monthly", equipment, "1995-01")
    longley = _statsmodels_table("longley").drop(columns="YEAR")
    yield from _columns("longley", "yearly", longley, "1947")
    copper = _statsmodels_table("copper").drop(columns="TIME")
    yield from _columns("copper", "yearly", copper, "1951")


def _people_and_firms() -> Iterator[RealSeries]:
    """Yield birth rates of countries, and investments and values of firms."""
    fertility = _statsmodels_table("fertility").set_index("Country Code").loc[:, "1960":"2011"]
    complete = fertility.dropna()
    rows = np.linspace(0, len(complete) - 1, NUM_FERTILITY_COUNTRIES).round().astype(int)
    yield from _columns("fertility", "yearly", complete.iloc[rows].T, "1960")
    grunfeld = _statsmodels_table("grunfeld").pivot(index="year", columns="firm")
    for measure in ("invest", "value"):
        for firm, values in grunfeld.xs(measure, axis=1).items():
            yield _series(f"grunfeld/{firm} {measure}", "yearly", values, "1935")


def _from_statsmodels_tests() -> Iterator[RealSeries]:
    """Yield series that statsmodels ships for its own tests, where an installation has them."""
    folder = "tsa/stl/tests/results"
    table = read_packaged_table("statsmodels", f"{folder}/mstl_elec_vic.csv")
    if table is not None:
        demand = table.set_index(pd.DatetimeIndex(table["ds"]))["y"]
        yield _series("victoria", "hourly", demand.to_period("h"))
        yield _series("victoria", "daily", demand.resample("D").mean().to_period("D"))
    folder = "tsa/holtwinters/tests/results"
    table = read_packaged_table("statsmodels", f"{folder}/housing-data.csv")
    if table is not None:
        yield _series("housing", "monthly", table["HOUSTNSA"], "1959-01")
    folder = "tsa/statespace/tests/results/frbny_nowcast/Nowcasting/data/US"
    table = read_packaged_table("statsmodels", f"{folder}/2016-07-29.csv")
    if table is not None:
        indicators = ["PAYEMS", "CPIAUCSL", "HSN1F", "UNRATE", "INDPRO", "TCU"]
        yield from _columns("nowcast", "monthly", table[indicators].dropna(), "1985-01")
    folder = "tsa/vector_ar/tests/results"
    layout = {"sep": r"\s+", "comment": "<", "skiprows": 6}
    table = read_packaged_table("statsmodels", f"{folder}/e4.dat", **layout)
    if table is not None:
        yield from _columns("german_income", "quarterly", table, "1960Q1")
    table = read_packaged_table("statsmodels", f"{folder}/e5.dat", **layout)
    if table is not None:
        yield from _columns("german_rates", "monthly", table, "1960-01")


def read_packaged_table(package: str, name: str, **options: Any) -> pd.DataFrame | None:
    """Read a table from a file of an installed package.

    Parameters
    ----------
    package : str
    name : str
        Of the file, relative to the package's folder.
    **options
        Of ``pd.read_csv``.

    Returns
    -------
    pd.DataFrame or None
        None, with a warning, if this installation has no such file.
    """
    file = files(package).joinpath(name)
    if not file.is_file():
        warnings.warn(f"this installation of {package} lacks {name}", stacklevel=2)
        return None
    with file.open() as lines:
        return pd.read_csv(lines, **options)
