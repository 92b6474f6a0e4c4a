"""What enters and leaves the layers keeps its precision in a training in bfloat16."""

from __future__ import annotations

import torch

from sktime_lagllama.network.features import Lags
from tests.support.models import BUNDLED_LIKE, random_model


def test_heads_and_embedding_are_computed_as_without_bfloat16() -> None:
    model = random_model(BUNDLED_LIKE)
    num_lags = len(BUNDLED_LIKE.lags)
    hidden = torch.randn(3, 5, BUNDLED_LIKE.width, generator=torch.Generator().manual_seed(0))
    # A smooth series: bfloat16 would make its lags equal.
    lags = Lags(0.9 + 1e-3 * torch.randn(3, 5, num_lags), torch.ones(3, 5, num_lags))
    tokens = torch.randn(3, 5, BUNDLED_LIKE.num_features)
    expected = model.distribution(hidden, lags)
    stream = next(model.residual_streams(tokens))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = model.distribution(hidden, lags)
        assert torch.equal(next(model.residual_streams(tokens)), stream)
        # The context has an effect where it is meant to.
        assert model.head(hidden).dtype == torch.bfloat16
    for of_field, of_expected in zip(found, expected, strict=True):
        assert torch.equal(of_field, of_expected)
