"""How rare false alarms are."""

from __future__ import annotations

import numpy as np
import pytest

from sktime_lagllama.detection.alarms import Correction, alarms

RANDOM = np.random.default_rng(0)


def expected_values(repeats: int, times: int) -> np.ndarray:
    """Draw surprises of series without anomalies."""
    return -np.log10(RANDOM.random((repeats, times)))


def test_without_a_correction_the_rate_is_that_of_single_times() -> None:
    found = alarms(expected_values(1, 100_000)[0], 0.01, None)
    assert found.mean() == pytest.approx(0.01, rel=0.15)


@pytest.mark.parametrize("correction", ["bonferroni", "benjamini-hochberg"])
def test_with_a_correction_the_rate_is_that_of_series_with_any_false_alarm(
    correction: Correction,
) -> None:
    series = expected_values(4000, 50)
    found = [alarms(one, 0.1, correction).any() for one in series]
    assert np.mean(found) == pytest.approx(0.1, rel=0.2)


def test_benjamini_hochberg_bounds_the_share_of_false_alarms() -> None:
    shares = []
    for surprises in expected_values(500, 200):
        surprises[:40] += 5  # anomalies
        found = alarms(surprises, 0.1, "benjamini-hochberg")
        assert found[:40].all()
        shares.append(found[40:].sum() / found.sum())
    assert np.mean(shares) < 0.1


@pytest.mark.parametrize("correction", [None, "bonferroni", "benjamini-hochberg"])
def test_a_probability_that_underflows_is_an_alarm(correction: Correction | None) -> None:
    found = alarms(np.array([0.0, 1e6, 0.5]), 0.001, correction)
    np.testing.assert_array_equal(found, [False, True, False])


@pytest.mark.parametrize("correction", [None, "bonferroni", "benjamini-hochberg"])
def test_no_times_have_no_alarms(correction: Correction | None) -> None:
    assert len(alarms(np.empty(0), 0.5, correction)) == 0
