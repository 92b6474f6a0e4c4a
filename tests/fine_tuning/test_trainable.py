"""Which parameters of a network are trained."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sktime_lagllama.fine_tuning.settings import Trainable
from sktime_lagllama.fine_tuning.trainable import trainable_copy, trainable_parameters
from tests.support.models import SMALL, random_model


@pytest.mark.parametrize(
    ("trainable", "prefixes"),
    [
        ("head", ("final_norm.", "head.", "coefficients.")),
        ("last_layers", ("final_norm.", "head.", "coefficients.", "blocks.1.", "blocks.2.")),
        ("all", ("",)),
    ],
)
def test_a_copy_has_gradients_where_it_is_trainable(
    trainable: Trainable, prefixes: tuple[str, ...]
) -> None:
    network = random_model(replace(SMALL, num_layers=3))
    model = trainable_copy(network, trainable)
    parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
    assert set(parameters) == {
        name for name, _ in model.named_parameters() if name.startswith(prefixes)
    }
    for one, other in zip(trainable_parameters(model), parameters.values(), strict=True):
        assert one is other
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_a_network_without_coefficients_can_train_its_head() -> None:
    model = trainable_copy(random_model(replace(SMALL, autoregressive_head=False)), "head")
    assert len(trainable_parameters(model)) == 3  # normalisation, weight and bias of the head


def test_a_copy_is_in_float32_and_in_training_mode() -> None:
    network = random_model(SMALL).to(torch.bfloat16)
    with torch.inference_mode():
        model = trainable_copy(network)
    assert model.training and not network.training
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert {parameter.dtype for parameter in network.parameters()} == {torch.bfloat16}
    assert not any(parameter.is_inference() for parameter in model.parameters())
