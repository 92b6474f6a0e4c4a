"""Steps in a season, for every kind of index."""

from __future__ import annotations

import pandas as pd
import pytest

from sktime_lagllama.covariates.season import season_length
from sktime_lagllama.data.time_grid import grid_of


@pytest.mark.parametrize(
    ("freq", "season"),
    [
        ("30min", 48),
        ("h", 24),
        ("2h", 12),
        ("7h", 1),
        ("D", 7),
        ("7D", 1),
        ("2D", 1),
        ("B", 5),
        ("W", 1),
        ("MS", 12),
        ("ME", 12),
        ("2MS", 6),
        ("5MS", 1),
        ("QS", 4),
        ("QE", 4),
        ("YS", 1),
        (pd.DateOffset(months=1), 12),
        (pd.DateOffset(months=3), 4),
        (pd.DateOffset(months=5), 1),
        (pd.DateOffset(years=1), 1),
    ],
)
def test_season_of_datetimes(freq: str | pd.DateOffset, season: int) -> None:
    assert season_length(grid_of(pd.date_range("2020-01-01", periods=5, freq=freq))) == season


@pytest.mark.parametrize(
    ("freq", "season"),
    [("30min", 48), ("h", 24), ("D", 7), ("W", 1), ("M", 12), ("3M", 4), ("Q", 4), ("Y", 1)],
)
def test_season_of_periods(freq: str, season: int) -> None:
    assert season_length(grid_of(pd.period_range("2020-01-01", periods=5, freq=freq))) == season


def test_months_on_any_day_have_a_season_of_a_year() -> None:
    index = pd.date_range("2020-01-15", periods=5, freq=pd.DateOffset(months=1))
    assert season_length(grid_of(index)) == 12


def test_integers_have_no_season() -> None:
    assert season_length(grid_of(pd.RangeIndex(5))) == 1
