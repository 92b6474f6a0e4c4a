"""A training that begins with the weights of a network with fewer lags."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.features import Window, scale_window, tokens
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.network.student_t import StudentT
from sktime_lagllama.pretraining.recipe import BUNDLED_CONFIG, NEXT_CONFIG
from sktime_lagllama.pretraining.warm_start import copy_weights

NARROW = replace(BUNDLED_CONFIG, num_layers=2, num_heads=2, head_dim=8, hidden_dim=16)
OLD = replace(NARROW, lags=(0, 1, 3, 12), context_length=8)
NEW = replace(NARROW, lags=(0, 1, 2, 3, 12, 30), context_length=16)


def network(config: LagLlamaConfig, seed: int = 0) -> LagLlama:
    torch.manual_seed(seed)
    model = LagLlama(config)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model.requires_grad_(False)


def predict(model: LagLlama, values: torch.Tensor, observed: torch.Tensor) -> StudentT:
    """Predict at the last 8 steps; the window is as long as the longest reach needs."""
    scaled = scale_window(Window(values, observed), model.config)
    calendar = torch.zeros(1, 8, 6)
    return model(tokens(scaled, calendar, model.config))


def test_both_networks_predict_the_same_where_the_new_lags_are_unobserved() -> None:
    old = network(replace(OLD, lags=(0, 2, 4)))
    new = network(replace(OLD, lags=(0, 1, 2, 3, 4, 7)), seed=1)
    copy_weights(old, new)
    values = torch.randn(5, 40, dtype=torch.float64)
    observed = (torch.arange(40) % 2 == 1).expand(5, 40)  # at the last step, and every other one
    expected = predict(old, values, observed)
    found = predict(new, values, observed)
    for number, other in zip(found, expected, strict=True):
        torch.testing.assert_close(number[:, 1::2], other[:, 1::2])


def test_every_old_weight_keeps_its_meaning_and_new_lags_begin_unseen() -> None:
    old, new = network(OLD), network(NEW, seed=1)
    copy_weights(old, new)
    old_columns = [0, 1, 3, 4, *range(6, 14), 14, 15, 17, 18]
    new_columns = [2, 5, 16, 19]
    assert torch.equal(new.embedding.weight[:, old_columns], old.embedding.weight)
    assert not new.embedding.weight[:, new_columns].any()
    bias, old_bias = (model.coefficients.bias[:-1].view(3, -1) for model in (new, old))
    assert torch.equal(bias[:, [0, 1, 3, 4]], old_bias)
    assert torch.equal(bias[:, [2, 5]], old_bias.amin(1, keepdim=True).expand(3, 2))
    assert new.coefficients.bias[-1] == old.coefficients.bias[-1]
    assert torch.equal(new.layers[1].down.weight, old.layers[1].down.weight)


def test_the_source_stays_as_it_is() -> None:
    old, new = network(OLD), network(NEW, seed=1)
    copy_weights(old, new)
    new.layers[0].down.weight.zero_()
    assert torch.equal(old.layers[0].down.weight, network(OLD).layers[0].down.weight)


def test_the_next_checkpoint_can_begin_with_the_bundled_one() -> None:
    new = LagLlama(NEXT_CONFIG)
    copy_weights(LagLlama(BUNDLED_CONFIG), new)
    assert new.embedding.weight.any()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"num_layers": 3}, "num_layers"),
        ({"level_features": "absolute"}, "level_features"),
        ({"lags": (0, 1, 12)}, r"\[3\]"),
    ],
)
def test_weights_that_mean_something_else_are_refused(
    change: dict[str, object], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        copy_weights(network(OLD), network(replace(NEW, **change)))  # type: ignore[arg-type]
