"""The precision in which trainings compute."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from sktime_lagllama.pretraining.precision import layers_in_bfloat16

CPU = torch.device("cpu")


def attended(mask: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the output of attention and the gradient of its sum of squares by the queries."""
    generator = torch.Generator().manual_seed(0)
    queries, keys, values = torch.randn(3, 2, 4, 16, 8, generator=generator)
    queries.requires_grad_()
    found = functional.scaled_dot_product_attention(
        queries, keys, values, attn_mask=mask, is_causal=mask is None
    )
    (gradient,) = torch.autograd.grad(found.square().sum(), queries)
    return found.detach(), gradient


@pytest.mark.parametrize("masked", [False, True])
def test_attention_of_a_training_is_that_of_forecasts_up_to_rounding(masked: bool) -> None:
    mask = torch.ones(16, 16, dtype=torch.bool).tril() if masked else None
    expected = attended(mask)
    with layers_in_bfloat16(CPU):
        found = attended(mask)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one.float(), other, atol=0.1, rtol=0.05)


def test_products_of_matrices_are_computed_in_bfloat16_only_inside() -> None:
    matrix = torch.ones(2, 2)
    with layers_in_bfloat16(CPU):
        assert (matrix @ matrix).dtype == torch.bfloat16
    assert (matrix @ matrix).dtype == torch.float32


def test_switches_of_torch_are_put_back_also_after_an_error() -> None:
    before = torch.backends.cuda.fp16_bf16_reduction_math_sdp_allowed()

    def fail_inside() -> None:
        with layers_in_bfloat16(CPU):
            assert torch.backends.cuda.fp16_bf16_reduction_math_sdp_allowed()
            assert not torch.backends.cuda.flash_sdp_enabled()
            raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        fail_inside()
    assert torch.backends.cuda.fp16_bf16_reduction_math_sdp_allowed() == before
    assert torch.backends.cuda.flash_sdp_enabled()
