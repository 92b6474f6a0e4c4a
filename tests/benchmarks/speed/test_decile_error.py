"""The error of a forecast's deciles, in the package's way and in that of independent paths."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from benchmarks.common.series import airline
from benchmarks.speed import decile_error
from benchmarks.speed.decile_error import (
    Task,
    independent_draws,
    independent_way,
    package_way,
    samples_worth_independent_ones,
    squared_error,
)
from sktime_lagllama import LagLlamaForecaster
from tests.support.models import PUBLISHED_LIKE, random_model


@pytest.fixture
def task(tmp_path: Path) -> Task:
    random_model(PUBLISHED_LIKE, seed=0).save_pretrained(tmp_path)
    return Task(airline(), tmp_path, horizon=3)


def test_the_error_is_in_units_of_the_spread_and_of_the_first_series() -> None:
    reference = np.array([10.0, 20.0])[:, None, None] * np.arange(1, 10) / 8
    deciles = np.concatenate([reference, np.full((1, 1, 9), np.nan)])
    deciles[0] += 1.0
    assert squared_error(deciles, reference) == pytest.approx((0.1**2 + 0.0) / 2)


def test_the_independent_way_has_the_empirical_quantiles_of_the_paths(task: Task) -> None:
    forecaster = LagLlamaForecaster(task.checkpoint, num_samples=7, random_state=0)
    forecaster.fit(task.y, fh=[1, 2, 3])
    with independent_way():
        deciles = task.deciles(7, seed=0)
        paths = forecaster.predict_samples().to_numpy().reshape(7, 3)
    np.testing.assert_allclose(
        deciles[0], np.quantile(paths, decile_error.LEVELS, axis=0).T, rtol=1e-12
    )
    first_values = paths[:, 0]
    # Stratified paths have one first value in each seventh of its distribution.
    bounds = forecaster.predict_quantiles(alpha=[k / 7 for k in range(1, 7)]).to_numpy()[0]
    assert not (np.bincount(np.searchsorted(bounds, first_values), minlength=7) == 1).all()


def test_the_package_is_as_it_was_after_the_independent_way(task: Task) -> None:
    before = task.deciles(5, seed=0)
    with independent_way():
        assert not np.allclose(task.deciles(5, seed=0), before)
    with package_way():
        np.testing.assert_array_equal(task.deciles(5, seed=0), before)


def test_the_reference_is_a_mixture_of_independent_draws(task: Task) -> None:
    with independent_draws():
        expected = task.deciles(50, seed=decile_error.REFERENCE_SEED)
    np.testing.assert_array_equal(task.reference(50), expected)
    # Unlike an empirical quantile, the mixture is exact at the first step.
    np.testing.assert_allclose(task.deciles(2, seed=0)[:, 0], expected[:, 0], rtol=1e-4)


def test_the_smallest_number_of_paths_that_is_precise_enough_is_found(task: Task) -> None:
    def error_of(
        task: Task, reference: object, num_samples: int, repeats: int, way: object
    ) -> float:
        return num_samples**-0.5 * (1.0 if way is independent_way else 0.4)

    with patch.object(decile_error, "error", error_of):
        # 16 stratified paths are worth 100 independent ones if their error is 0.4 times as large.
        assert samples_worth_independent_ones(task, (8, 15, 17, 32), 10, 1) == 17
        with pytest.raises(AssertionError, match=r"none of \(8, 15\) paths"):
            samples_worth_independent_ones(task, (8, 15), 10, 1)
