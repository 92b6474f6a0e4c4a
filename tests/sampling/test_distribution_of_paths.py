"""Paths whose random numbers are spread evenly have the distribution of independent paths.

A path that is its series' only one is independent of all others.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.network.features import Window
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampler import sample_paths
from tests.support.models import (
    SMALL,
    calendar_of,
    one_step_distribution,
    random_model,
    window_of,
)

pytestmark = pytest.mark.slow

HORIZON = 24
CONTEXT_LENGTH = 4
NUM_FORECASTS = 1000
NUM_SAMPLES = 20
STEPS = [0, 4, 23]

MODEL = random_model(SMALL)
CALENDAR = calendar_of(1, CONTEXT_LENGTH + HORIZON - 1)
WINDOW = window_of(
    50 + np.random.default_rng(0).standard_normal(SMALL.max_lag + CONTEXT_LENGTH).cumsum()
)


def forecasts_of_one_window(number: int, num_samples: int, seed: int) -> Float64Array:
    """Draw paths, shape (forecasts, samples, horizon), of as many series, which are all equal."""
    equal = Window(*(part.expand(number, -1) for part in WINDOW))
    options = SamplingOptions(num_samples, CONTEXT_LENGTH, seed=seed)
    return sample_paths(MODEL, equal, CALENDAR, HORIZON, options).values


@pytest.fixture(scope="module")
def stratified() -> Float64Array:
    return forecasts_of_one_window(NUM_FORECASTS, NUM_SAMPLES, seed=0)


@pytest.fixture(scope="module")
def independent() -> Float64Array:
    paths = forecasts_of_one_window(NUM_FORECASTS * NUM_SAMPLES, 1, seed=1)
    return paths.reshape(NUM_FORECASTS, NUM_SAMPLES, HORIZON)


def assert_same_distribution(found: Float64Array, expected: Float64Array) -> None:
    assert stats.ks_2samp(found.ravel(), expected.ravel()).pvalue > 1e-3


def test_the_first_step_has_the_distribution_of_the_network(stratified: Float64Array) -> None:
    options = SamplingOptions(context_length=CONTEXT_LENGTH)
    known = CALENDAR[:, :CONTEXT_LENGTH]
    (df, loc, scale), *level = one_step_distribution(MODEL, WINDOW, known, options)
    window_loc, window_scale = (part.item() for part in level)
    student_t = stats.t(
        df.item(), window_loc + window_scale * loc.item(), window_scale * scale.item()
    )
    assert stats.kstest(stratified[:, :, 0].ravel(), student_t.cdf).pvalue > 1e-3


@pytest.mark.parametrize("step", STEPS)
def test_every_step_has_the_distribution_of_independent_paths(
    step: int, stratified: Float64Array, independent: Float64Array
) -> None:
    assert_same_distribution(stratified[:, :, step], independent[:, :, step])


@pytest.mark.parametrize("step", STEPS)
def test_every_path_alone_has_the_distribution_of_independent_paths(
    step: int, stratified: Float64Array, independent: Float64Array
) -> None:
    for path in (0, 10, 19):
        assert_same_distribution(stratified[:, path, step], independent[:, :, step])


def test_sums_over_a_horizon_have_the_distribution_of_independent_paths(
    stratified: Float64Array, independent: Float64Array
) -> None:
    for horizon in (2, 12, HORIZON):
        sums = [paths[:, :, :horizon].sum(axis=-1) for paths in (stratified, independent)]
        assert_same_distribution(*sums)


def correlations_within_forecasts(paths: Float64Array, steps: tuple[int, int]) -> Float64Array:
    """Return the rank correlation of two steps over each forecast's paths, shape (forecasts,)."""
    ranks = stats.rankdata(paths[:, :, steps], axis=1) - (paths.shape[1] + 1) / 2
    return ranks.prod(axis=-1).sum(axis=1) / np.square(ranks[:, :, 0]).sum(axis=1)


@pytest.mark.parametrize("steps", [*combinations(STEPS, 2), (0, 1), (4, 5), (22, 23)])
def test_steps_are_correlated_as_in_independent_paths(
    steps: tuple[int, int], stratified: Float64Array, independent: Float64Array
) -> None:
    found, expected = (
        correlations_within_forecasts(paths, steps) for paths in (stratified, independent)
    )
    standard_error = np.sqrt((found.var() + expected.var()) / NUM_FORECASTS)
    assert abs(found.mean() - expected.mean()) < 3 * standard_error


def test_forecasts_differ_less_than_those_of_independent_paths(
    stratified: Float64Array, independent: Float64Array
) -> None:
    def variances(paths: Float64Array) -> Float64Array:
        means = paths.mean(axis=1)  # (forecasts, horizon)
        return np.append(means.var(axis=0), means.sum(axis=-1).var())

    assert (variances(stratified) < 0.3 * variances(independent)).all()
