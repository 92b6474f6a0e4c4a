"""The accuracy measures, computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.common.metrics import (
    coverage,
    geometric_mean,
    mase,
    seasonal_scale,
    weighted_quantile_loss,
)


def test_scale_is_the_mean_absolute_seasonal_difference() -> None:
    history = np.array([1.0, 10.0, 3.0, 7.0, 4.0])
    assert seasonal_scale(history, season=1) == (9 + 7 + 4 + 3) / 4
    assert seasonal_scale(history, season=2) == (2 + 3 + 1) / 3


@pytest.mark.parametrize("history", [[5.0, 5.0, 5.0], [1.0, 2.0]])
def test_history_without_seasonal_differences_has_no_scale(history: list[float]) -> None:
    season = 1 if len(history) == 3 else 2
    with pytest.raises(ValueError, match="there is no scale"):
        seasonal_scale(np.array(history), season)


def test_mase_averages_over_series_each_scaled_by_its_own_history() -> None:
    histories = [np.array([0.0, 1.0, 2.0]), np.array([0.0, 100.0])]
    actuals = np.array([[3.0, 4.0], [100.0, 100.0]])
    forecasts = np.array([[2.0, 2.0], [150.0, 50.0]])
    # Errors 1 and 2 with a scale of 1, and 50 and 50 with a scale of 100.
    assert mase(actuals, forecasts, histories, season=1) == pytest.approx((1.5 + 0.5) / 2)


def test_quantile_loss_by_hand() -> None:
    actuals = np.array([[10.0, -10.0]])
    quantiles = np.array([[[6.0, 12.0], [-10.0, -5.0]]])
    # Level 0.1: 0.1 * 4 above the quantile, then 0. Level 0.9: 0.1 * 2 below it, then 0.1 * 5.
    by_level = [2 * 0.4 / 20, 2 * (0.2 + 0.5) / 20]
    found = weighted_quantile_loss(actuals, quantiles, [0.1, 0.9])
    assert found == pytest.approx(np.mean(by_level))


def test_quantile_loss_of_the_median_is_the_absolute_error_over_the_sum_of_all_series() -> None:
    actuals = np.array([[1.0, 2.0], [100.0, 97.0]])
    forecasts = np.array([[2.0, 2.0], [90.0, 97.0]])
    found = weighted_quantile_loss(actuals, forecasts[:, :, None], [0.5])
    assert found == pytest.approx((1 + 10) / 200)


def test_coverage_counts_values_inside_and_on_the_ends() -> None:
    actuals = np.array([[1.0, 2.0, 3.0, 4.0]])
    lower = np.array([[1.0, 1.0, 1.0, 5.0]])
    upper = np.array([[9.0, 2.0, 2.0, 6.0]])
    assert coverage(actuals, lower, upper) == 0.5


def test_geometric_mean_weighs_halving_as_much_as_doubling() -> None:
    assert geometric_mean([0.5, 2.0]) == pytest.approx(1)
    assert geometric_mean([1.0, 8.0, 27.0]) == pytest.approx(6)
