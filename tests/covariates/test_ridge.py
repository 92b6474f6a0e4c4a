"""The ridge regression, against scikit-learn's and against the posterior's definition."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from sktime_lagllama.covariates.ridge import (
    Sums,
    complete_rows,
    differences,
    path_of_coefficients,
    solve,
    sums_of,
)


def data(num_series: int = 3, num_rows: int = 50, num_features: int = 4, seed: int = 0):
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((num_series, num_rows, num_features)) * [1, 10, 0.1, 3]
    y = x @ generator.standard_normal(num_features) + generator.standard_normal(x.shape[:2])
    return y, x


def sums_of_rows(y: np.ndarray, x: np.ndarray) -> Sums:
    return sums_of(complete_rows(y, x))


def solved(sums: Sums, penalty: float = 0.1, num_features: int = 4):
    num_series, size = sums.xy.shape
    return solve(
        sums,
        np.full(num_series, penalty),
        np.full(num_series, num_features),
        np.ones((num_series, size)),
    )


@pytest.mark.parametrize("penalty", [1e-4, 0.1, 3.0])
def test_coefficients_are_those_of_scikit_learn(penalty: float) -> None:
    y, x = data()
    found = solved(sums_of_rows(y, x), penalty).coefficients
    of_path = path_of_coefficients(sums_of_rows(y, x), np.array([penalty, 7.0]))[:, :, 0]
    for series in range(len(y)):
        size = x[series].std(axis=0)
        ridge = Ridge(penalty * x.shape[1], fit_intercept=True).fit(x[series] / size, y[series])
        np.testing.assert_allclose(found[series], ridge.coef_ / size, rtol=1e-8)
        np.testing.assert_allclose(of_path[series], ridge.coef_ / size, rtol=1e-8)


def test_rows_with_a_missing_value_do_not_count() -> None:
    y, x = data()
    with_gaps, x_with_gaps = np.repeat(y, 2, axis=1), np.repeat(x, 2, axis=1)
    with_gaps[:, 1::4] = np.nan
    x_with_gaps[:, 3::4, 1] = np.nan
    for one, other in zip(sums_of_rows(y, x), sums_of_rows(with_gaps, x_with_gaps), strict=True):
        np.testing.assert_allclose(one, other)


def test_only_the_first_features_are_used() -> None:
    y, x = data()
    some = solved(sums_of_rows(y, x), num_features=2)
    alone = solved(sums_of_rows(y, x[:, :, :2]), num_features=2)
    np.testing.assert_allclose(some.coefficients[:, :2], alone.coefficients)
    assert not some.coefficients[:, 2:].any()
    assert not some.root[:, 2:].any()


def test_covariance_is_that_of_the_posterior() -> None:
    y, x = data(num_series=1)
    penalty, count = 0.5, y.shape[1]
    found = solved(sums_of_rows(y, x), penalty)
    x, y = x - x.mean(axis=1), y - y.mean()
    precision = x[0].T @ x[0] + count * penalty * np.diag(np.square(x[0]).mean(axis=0))
    residuals = y[0] - x[0] @ found.coefficients[0]
    degrees = np.trace(np.linalg.solve(precision, x[0].T @ x[0])) + 1
    noise = np.square(residuals).sum() / (count - degrees)
    expected = noise * np.linalg.inv(precision)
    np.testing.assert_allclose(found.root[0] @ found.root[0].T, expected, rtol=1e-6)


def test_constant_and_collinear_features_have_finite_coefficients() -> None:
    y, x = data()
    x[:, :, 0] = 7.3
    x[:, :, 2] = 2 * x[:, :, 1]
    found = solved(sums_of_rows(y, x), 1e-4)
    assert not found.coefficients[:, 0].any()
    assert not found.root[:, 0].any()
    assert np.isfinite(found.root).all()
    # The collinear ones share the effect, as their penalty is the same in their own units.
    np.testing.assert_allclose(found.coefficients[:, 1], 2 * found.coefficients[:, 2], rtol=1e-6)


def test_an_infinite_penalty_is_no_regression() -> None:
    y, x = data()
    found = solved(sums_of_rows(y, x), np.inf)
    assert not found.coefficients.any()
    assert not found.root.any()


def test_no_rows_give_no_coefficients() -> None:
    y, x = data()
    found = solved(sums_of_rows(np.full_like(y, np.nan), x))
    assert not found.coefficients.any()
    assert not found.root.any()


def test_differences_of_a_season() -> None:
    values = np.arange(12.0).reshape(1, 6, 2) ** 2
    found = differences(values, 2)
    assert np.isnan(found[:, :2]).all()
    np.testing.assert_array_equal(found[:, 2:], values[:, 2:] - values[:, :-2])
    assert np.isnan(differences(values, 9)).all()
