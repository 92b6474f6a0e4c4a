"""Noise is uniform and has its place in a stream; draws follow the Student-t distribution."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor

from sktime_lagllama.network.student_t import StudentT
from sktime_lagllama.sampling.random_numbers import draw_student_t, uniforms


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 500), st.integers(0, 300), st.integers(1, 50))
def test_a_part_of_the_noise_is_that_of_the_whole_stream(
    seed: int, step: int, start: int, count: int
) -> None:
    whole = uniforms(seed, step, 0, start + count)
    assert whole.shape == (start + count, 2)
    np.testing.assert_array_equal(uniforms(seed, step, start, count), whole[start:])


def test_noise_is_uniform_and_independent() -> None:
    streams = [uniforms(0, 0, 0, 5000), uniforms(0, 1, 0, 5000), uniforms(1, 0, 0, 5000)]
    numbers = np.concatenate(streams, axis=1)
    assert numbers.min() >= 0 and numbers.max() < 1
    for column in numbers.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-3
    correlations = np.corrcoef(numbers.T) - np.eye(numbers.shape[1])
    assert np.abs(correlations).max() < 4 / np.sqrt(len(numbers))


def noise_of(first: np.ndarray, second: np.ndarray) -> Tensor:
    noise = np.stack([np.log(first), np.cos(2 * np.pi * second)], axis=-1)
    return torch.from_numpy(noise.astype(np.float32))[None]


def student_t(df: float, loc: float = 0.0, scale: float = 1.0) -> StudentT:
    return StudentT(*(torch.tensor([[number]]) for number in (df, loc, scale)))


@pytest.mark.parametrize("df", [2.1, 3.0, 10.0, 100.0, 1e6])
def test_draws_follow_the_student_t_distribution(df: float) -> None:
    first, second = uniforms(0, 0, 0, 50_000).T
    drawn = draw_student_t(student_t(df, loc=3.0, scale=2.0), noise_of(1 - first, second))[
        0
    ].numpy()
    standard = (drawn - 3) / 2
    assert stats.kstest(standard, stats.t(df).cdf).pvalue > 1e-3
    if df >= 10:
        assert np.mean(standard) == pytest.approx(0, abs=4 / np.sqrt(len(standard)))
        assert np.var(standard) == pytest.approx(df / (df - 2), rel=0.04)


@pytest.mark.parametrize("df", [2.0, 2.0001, 5.0, 1e8])
def test_draws_are_finite_and_exact_at_the_ends_of_the_noise(df: float) -> None:
    first = np.array([2.0**-53, 1e-9, 0.5, 1 - 1e-9, 1 - 2.0**-53, 1.0])
    drawn = draw_student_t(student_t(df), noise_of(first, np.zeros(6)))[0].double().numpy()
    expected = np.sqrt(df * np.expm1(-2 / df * np.log(first)))
    np.testing.assert_allclose(drawn, expected, rtol=1e-5)
