"""Corrections of tail probabilities by those of a training series."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sktime_lagllama.detection.calibration import fit_calibration


def surprises_of(scale: float, number: int, seed: int = 0) -> np.ndarray:
    """Draw surprises that are ``scale`` times as large as the model says."""
    return -scale * np.log10(np.random.default_rng(seed).random(number))


@pytest.mark.parametrize("scale", [0.7, 1.0, 1.6])
def test_calibrated_surprises_are_as_rare_as_they_say(scale: float) -> None:
    calibrate = fit_calibration(surprises_of(scale, 3000))
    found = calibrate(surprises_of(scale, 200_000, seed=1))
    for level in (0.3, 1.0, 2.0, 3.0):
        assert (found >= level).mean() == pytest.approx(10**-level, rel=0.35)


def test_a_few_anomalies_in_the_training_change_little() -> None:
    surprises = surprises_of(1.0, 1000)
    expected = fit_calibration(surprises)(np.array([3.0]))
    surprises[:20] = 100.0
    found = fit_calibration(surprises)(np.array([3.0]))
    assert found == pytest.approx(expected, rel=0.25)


@given(
    st.lists(st.floats(0, 50), min_size=1, max_size=60),
    st.lists(st.floats(0, 500), min_size=2, max_size=20),
)
def test_a_calibration_keeps_the_order(training: list[float], values: list[float]) -> None:
    found = fit_calibration(np.array(training))(np.sort(values))
    assert np.isfinite(found).all()
    assert (np.diff(found) >= 0).all()
    assert (found >= 0).all()


def test_without_training_surprises_nothing_changes() -> None:
    values = np.array([0.0, 1.0, np.nan])
    np.testing.assert_array_equal(fit_calibration(np.array([np.nan]))(values), values)
