"""What is read off sample paths, computed here from its definition."""

from __future__ import annotations

import numpy as np
import pytest

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.forecasting.summary_statistics import (
    covariance,
    point_forecast,
    quantiles,
    variance,
)

LEVELS = [0.1, 0.5, 0.9]


@pytest.fixture
def paths() -> Float64Array:
    """Return sample paths of 2 series, 5 samples and 3 steps."""
    return np.random.default_rng(0).normal(10, 3, size=(2, 5, 3))


def test_quantiles_are_interpolated_between_the_samples_of_each_step() -> None:
    samples = np.array([4.0, 0.0, 3.0, 1.0, 2.0])
    paths = np.stack([samples, 10 * samples], axis=1)[None]  # (1, 5, 2)
    found = quantiles(paths, [0.0, 0.1, 0.5, 1.0])
    np.testing.assert_allclose(found, [[[0.0, 0.4, 2.0, 4.0], [0.0, 4.0, 20.0, 40.0]]])


def test_quantiles_have_a_row_per_step_and_a_column_per_level(paths: Float64Array) -> None:
    found = quantiles(paths, LEVELS)
    assert found.shape == (2, 3, 3)
    for series in range(2):
        for step in range(3):
            expected = np.quantile(paths[series, :, step], LEVELS)
            np.testing.assert_array_equal(found[series, step], expected)


def test_the_median_forecast_is_the_middle_quantile_to_the_last_bit(paths: Float64Array) -> None:
    for num_samples in (4, 5):
        some = paths[:, :num_samples]
        expected = quantiles(some, [0.5])[:, :, 0]
        np.testing.assert_array_equal(point_forecast(some, "median"), expected)


def test_the_mean_forecast_is_the_mean_of_the_samples(paths: Float64Array) -> None:
    np.testing.assert_allclose(
        point_forecast(paths, "mean"), sum(paths[:, i] for i in range(5)) / 5
    )


def test_the_variance_is_the_mean_squared_deviation_of_the_samples(paths: Float64Array) -> None:
    deviations = paths - paths.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(variance(paths), (deviations**2).mean(axis=1))


def test_the_covariance_is_that_of_numpy_in_each_series(paths: Float64Array) -> None:
    found = covariance(paths)
    assert found.shape == (2, 3, 3)
    for series in range(2):
        expected = np.cov(paths[series], rowvar=False, ddof=0)
        np.testing.assert_allclose(found[series], expected)


def test_the_covariance_has_the_variances_on_its_diagonal(paths: Float64Array) -> None:
    diagonal = np.diagonal(covariance(paths), axis1=1, axis2=2)
    np.testing.assert_allclose(diagonal, variance(paths))


def test_statistics_of_constant_paths_are_that_constant_without_spread() -> None:
    paths = np.full((1, 4, 2), 7.0)
    np.testing.assert_array_equal(quantiles(paths, LEVELS), np.full((1, 2, 3), 7.0))
    np.testing.assert_array_equal(point_forecast(paths, "mean"), [[7.0, 7.0]])
    np.testing.assert_array_equal(variance(paths), np.zeros((1, 2)))
    np.testing.assert_array_equal(covariance(paths), np.zeros((1, 2, 2)))
