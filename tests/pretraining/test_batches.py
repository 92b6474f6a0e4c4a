"""Endless batches of synthetic series."""

from __future__ import annotations

from itertools import islice

import numpy as np
import torch

from sktime_lagllama.pretraining.batches import CountFrom, SyntheticBatches
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


def test_a_run_counts_chunks_from_where_it_was() -> None:
    assert list(islice(CountFrom(7), 3)) == [7, 8, 9]
