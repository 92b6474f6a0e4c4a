"""Random numbers are spread evenly over the paths, and every path alone keeps its distribution."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.sampling import random_numbers
from sktime_lagllama.sampling.random_numbers import stratified_normal_scores

SEEDS = st.integers(0, 2**64)
FEW = st.integers(1, 6)


def probabilities(seed: int, horizon: int, num_series: int, num_samples: int) -> Float64Array:
    """Return the uniform numbers whose normal quantiles are drawn."""
    scores = stratified_normal_scores(seed, horizon, np.arange(num_series), num_samples)
    return special.ndtr(scores.double().numpy())


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS, horizon=FEW, num_series=FEW, num_samples=st.integers(1, 300))
def test_the_paths_of_a_series_have_one_number_in_each_stratum(
    seed: int, horizon: int, num_series: int, num_samples: int
) -> None:
    numbers = probabilities(seed, horizon, num_series, num_samples)
    assert numbers.shape == (horizon, num_series, num_samples)
    edges = np.arange(num_samples + 1) / num_samples
    in_order = np.sort(numbers, axis=-1)
    rounding = 1e-7  # of float32
    assert (edges[:-1] - rounding <= in_order).all()
    assert (in_order <= edges[1:] + rounding).all()


@settings(max_examples=100, deadline=None)
@given(
    seed=SEEDS,
    horizon=FEW,
    further_steps=st.integers(0, 500),
    streams=st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 5), min_size=1, max_size=10),
    data=st.data(),
    num_samples=st.integers(1, 50),
)
def test_neither_other_series_nor_later_steps_matter(
    seed: int,
    horizon: int,
    further_steps: int,
    streams: list[int],
    data: st.DataObject,
    num_samples: int,
) -> None:
    some = data.draw(st.lists(st.integers(0, len(streams) - 1), min_size=1))
    together = stratified_normal_scores(
        seed, horizon + further_steps, np.array(streams), num_samples
    )
    found = stratified_normal_scores(seed, horizon, np.array(streams)[some], num_samples)
    assert found.equal(together[:horizon, some])


def assert_uncorrelated(rows: Float64Array) -> None:
    correlations = np.corrcoef(rows) - np.eye(len(rows))
    assert np.abs(correlations).max() < 4 / np.sqrt(rows.shape[1])


@pytest.mark.parametrize("num_samples", [1, 2, 7, 16, 20])
def test_the_numbers_of_a_path_alone_are_uniform_and_independent(num_samples: int) -> None:
    numbers = probabilities(0, 4, 5000, num_samples)
    for path in {0, num_samples // 2, num_samples - 1}:
        steps = numbers[:, :, path]
        for step in steps:
            assert stats.kstest(step, "uniform").pvalue > 1e-3
        assert_uncorrelated(steps)
        assert_uncorrelated((steps - 0.5) ** 2)


@pytest.mark.parametrize("num_samples", [3, 8, 20])
def test_the_highest_path_is_as_likely_to_go_anywhere_next(num_samples: int) -> None:
    for_step, for_next = probabilities(0, 2, 10_000, num_samples)
    highest = for_step.argmax(axis=-1)[:, None]
    next_numbers = np.take_along_axis(for_next, highest, axis=-1)[:, 0]
    assert stats.kstest(next_numbers, "uniform").pvalue > 1e-3


def test_seeds_steps_and_series_are_independent() -> None:
    rows = np.concatenate([probabilities(s, 3, 4, 5000).reshape(12, 5000) for s in (0, 1, 2**40)])
    assert_uncorrelated(rows)
    assert_uncorrelated((rows - 0.5) ** 2)


@pytest.mark.parametrize("num_samples", [16, 20, 50])
def test_what_several_steps_add_up_to_is_spread_evenly_too(num_samples: int) -> None:
    scores = stratified_normal_scores(0, 12, np.arange(1000), num_samples).double()
    sums = scores.sum(0) / 12**0.5  # standard normal
    above_one = (sums > 1).double().mean(1)
    share = special.ndtr(-1)
    assert above_one.mean().item() == pytest.approx(share, abs=0.005)
    variance_if_independent = share * (1 - share) / num_samples
    assert above_one.var().item() < 0.5 * variance_if_independent


@pytest.mark.parametrize("num_samples", [1, 2, 3, 100, 10_000])
@pytest.mark.parametrize("number", [0.0, 0.3, 1 - 2.0**-53])
def test_normal_scores_are_exact_and_finite_at_the_ends_of_the_strata(
    num_samples: int, number: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        random_numbers,
        "uniforms",
        lambda _seed, horizon, streams, count: np.full((horizon, len(streams), count), number),
    )
    scores = stratified_normal_scores(0, 2, np.array([0]), num_samples)
    assert scores.dtype == torch.float32
    places = (np.arange(num_samples) + number) / num_samples
    expected = special.ndtri(np.clip(places, 2.0**-53, 1 - 2.0**-53))
    assert np.isfinite(expected).all()
    for of_step in scores[:, 0].sort().values.numpy():
        np.testing.assert_allclose(of_step, expected, rtol=1e-6, atol=1e-6)


def test_numbers_do_not_depend_on_how_many_series_are_computed_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    streams = np.array([3, 4, 5, 2**60, 7, 8, 1, 0, 2, 3, 4])
    together = stratified_normal_scores(3, 4, streams, 6)
    monkeypatch.setattr(random_numbers, "_MAX_VALUES_CHUNK", 3 * 4 * 6)
    assert stratified_normal_scores(3, 4, streams, 6).equal(together)
