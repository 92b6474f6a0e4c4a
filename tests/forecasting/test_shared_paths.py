"""Predictions after one fit draw their paths once, if these fit into the cache."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.forecasting import shared_paths as shared_paths_module
from sktime_lagllama.forecasting.cache import SamplePathCache
from sktime_lagllama.forecasting.paths import predict_paths
from sktime_lagllama.forecasting.shared_paths import shared_paths, statistics_of_shared_paths
from sktime_lagllama.forecasting.summary_statistics import variance
from sktime_lagllama.sampling.options import SamplingOptions
from tests.support.models import BUNDLED_LIKE, random_model

STEPS = np.array([-1, 1, 2])
OPTIONS = SamplingOptions(num_samples=6)
CUTOFF = 39


@pytest.fixture
def history() -> SeriesBatch:
    return to_series_batch(pd.DataFrame(np.random.default_rng(0).normal(size=(40, 2))))


@pytest.fixture(params=[2**20, 0], ids=["cache", "too small a cache"])
def cache(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> SamplePathCache:
    cache = SamplePathCache(request.param)
    monkeypatch.setattr(shared_paths_module, "CACHE", cache)
    return cache


def test_paths_and_statistics_are_those_drawn_without_a_cache(
    history: SeriesBatch, cache: SamplePathCache
) -> None:
    model = random_model(BUNDLED_LIKE)
    expected = predict_paths(model, history, CUTOFF, STEPS, OPTIONS)
    for _ in range(2):
        paths = shared_paths(model, history, CUTOFF, STEPS, OPTIONS)
        np.testing.assert_array_equal(paths, expected)
        found = statistics_of_shared_paths(model, history, CUTOFF, STEPS, OPTIONS, variance)
        np.testing.assert_array_equal(found, variance(expected))
    assert len(cache) == (1 if cache.max_bytes else 0)


def test_other_steps_options_and_cutoffs_are_other_paths(history: SeriesBatch) -> None:
    model = random_model(BUNDLED_LIKE)

    settings = [
        (CUTOFF, STEPS, OPTIONS),
        (CUTOFF - 1, STEPS, OPTIONS),
        (CUTOFF, STEPS + 1, OPTIONS),
        (CUTOFF, STEPS, SamplingOptions(num_samples=6, seed=1)),
    ]
    for cutoff, steps, options in settings:
        expected = predict_paths(model, history, cutoff, steps, options)
        found = shared_paths(model, history, cutoff, steps, options)
        np.testing.assert_array_equal(found, expected)
