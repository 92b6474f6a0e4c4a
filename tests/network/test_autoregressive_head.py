"""The autoregressive head combines observed lags with coefficients that sum to 1."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from sktime_lagllama.network.autoregressive_head import autoregression, num_coefficients
from sktime_lagllama.network.features import Lags
from tests.support.models import BUNDLED_LIKE

NUM_LAGS = len(BUNDLED_LIKE.lags)


@pytest.fixture
def raw() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return 3 * torch.randn(50, num_coefficients(BUNDLED_LIKE), generator=generator)


@pytest.fixture
def lags() -> Lags:
    generator = torch.Generator().manual_seed(1)
    return Lags(torch.randn(50, NUM_LAGS, generator=generator), torch.ones(50, NUM_LAGS))


def test_a_shift_of_all_lags_shifts_the_result(raw: Tensor, lags: Lags) -> None:
    shifted = autoregression(raw, lags._replace(values=lags.values + 5))
    torch.testing.assert_close(shifted, autoregression(raw, lags) + 5, rtol=1e-4, atol=1e-4)


def test_unobserved_lags_have_no_effect(raw: Tensor, lags: Lags) -> None:
    observed = lags.observed.clone()
    observed[:, 1::2] = 0
    before = autoregression(raw, Lags(lags.values, observed))
    other = torch.where(observed > 0, lags.values, 1000.0)
    torch.testing.assert_close(autoregression(raw, Lags(other, observed)), before)
    assert not torch.allclose(autoregression(raw, lags), before)


def test_a_seasonal_random_walk_is_one_of_the_autoregressions(lags: Lags) -> None:
    logits = torch.full((3, NUM_LAGS), -50.0)
    logits[0, 0] = logits[1, 4] = logits[2, 5] = 50.0
    raw = torch.cat((logits.flatten(), torch.tensor([50.0])))
    expected = lags.values[:, 0] + lags.values[:, 4] - lags.values[:, 5]
    torch.testing.assert_close(autoregression(raw, lags), expected)
