"""How gains are weighed against their noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sktime_lagllama.fine_tuning.evidence import independent_gains, lower_bound


@given(seed=st.integers(0, 1000), count=st.integers(2, 50), confidence=st.floats(0.5, 0.99))
def test_the_bound_is_below_the_mean_and_moves_with_the_gains(
    seed: int, count: int, confidence: float
) -> None:
    gains = np.random.default_rng(seed).normal(size=count)
    bound = lower_bound(gains, confidence)
    assert bound <= gains.mean() + 1e-12
    assert lower_bound(3 * gains + 7, confidence) == pytest.approx(3 * bound + 7)
    assert lower_bound(gains, confidence + 0.005) < bound


@pytest.mark.parametrize("count", [2, 3, 10])
def test_the_bound_holds_as_often_as_it_says(count: int) -> None:
    samples = np.random.default_rng(0).normal(size=(2000, count))
    holds = np.mean([lower_bound(sample, 0.9) <= 0 for sample in samples])
    assert holds == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize("gains", [[], [5.0]])
def test_too_few_gains_show_nothing(gains: list[float]) -> None:
    assert lower_bound(np.array(gains), 0.9) == -math.inf


def test_gains_of_one_block_of_one_series_are_averaged_and_missing_ones_left_out() -> None:
    gains = np.array([1.0, 3.0, np.nan, 10.0, np.nan, 7.0])
    series = np.array([0, 0, 0, 0, 1, 1])
    blocks = np.array([0, 0, 0, 1, 0, 1])
    assert independent_gains(gains, series, blocks).tolist() == [2.0, 10.0, 7.0]
