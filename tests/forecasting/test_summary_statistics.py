"""What is read off sample paths: computed from what they knew, not from what they drew."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sktime_lagllama.forecasting.summary_statistics import (
    covariance,
    point_forecast,
    quantiles,
    variance,
)
from sktime_lagllama.sampling.sampled_paths import SampledPaths

LEVELS = [0.1, 0.5, 0.9]


@pytest.fixture
def paths() -> SampledPaths:
    """Return paths of 2 series, 50 samples and 3 steps, of a walk whose steps are Student-t."""
    random = np.random.default_rng(0)
    df, loc, scale = np.full((2, 50, 3), 5.0), np.empty((2, 50, 3)), np.full((2, 50, 3), 3.0)
    values = np.empty((2, 50, 3))
    level = np.full((2, 50), 10.0)
    for step in range(3):
        loc[:, :, step] = level
        level = level + 3.0 * random.standard_t(5.0, size=(2, 50))
        values[:, :, step] = level
    return SampledPaths(values, df, loc, scale)


def test_quantiles_have_a_row_per_step_and_a_column_per_level(paths: SampledPaths) -> None:
    found = quantiles(paths, LEVELS)
    assert found.shape == (2, 3, 3)
    for series in range(2):
        for step in range(3):
            loc = paths.loc[series, :, step]
            for level, quantile in zip(LEVELS, found[series, step], strict=True):
                below = stats.t(5.0, loc, 3.0).cdf(quantile).mean()
                assert below == pytest.approx(level, abs=1e-7)


def test_the_first_step_is_exact_whatever_was_drawn(paths: SampledPaths) -> None:
    exact = stats.t(5.0, 10.0, 3.0)
    for values in (paths.values, 0 * paths.values):
        drawn = paths._replace(values=values)
        np.testing.assert_allclose(
            quantiles(drawn, LEVELS)[:, 0], [exact.ppf(LEVELS)] * 2, rtol=1e-6
        )
        np.testing.assert_allclose(variance(drawn)[:, 0], exact.var())
        np.testing.assert_allclose(point_forecast(drawn, "mean")[:, 0], 10.0)


def test_the_median_forecast_is_the_middle_quantile_to_the_last_bit(paths: SampledPaths) -> None:
    for nonnegative in (False, True):
        expected = quantiles(paths, LEVELS, nonnegative)[:, :, 1]
        found = point_forecast(paths, "median", nonnegative)
        np.testing.assert_array_equal(found, expected)


def test_clipping_at_zero_moves_no_quantile_above_it_and_raises_the_mean(
    paths: SampledPaths,
) -> None:
    low = paths._replace(loc=paths.loc - 10.0)
    free, clipped = quantiles(low, LEVELS), quantiles(low, LEVELS, nonnegative=True)
    assert (free < 0).any()
    np.testing.assert_array_equal(clipped, np.maximum(free, 0.0))
    assert (point_forecast(low, "mean", nonnegative=True) > point_forecast(low, "mean")).all()
    assert (variance(low, nonnegative=True) < variance(low)).all()


def test_the_covariance_has_the_variances_and_the_correlations_of_the_values(
    paths: SampledPaths,
) -> None:
    found = covariance(paths)
    assert found.shape == (2, 3, 3)
    np.testing.assert_allclose(np.diagonal(found, axis1=1, axis2=2), variance(paths))
    deviations = np.sqrt(variance(paths))
    for series in range(2):
        outer = np.outer(deviations[series], deviations[series])
        correlation = np.corrcoef(paths.values[series], rowvar=False)
        np.testing.assert_allclose(found[series] / outer, correlation)
        assert (np.linalg.eigvalsh(found[series]) > 0).all()


def test_values_without_spread_have_no_covariance(paths: SampledPaths) -> None:
    still = paths._replace(values=np.full_like(paths.values, 7.0))
    found = covariance(still)
    expected = variance(still)[:, :, None] * np.eye(3)
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("factor", [1e-170, 1e140])
def test_correlations_do_not_depend_on_the_unit(paths: SampledPaths, factor: float) -> None:
    scaled = paths._replace(values=paths.values * factor)
    np.testing.assert_allclose(covariance(scaled), covariance(paths))
