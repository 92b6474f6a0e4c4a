"""Error and seconds for growing numbers of paths."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.common.series import airline
from benchmarks.speed import precision_curves
from benchmarks.speed.decile_error import Task
from benchmarks.speed.precision_curves import Measured, first_as_precise, measure, seconds_to
from tests.support.models import PUBLISHED_LIKE, random_model

CURVE = {
    8: Measured(seconds=1.0, error=0.4),
    16: Measured(seconds=2.0, error=0.2),
    32: Measured(seconds=8.0, error=0.1),
}


def test_seconds_to_an_error_are_interpolated_between_logarithms() -> None:
    assert first_as_precise(CURVE, 0.15) == 32
    assert seconds_to(CURVE, 0.1 * np.sqrt(2)) == pytest.approx(4.0)
    assert seconds_to(CURVE, 0.2) == pytest.approx(2.0)


def test_nothing_is_extrapolated() -> None:
    assert seconds_to(CURVE, 0.9) == 1.0
    with pytest.raises(AssertionError, match="has an error of"):
        seconds_to(CURVE, 0.05)


def test_both_ways_are_measured_with_every_number_of_paths(tmp_path: Path) -> None:
    random_model(PUBLISHED_LIKE, seed=0).save_pretrained(tmp_path)
    task = Task(airline(), tmp_path, horizon=2)
    curves = measure(task, task.reference(500), (40, 4), only_independent=(80,), num_repeats=2)
    assert list(curves.package) == [4, 40]
    assert list(curves.independent) == [4, 40, 80]
    for number, package in curves.package.items():
        assert 0 < package.error < curves.independent[number].error
        assert package.seconds > 0


def test_a_slow_forecast_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random_model(PUBLISHED_LIKE, seed=0).save_pretrained(tmp_path)
    task = Task(airline(), tmp_path, horizon=1)
    seeds: list[int] = []

    def deciles(self: Task, num_samples: int, seed: int) -> np.ndarray:
        seeds.append(seed)
        return np.ones((1, 1, 9))

    monkeypatch.setattr(Task, "deciles", deciles)
    monkeypatch.setattr(precision_curves, "MAX_SECONDS", 1e-9)
    measure(task, np.arange(9.0)[None, None], (4,), only_independent=(), num_repeats=3)
    assert seeds == 3 * [0]  # what loads the weights, and one call in each way
