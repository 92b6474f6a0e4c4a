"""Student-t quantiles and their inverse, against scipy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtr, ndtri

from sktime_lagllama.network.student_t import (
    MAX_X,
    normal_scores,
    quantile_coefficients,
    score_coefficients,
    standard_quantile,
)
from sktime_lagllama.network.student_t_coefficients import QUANTILE_TABLE, SCORE_TABLE
from tests.support.student_t_fit import fitted, of_deviations, of_scores

SCORES = np.linspace(-8.4, 8.4, 337)
DFS = np.r_[2 + 1e-7, 2.001, np.geomspace(2.01, 1e4, 150), 1e6, 1e8]

# At df = 2 a rounding error of the score is 70 times as large in the quantile.
PRECISIONS = [(torch.float64, 1e-7, 1e-8), (torch.float32, 5e-6, 1e-6)]


def grid(dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    scores = torch.tensor(SCORES, dtype=dtype)[:, None]
    df = torch.tensor(DFS, dtype=dtype).clamp_min(2 * (1 + torch.finfo(dtype).eps))
    return scores, df


def exact_quantile(scores: torch.Tensor, df: torch.Tensor) -> np.ndarray:
    score = scores.double().numpy()
    return np.sign(score) * stats.t.isf(ndtr(-np.abs(score)), df.double().numpy())


@pytest.mark.parametrize(("dtype", "error", "_"), PRECISIONS)
def test_quantiles_equal_those_of_scipy_far_into_the_tails(dtype, error, _):
    scores, df = grid(dtype)
    quantile = standard_quantile(scores, df)
    assert quantile.dtype == dtype
    np.testing.assert_allclose(quantile.double(), exact_quantile(scores, df), rtol=error)


@pytest.mark.parametrize(("dtype", "_", "error"), PRECISIONS)
def test_normal_scores_have_the_probability_of_the_values(dtype, _, error):
    scores, df = grid(dtype)
    values = torch.tensor(exact_quantile(scores, df), dtype=dtype)
    found = normal_scores(values, df)
    assert found.dtype == dtype
    tail = stats.t.sf(values.double().abs().numpy(), df.double().numpy())
    np.testing.assert_allclose(found.double().abs(), -ndtri(tail), rtol=error)
    assert torch.equal(found.sign(), values.sign())


def test_probabilities_are_right_to_1e_9():
    scores, df = grid(torch.float64)
    values = torch.from_numpy(exact_quantile(scores, df))
    probability = torch.special.ndtr(normal_scores(values, df))
    np.testing.assert_allclose(probability, stats.t.cdf(values.numpy(), df.numpy()), atol=1e-9)


@given(st.floats(-8.3, 8.3), st.floats(2, 1e9, exclude_min=True))
def test_scores_survive_the_way_there_and_back(score, df):
    args = torch.tensor([score, df], dtype=torch.float64)
    quantile = standard_quantile(args[0], args[1])
    assert normal_scores(quantile, args[1]).item() == pytest.approx(score, rel=1e-7, abs=1e-300)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_infinite_degrees_of_freedom_are_the_normal_distribution(dtype):
    scores = torch.tensor(SCORES, dtype=dtype)
    for df in (1e12, float("inf")):
        df = torch.tensor(df, dtype=dtype)
        for function in (standard_quantile, normal_scores):
            torch.testing.assert_close(function(scores, df), scores)


@pytest.mark.parametrize("df", [2 + 1e-9, 2.3, 3, 5, 10, 100, 1e4, 1e8, float("inf")])
def test_both_increase_also_beyond_where_they_were_fitted(df):
    df = torch.tensor(df, dtype=torch.float64)
    scores = torch.linspace(-30, 30, 20_001, dtype=torch.float64)
    quantile = standard_quantile(scores, df)
    assert quantile.isfinite().all()
    assert (quantile.diff() > 0).all()
    values = torch.logspace(-5, 100, 20_001, dtype=torch.float64)
    found = normal_scores(values, df)
    assert found.isfinite().all()
    assert (found.diff() > 0).all()


def test_zero_stays_zero_and_signs_are_kept():
    df = torch.tensor([2.5, 40.0, float("inf")])
    for function in (standard_quantile, normal_scores):
        assert torch.equal(function(torch.zeros(3), df), torch.zeros(3))
        values = torch.tensor(1.5)
        assert torch.equal(function(-values, df), -function(values, df))


def test_values_that_overflow_when_squared_have_scores():
    huge = torch.tensor([-torch.inf, -1e300, 1e300, torch.inf], dtype=torch.float64)
    for df in (2.1, 50.0, float("inf")):
        found = normal_scores(huge, torch.tensor(df, dtype=torch.float64))
        assert found.isfinite().all()
        assert (found.abs() > 30).all()


def test_coefficients_may_be_computed_beforehand():
    df = torch.tensor([[2.5], [7.0]])
    values = torch.tensor([-3.0, 0.1, 4.0])
    torch.testing.assert_close(
        standard_quantile(values, df, quantile_coefficients(df)), standard_quantile(values, df)
    )
    expected = normal_scores(values, df)
    assert torch.equal(normal_scores(values, df, score_coefficients(df)), expected)


@pytest.mark.parametrize(
    ("table", "ratio"), [(QUANTILE_TABLE, of_scores), (SCORE_TABLE, of_deviations)]
)
def test_tables_are_what_the_fit_gives(table, ratio):
    degree_df, degree = len(table) - 1, len(table[0]) - 1
    # Coefficients of powers depend on how their rounding errors cancel; the values do not.
    grid = np.meshgrid(np.linspace(0.0, 0.5, 30), np.linspace(-1.0, MAX_X, 100))
    found = np.polynomial.polynomial.polyval2d(*grid, np.array(table))
    expected = np.polynomial.polynomial.polyval2d(*grid, fitted(ratio, degree, degree_df))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)
