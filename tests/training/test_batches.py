"""Tokens and targets of series: what they are scaled by, and which of them count."""

from __future__ import annotations

import numpy as np
import torch

from sktime_lagllama.training.batches import make_batch
from tests.support.models import SMALL

FORECAST_LENGTHS = torch.tensor([6, 6, 6])


def test_future_is_scaled_by_the_past_alone() -> None:
    length = SMALL.max_lag + 20 + 1
    values = torch.from_numpy(np.random.default_rng(0).normal(size=(3, length)))
    changed = values.clone()
    changed[:, SMALL.max_lag + 15 :] *= 100
    calendar = torch.zeros(3, 20, 6)
    batch, other = (make_batch(v, calendar, FORECAST_LENGTHS[:3], SMALL) for v in (values, changed))
    # Targets are one step later than their tokens: the first 14 lie in the past.
    torch.testing.assert_close(batch.targets[:, :14], other.targets[:, :14])
    torch.testing.assert_close(batch.tokens[:, :15], other.tokens[:, :15])
    assert (batch.targets[:, 14:] != other.targets[:, 14:]).all()


def test_the_target_of_a_token_is_the_value_of_the_next() -> None:
    length = SMALL.max_lag + 20 + 1
    values = torch.from_numpy(np.random.default_rng(0).normal(size=(3, length)))
    batch = make_batch(values, torch.zeros(3, 20, 6), FORECAST_LENGTHS[:3], SMALL)
    torch.testing.assert_close(batch.tokens[:, 1:, 0], torch.arcsinh(batch.targets[:, :-1]))


def test_missing_targets_and_targets_without_a_past_do_not_count() -> None:
    length = SMALL.max_lag + 20 + 1
    values = torch.from_numpy(np.random.default_rng(0).normal(size=(2, length)))
    values[0, : SMALL.max_lag + 5] = torch.nan  # begins at step 5
    values[0, SMALL.max_lag + 9] = torch.nan
    values[1, : SMALL.max_lag + 16] = torch.nan  # begins after the cutoff
    weights = make_batch(values, torch.zeros(2, 20, 6), FORECAST_LENGTHS[:2], SMALL).weights
    expected = torch.ones(20)
    expected[:5] = 0  # the first value, at step 5, is the target of token 4, which has no past
    expected[8] = 0
    torch.testing.assert_close(weights[0], expected)
    assert weights[1].sum() == 0


def test_every_series_has_its_own_cutoff() -> None:
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
