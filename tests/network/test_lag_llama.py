"""The transformer sees earlier tokens only, and its head predicts valid distributions."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from sktime_lagllama.network.lag_llama import LagLlama, causal_mask
from sktime_lagllama.network.student_t import StudentT
from tests.support.models import PUBLISHED_LIKE, random_model

NUM_TOKENS = 9


@pytest.fixture(scope="module")
def model() -> LagLlama:
    return random_model(PUBLISHED_LIKE)


@pytest.fixture
def tokens() -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(3, NUM_TOKENS, PUBLISHED_LIKE.num_features, generator=generator)


def assert_same(found: StudentT, expected: StudentT, tokens: slice = slice(None)) -> None:
    for part, exact in zip(found, expected, strict=True):
        torch.testing.assert_close(part[:, tokens], exact[:, tokens], rtol=1e-5, atol=1e-5)


def test_the_published_network_has_2449299_parameters() -> None:
    assert sum(parameter.numel() for parameter in LagLlama().parameters()) == 2_449_299


@pytest.mark.parametrize("changed", range(1, NUM_TOKENS))
def test_a_later_token_changes_no_earlier_output(
    model: LagLlama, tokens: Tensor, changed: int
) -> None:
    before = model.forward(tokens)
    tokens[:, changed] += 1
    after = model.forward(tokens)
    assert_same(after, before, slice(0, changed))
    for part, other in zip(after, before, strict=True):
        largest = (part - other)[:, changed:].abs().amax(dim=0)
        assert (largest > 1e-3).all()


def test_series_of_a_batch_do_not_see_each_other(model: LagLlama, tokens: Tensor) -> None:
    together = model.forward(tokens)
    for row in range(len(tokens)):
        alone = model.forward(tokens[row : row + 1])
        assert_same(alone, StudentT(*(part[row : row + 1] for part in together)))


def test_padding_has_no_effect_on_other_tokens(model: LagLlama, tokens: Tensor) -> None:
    padding = torch.zeros(tokens.shape[:2], dtype=torch.bool)
    padding[0, :4] = padding[1, :1] = True
    before = model.forward(tokens, padding=padding)
    unmasked = model.forward(tokens)
    after = model.forward(torch.where(padding[:, :, None], 100.0, tokens), padding=padding)
    for part, other, free in zip(after, before, unmasked, strict=True):
        torch.testing.assert_close(part[~padding], other[~padding], rtol=1e-5, atol=1e-5)
        # It is the mask that makes the difference, and a series without padding has none.
        assert not torch.allclose(other[:2][~padding[:2]], free[:2][~padding[:2]], atol=1e-3)
        torch.testing.assert_close(other[2], free[2], rtol=1e-5, atol=1e-5)


def test_a_series_that_is_all_padding_has_finite_outputs(model: LagLlama, tokens: Tensor) -> None:
    padding = torch.ones(tokens.shape[:2], dtype=torch.bool)
    for part in model.forward(tokens, padding=padding):
        assert part.isfinite().all()


def test_padding_leaves_positions_as_they_are(model: LagLlama, tokens: Tensor) -> None:
    """Masked tokens in front are as good as none: attention knows relative positions only."""
    padding = torch.zeros(tokens.shape[:2], dtype=torch.bool)
    padding[:, :4] = True
    masked = model.forward(tokens, padding=padding)
    assert_same(StudentT(*(part[:, 4:] for part in masked)), model.forward(tokens[:, 4:]))


def test_a_token_may_attend_to_itself_and_to_earlier_tokens_that_are_no_padding() -> None:
    mask = causal_mask(torch.tensor([[True, False, True, False]]))
    expected = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 1, 0], [0, 1, 0, 1]]
    assert mask.int().tolist() == [[expected]]


def test_encode_returns_the_keys_and_values_of_every_layer(model: LagLlama, tokens: Tensor) -> None:
    hidden, cache = model.encode(tokens)
    assert hidden.shape == (3, NUM_TOKENS, PUBLISHED_LIKE.width)
    assert len(cache) == PUBLISHED_LIKE.num_layers
    for layer in cache:
        assert layer.keys.shape == layer.values.shape == (3, 2, NUM_TOKENS, 8)
    without, nothing = model.encode(tokens, keep_cache=False)
    assert nothing == []
    assert without.equal(hidden)


@pytest.mark.parametrize("num_padding", [0, 3, NUM_TOKENS])
def test_the_last_token_is_the_same_alone(
    model: LagLlama, tokens: Tensor, num_padding: int
) -> None:
    padding = None
    if num_padding:
        padding = torch.zeros(tokens.shape[:2], dtype=torch.bool)
        padding[1, :num_padding] = True
    of_all, _ = model.encode(tokens, padding=padding)
    of_last, _ = model.encode(tokens, padding=padding, only_last=True)
    torch.testing.assert_close(of_last, of_all[:, -1:], rtol=1e-5, atol=1e-5)


def test_the_head_reads_df_loc_and_scale_in_this_order(model: LagLlama) -> None:
    hidden = torch.randn(4, PUBLISHED_LIKE.width, generator=torch.Generator().manual_seed(2))
    normed = hidden * (hidden.square().mean(-1, keepdim=True) + 1e-5).rsqrt()
    raw = (normed * model.final_norm.weight) @ model.head.weight.T + model.head.bias
    found = model.distribution(hidden)
    torch.testing.assert_close(found.df, 2 + functional.softplus(raw[:, 0]))
    torch.testing.assert_close(found.loc, raw[:, 1])
    torch.testing.assert_close(found.scale, functional.softplus(raw[:, 2]))


def test_dispersion_widens_the_distribution_and_nothing_else(model: LagLlama) -> None:
    wider = LagLlama(replace(PUBLISHED_LIKE, dispersion=1.5))
    wider.load_state_dict(model.state_dict())
    hidden = torch.randn(4, PUBLISHED_LIKE.width, generator=torch.Generator().manual_seed(2))
    found, plain = wider.distribution(hidden), model.distribution(hidden)
    torch.testing.assert_close(found.scale, 1.5 * plain.scale)
    torch.testing.assert_close(found.loc, plain.loc)
    torch.testing.assert_close(found.df, plain.df)


@pytest.mark.parametrize("bias", [-1000.0, -20.0, 0.0, 20.0, 1000.0])
def test_df_is_at_least_2_and_the_scale_positive_whatever_the_head_says(bias: float) -> None:
    model = random_model(PUBLISHED_LIKE)
    model.head.bias.add_(bias)
    hidden = torch.randn(50, PUBLISHED_LIKE.width, generator=torch.Generator().manual_seed(2))
    found = model.distribution(hidden)
    assert (found.df >= 2).all()
    assert (found.scale > 0).all()
    if bias >= 0:
        assert (found.df > 2).all()
    assert all(part.isfinite().all() for part in found)


def test_half_precision_outputs_are_float32() -> None:
    model = random_model(PUBLISHED_LIKE).bfloat16()
    found = model.distribution(torch.randn(4, PUBLISHED_LIKE.width).bfloat16())
    assert {part.dtype for part in found} == {torch.float32}


def test_the_last_residual_stream_is_what_encode_returns(model: LagLlama, tokens: Tensor) -> None:
    padding = torch.zeros(tokens.shape[:2], dtype=torch.bool)
    padding[0, :4] = True
    for mask in (None, padding):
        streams = list(model.residual_streams(tokens, padding=mask))
        hidden, _ = model.encode(tokens, padding=mask, keep_cache=False)
        assert len(streams) == 1 + model.config.num_layers
        torch.testing.assert_close(streams[0], model.embedding(tokens), rtol=0, atol=0)
        torch.testing.assert_close(streams[-1], hidden, rtol=0, atol=0)
