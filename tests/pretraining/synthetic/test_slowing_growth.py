"""Growth that slows down from some time on."""

from __future__ import annotations

import numpy as np
import pytest

from sktime_lagllama.pretraining.synthetic import random_walks, trends

LENGTH, COUNT = 200, 150


def rising_trends(kind: str, monkeypatch: pytest.MonkeyPatch, slowing: float) -> np.ndarray:
    """Draw trends of one kind, of which a share slows down: shape (500, LENGTH)."""
    monkeypatch.setattr(trends, "_SLOWING_SHARE", slowing)
    monkeypatch.setattr(
        trends, "_KIND_SHARES", {name: float(name == kind) for name in trends._KIND_SHARES}
    )
    counts, rising = np.full(500, COUNT), np.ones(500, dtype=bool)
    return trends.trend(np.random.default_rng(0), counts, rising, LENGTH)


def test_time_passes_as_before_and_then_ever_more_slowly() -> None:
    time = np.tile(np.linspace(0, 1.5, 400, dtype=np.float32), (300, 1))
    passed = trends._slowing(np.random.default_rng(0), time)
    steps, of_time = np.diff(passed, axis=1), np.diff(time, axis=1)
    np.testing.assert_allclose(passed[:, 0], 0)
    # All start as time does; most have slowed down before the end, none ever turns back.
    assert (np.abs(steps[:, 0] - of_time[:, 0]) < 0.1 * of_time[:, 0]).mean() > 0.9
    assert (steps[:, -1] < 0.9 * of_time[:, -1]).mean() > 0.8
    assert (steps > -1e-6).all()
    assert (np.diff(steps, axis=1) < 1e-5).all()


@pytest.mark.parametrize("kind", ["linear", "piecewise", "exponential"])
def test_trends_that_slow_down_grow_less_towards_the_end(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    late_share = {}
    for share in (0.0, 1.0):
        values = rising_trends(kind, monkeypatch, share)
        assert np.isfinite(values).all()
        steps = np.abs(np.diff(values, axis=1))
        # Exponentials are flat from 1.2 times the kept points on.
        late = steps[:, COUNT : COUNT + 20].mean(axis=1)
        late_share[share] = np.median(late / steps[:, :COUNT].mean(axis=1))
    assert late_share[1.0] < 0.8 * late_share[0.0]


def test_kinds_that_do_not_grow_on_do_not_slow_down(monkeypatch: pytest.MonkeyPatch) -> None:
    without, slowing = (rising_trends("cycle", monkeypatch, share) for share in (0.0, 1.0))
    np.testing.assert_array_equal(slowing, without)


def test_growth_of_three_economies_in_ten_fades() -> None:
    slopes = np.ones((LENGTH, 1000), dtype=np.float32)
    random_walks._slow_down(np.random.default_rng(0), slopes, np.full(1000, COUNT))
    slowed = slopes[-1] < 1
    assert 0.2 < slowed.mean() < 0.35
    np.testing.assert_array_equal(slopes[:, ~slowed], 1)
    assert (np.diff(slopes, axis=0) <= 0).all()
    assert (slopes > 0).all()
