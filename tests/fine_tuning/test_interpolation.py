"""Weights between two networks."""

from __future__ import annotations

import pytest
import torch

from sktime_lagllama.fine_tuning.interpolation import interpolate
from tests.support.models import SMALL, random_model


def test_both_ends_are_reached_exactly() -> None:
    model, start, end = (random_model(SMALL, seed=seed) for seed in range(3))
    for share, expected in ((0.0, start), (1.0, end)):
        interpolate(model, start, end, share)
        for name, tensor in model.state_dict().items():
            assert tensor.equal(expected.state_dict()[name])


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_weights_lie_the_share_of_the_way_from_the_start(share: float) -> None:
    start, end = random_model(SMALL), random_model(SMALL, seed=1)
    expected = {
        name: (1 - share) * before + share * end.state_dict()[name]
        for name, before in start.state_dict().items()
    }
    # The end may be overwritten.
    interpolate(end, start, end, share)
    for name, tensor in end.state_dict().items():
        torch.testing.assert_close(tensor, expected[name])


def test_a_start_in_another_precision_gives_weights_in_that_of_the_end() -> None:
    start, end = random_model(SMALL).to(torch.bfloat16), random_model(SMALL, seed=1)
    interpolate(end, start, end, 0.5)
    assert {tensor.dtype for tensor in end.state_dict().values()} == {torch.float32}
