"""The seasonal naive forecast."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.evaluation.quantile_loss import DECILES, REPORTED_LEVELS
from sktime_lagllama.evaluation.seasonal_naive import (
    seasonal_differences,
    seasonal_naive_quantiles,
)

MEDIAN = REPORTED_LEVELS.index(0.5)


def complete_formula(
    history: Float64Array, season: int, horizon: int, levels: Sequence[float]
) -> Float64Array:
    """Forecast a complete history, in the terms of the competitions' benchmarks."""
    steps = np.arange(horizon)
    center = history[-season:][steps % season, None]
    deviation = np.sqrt(np.mean((history[season:] - history[:-season]) ** 2))
    return center + deviation * np.outer(np.sqrt(steps // season + 1), norm.ppf(levels))


def filling_formula(
    history: Float64Array, season: int, horizon: int, levels: Sequence[float]
) -> Float64Array:
    """Forecast a history with gaps, in the terms of the validation on real series."""
    series = pd.Series(history)
    steps = np.arange(horizon)
    filled = series.ffill()
    last = series.groupby(np.arange(len(filled)) % season).ffill().fillna(filled)
    center = last.to_numpy()[-season:][steps % season]
    variance = np.nanmean((history[season:] - history[:-season]) ** 2) * (steps // season + 1)
    return center[:, None] + np.sqrt(variance)[:, None] * norm.ppf(levels)


@pytest.mark.parametrize("season", [1, 4, 12])
@pytest.mark.parametrize("horizon", [1, 8, 30])
def test_a_complete_history_is_forecast_as_in_the_competitions(season: int, horizon: int) -> None:
    history = np.random.default_rng(season).normal(100, 20, 40)
    expected = complete_formula(history, season, horizon, REPORTED_LEVELS)
    actual = seasonal_naive_quantiles(history, season, horizon, REPORTED_LEVELS)
    assert actual.shape == (horizon, len(REPORTED_LEVELS))
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("season", [1, 4, 12])
@pytest.mark.parametrize("seed", range(5))
def test_a_history_with_gaps_is_forecast_by_the_last_observed_values(
    season: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    history = random.normal(100, 20, 40)
    history[1:][random.random(39) < 0.3] = np.nan
    history[-1] = np.nan
    expected = filling_formula(history, season, 30, DECILES)
    assert np.isfinite(expected).all()
    actual = seasonal_naive_quantiles(history, season, 30, DECILES)
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-9)


def test_the_last_observed_season_is_repeated() -> None:
    history = np.tile(np.arange(12.0), 3) + np.repeat([0.0, 10.0, 30.0], 12)
    history[-12] = np.nan  # the phase of the first step: last observed one season earlier
    quantiles = seasonal_naive_quantiles(history, 12, 14, REPORTED_LEVELS)
    np.testing.assert_allclose(quantiles[:, MEDIAN], [10.0, *range(31, 42), 10.0, 31.0])


def test_a_phase_that_was_never_observed_repeats_the_value_before() -> None:
    history = np.array([5.0, np.nan, 7.0, np.nan, 9.0, np.nan])
    quantiles = seasonal_naive_quantiles(history, 2, 2, [0.5])
    np.testing.assert_allclose(quantiles[:, 0], [9.0, 9.0])


def test_errors_grow_from_season_to_season() -> None:
    history = np.array([0.0, 0.0, 1.0, -1.0, 2.0, -2.0])  # differences of 1 and -1
    quantiles = seasonal_naive_quantiles(history, 2, 6, [0.5, 0.975])
    half_widths = quantiles[:, 1] - quantiles[:, 0]
    np.testing.assert_allclose(half_widths, 1.959964 * np.sqrt([1, 1, 2, 2, 3, 3]), rtol=1e-6)


def test_differences_are_those_of_values_a_season_apart() -> None:
    history = np.array([1.0, 2.0, 4.0, np.nan, 9.0])
    np.testing.assert_array_equal(seasonal_differences(history, 2), [3.0, np.nan, 5.0])
    assert seasonal_differences(history, 5).size == 0
    assert seasonal_differences(history, 8).size == 0
