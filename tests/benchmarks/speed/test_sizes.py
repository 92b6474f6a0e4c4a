"""Forecasts of unusual sizes."""

from __future__ import annotations

from unittest.mock import patch

import pandas as pd
import pytest

from benchmarks.speed import sizes


def test_short_series_are_the_ends_of_monthly_series() -> None:
    forecast = sizes.short_series(3, length=7, horizon=2, num_samples=4)()
    assert isinstance(forecast, pd.DataFrame)
    assert forecast.index.get_level_values(0).nunique() == 3
    assert list(forecast.index.unique(1).astype(str)) == ["1961-01", "1961-02"]


def test_a_long_horizon_and_a_long_past_are_forecast_whole() -> None:
    horizon = sizes.long_horizon(5)()
    residuals = sizes.residuals(20)()
    assert isinstance(horizon, pd.DataFrame)
    assert isinstance(residuals, pd.Series)
    assert len(horizon) == 5
    assert len(residuals) == 20


@pytest.mark.slow
def test_every_case_has_a_row() -> None:
    calls: list[str] = []
    cases = [("a case", lambda: calls.append("forecast")), ("another", lambda: None)]
    with patch.object(sizes, "cases", lambda: cases):
        lines = sizes.report()
    assert calls
    assert [line.split("|")[1].strip() for line in lines if line.startswith("| a")] == [
        "a case",
        "another",
    ]
