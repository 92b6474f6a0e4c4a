"""Endless batches of synthetic series."""

from __future__ import annotations

from itertools import islice

import numpy as np
import torch

from sktime_lagllama.pretraining.batches import CountFrom, SyntheticBatches
from sktime_lagllama.pretraining.synthetic.frequencies import FREQUENCY_NAMES
from tests.support.models import SMALL


def batches_of(seed: int) -> SyntheticBatches:
    return SyntheticBatches(
        SMALL, num_tokens=(16, 40), tokens_per_step=640, seed=seed, context_weight=0.3
    )


def test_batches_depend_on_nothing_but_seed_and_number() -> None:
    first, again = batches_of(seed=3)[5], batches_of(seed=3)[5]
    assert len(first) == len(again) > 1
    for one, other in zip(first, again, strict=True):
        torch.testing.assert_close(vars(one), vars(other))
    assert not torch.equal(first[0].targets[0], batches_of(seed=3)[6][0].targets[0])
    assert not torch.equal(first[0].targets[0], batches_of(seed=4)[5][0].targets[0])


def test_batches_have_the_asked_for_sizes_and_every_series_a_past_and_a_target() -> None:
    chunk = batches_of(seed=0)[0]
    assert {tuple(batch.targets.shape) for batch in chunk} == {(40, 16), (16, 40)}
    for batch in chunk:
        assert torch.isfinite(batch.tokens).all()
        # A stretch of missing values may hide the few targets of a series, or all of its past.
        assert (batch.weights.sum(1) > 0).float().mean() > 0.95
        assert set(batch.weights.unique().tolist()) <= {0.0, 0.30000001192092896, 1.0}


def test_short_series_are_in_batches_with_few_tokens() -> None:
    shares: dict[int, list[float]] = {size: [] for size in (16, 40)}
    for batch in batches_of(seed=1)[0]:
        shares[batch.padding.shape[1]].append(float(batch.padding.float().mean()))
    assert np.mean(shares[40]) < 0.5


def long_batches_of(fast_horizon: int, name: str) -> SyntheticBatches:
    only_one = {**dict.fromkeys(FREQUENCY_NAMES, 0.0), name: 1.0}
    return SyntheticBatches(SMALL, (64, 304, 640), 6400, 5, 0.0, fast_horizon, only_one)


def test_only_series_below_a_day_have_windows_of_more_than_304_tokens() -> None:
    sizes = {batch.padding.shape[1] for batch in long_batches_of(96, "daily")[0]}
    assert sizes == {64, 304}
    sizes = {batch.padding.shape[1] for batch in long_batches_of(96, "hourly")[0]}
    assert sizes == {64, 304, 640}


def test_horizons_of_series_below_a_day_reach_as_far_as_asked_for() -> None:
    # Targets before the cutoff have no weight here.
    def longest(fast_horizon: int) -> int:
        batches = long_batches_of(fast_horizon, "15-minutely")[0]
        return max(int((batch.weights > 0).sum(1).max()) for batch in batches)

    assert longest(96) <= 96
    assert 200 < longest(288) <= 288


def test_a_run_counts_chunks_from_where_it_was() -> None:
    assert list(islice(CountFrom(7), 3)) == [7, 8, 9]
