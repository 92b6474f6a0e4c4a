"""Tail probabilities of values, of stretches and of several variables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from sktime_lagllama.detection.surprise import (
    joint_surprise,
    surprise_with_neighbours,
    two_sided_surprise,
)


def no_surprises(*shape: int) -> np.ndarray:
    """Draw surprises of values that come from the predicted distributions."""
    return two_sided_surprise(np.random.default_rng(0).standard_normal(shape))


def test_surprise_is_the_tail_probability_on_both_sides() -> None:
    scores = np.array([-8.0, -2.5, -0.1, 0.0, 0.3, 3.0])
    expected = -np.log10(2 * norm.sf(np.abs(scores)))
    np.testing.assert_allclose(two_sided_surprise(scores), expected, atol=1e-12)


def test_surprise_goes_on_rising_where_probabilities_underflow() -> None:
    surprises = two_sided_surprise(np.array([30.0, 50.0, 1e3, 1e100]))
    assert np.isfinite(surprises).all()
    assert (np.diff(surprises) > 0).all()


@pytest.mark.parametrize("window", [3, 7, 15])
def test_windows_of_expected_values_are_no_more_surprising_than_they_say(window: int) -> None:
    surprises = surprise_with_neighbours(no_surprises(100_000), window)
    for level in (1.0, 2.0, 3.0):
        # Windows overlap, so that the number of alarms varies more than that of coin tosses.
        assert (surprises >= level).mean() < 1.3 * 10**-level


def test_many_small_surprises_in_a_row_are_a_large_one() -> None:
    surprises = np.zeros(50)
    surprises[20:30] = 1.5
    found = surprise_with_neighbours(surprises, 7)
    assert found[22:28].min() > 4
    assert found[:15].max() == found[35:].max() == 0


def test_an_outlier_does_not_make_its_neighbours_surprising() -> None:
    surprises = np.zeros(50)
    surprises[25] = 50.0
    found = surprise_with_neighbours(surprises, 7)
    assert found[25] == pytest.approx(50 - np.log10(2))
    assert np.delete(found, 25).max() == 0


def test_a_missing_value_in_a_window_stays_without_a_surprise() -> None:
    surprises = np.full(20, 2.0)
    surprises[10] = np.nan
    found = surprise_with_neighbours(surprises, 5)
    assert np.isnan(found[10])
    assert np.isfinite(np.delete(found, 10)).all()


@given(st.lists(st.floats(0, 400), min_size=1, max_size=30), st.sampled_from([3, 5, 9]))
def test_surprises_of_windows_are_finite_and_not_negative(values: list[float], window: int) -> None:
    found = surprise_with_neighbours(np.array(values), window)
    assert np.isfinite(found).all()
    assert (found >= 0).all()


@pytest.mark.parametrize("num_variables", [1, 2, 8])
def test_several_variables_are_no_more_surprising_than_they_say(num_variables: int) -> None:
    surprises = joint_surprise(no_surprises(100_000, num_variables))
    for level in (1.0, 2.0, 3.0):
        assert (surprises >= level).mean() < 1.15 * 10**-level


def test_variables_without_a_surprise_do_not_count() -> None:
    surprises = np.array([[2.0, np.nan], [np.nan, np.nan]])
    np.testing.assert_array_equal(joint_surprise(surprises), [2.0, 0.0])
