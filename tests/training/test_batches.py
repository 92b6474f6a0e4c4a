from __future__ import annotations

import numpy as np
import torch

from sktime_lagllama.pretraining.batches import SyntheticBatches
from sktime_lagllama.training.batches import make_batch
from tests.support.models import SMALL

AHEAD = torch.tensor([6, 6, 6])


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


def test_future_is_scaled_by_the_past_alone() -> None:
    length = SMALL.max_lag + 20 + 1
    values = torch.from_numpy(np.random.default_rng(0).normal(size=(3, length)))
    changed = values.clone()
    changed[:, SMALL.max_lag + 15 :] *= 100
    calendar = torch.zeros(3, 20, 6)
    batch, other = (make_batch(v, calendar, AHEAD[:3], SMALL) for v in (values, changed))
    # Targets are one step later than their tokens: the first 14 lie in the past.
    torch.testing.assert_close(batch.targets[:, :14], other.targets[:, :14])
    torch.testing.assert_close(batch.tokens[:, :15], other.tokens[:, :15])
    assert (batch.targets[:, 14:] != other.targets[:, 14:]).all()


def test_a_token_s_target_is_the_next_token_s_value() -> None:
    length = SMALL.max_lag + 20 + 1
    values = torch.from_numpy(np.random.default_rng(0).normal(size=(3, length)))
    batch = make_batch(values, torch.zeros(3, 20, 6), AHEAD[:3], SMALL)
    torch.testing.assert_close(batch.tokens[:, 1:, 0], torch.arcsinh(batch.targets[:, :-1]))


def test_missing_targets_and_targets_without_a_past_do_not_count() -> None:
    length = SMALL.max_lag + 20 + 1
    values = torch.from_numpy(np.random.default_rng(0).normal(size=(2, length)))
    values[0, : SMALL.max_lag + 5] = torch.nan  # begins at step 5
    values[0, SMALL.max_lag + 9] = torch.nan
    values[1, : SMALL.max_lag + 16] = torch.nan  # begins after the cutoff
    weights = make_batch(values, torch.zeros(2, 20, 6), AHEAD[:2], SMALL).weights
    expected = torch.ones(20)
    expected[:5] = 0  # the first value, at step 5, is the target of token 4, which has no past
    expected[8] = 0
    torch.testing.assert_close(weights[0], expected)
    assert weights[1].sum() == 0


def test_every_series_has_a_cutoff_of_its_own() -> None:
    length = SMALL.max_lag + 20 + 1
    values = torch.from_numpy(np.random.default_rng(0).normal(size=(2, length)))
    calendar = torch.zeros(2, 20, 6)
    together = make_batch(values, calendar, torch.tensor([2, 9]), SMALL, context_weight=0.25)
    for row, ahead in enumerate((2, 9)):
        one = slice(row, row + 1)
        alone = make_batch(values[one], calendar[one], torch.tensor([ahead]), SMALL, 0.25)
        for name, part in vars(alone).items():
            torch.testing.assert_close(vars(together)[name][one], part)
        torch.testing.assert_close(together.weights[row, :-ahead], torch.full((20 - ahead,), 0.25))
        torch.testing.assert_close(together.weights[row, -ahead:], torch.ones(ahead))


def test_batches_have_the_asked_for_sizes_and_every_series_a_past_and_a_target() -> None:
    handful = batches_of(seed=0)[0]
    assert {tuple(batch.targets.shape) for batch in handful} == {(40, 16), (16, 40)}
    for batch in handful:
        assert torch.isfinite(batch.tokens).all()
        # A stretch of missing values may hide the few targets of a series, or all of its past.
        assert (batch.weights.sum(1) > 0).float().mean() > 0.95
        assert set(batch.weights.unique().tolist()) <= {0.0, 0.30000001192092896, 1.0}


def test_short_series_are_in_batches_with_few_tokens() -> None:
    shares = {size: [] for size in (16, 40)}
    for batch in batches_of(seed=1)[0]:
        shares[batch.padding.shape[1]].append(float(batch.padding.float().mean()))
    assert np.mean(shares[40]) < 0.5
