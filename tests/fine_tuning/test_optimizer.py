"""An optimisation step: what it changes, and when it changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sktime_lagllama.fine_tuning.optimizer import make_optimizer, update_weights
from sktime_lagllama.fine_tuning.trainable import trainable_copy
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.training.batches import Batch, loss_of, make_batch
from tests.support.models import SMALL, random_model


def random_batch() -> Batch:
    values = np.random.default_rng(0).normal(size=(8, SMALL.max_lag + 21))
    lengths = torch.full((8,), 5)
    return make_batch(torch.from_numpy(values), torch.zeros(8, 20, 6), lengths, SMALL)


def updated(
    batch: Batch,
    learning_rate: float = 1e-3,
    weight_decay: float = 0.0,
    gradient_clip: float | None = 1.0,
) -> tuple[LagLlama, float]:
    """Return a network after one step, and its loss before."""
    model = trainable_copy(random_model(SMALL))
    optimizer = make_optimizer(model, weight_decay)
    return model, float(update_weights(model, optimizer, batch, learning_rate, gradient_clip))


def largest_change(model: LagLlama) -> float:
    before = random_model(SMALL).state_dict()
    return max(
        float((tensor - before[name]).abs().max()) for name, tensor in model.state_dict().items()
    )


@pytest.mark.parametrize("gradient_clip", [1.0, None])
def test_a_step_lowers_the_loss_on_its_batch(gradient_clip: float | None) -> None:
    batch = random_batch()
    model, loss = updated(batch, gradient_clip=gradient_clip)
    assert loss == pytest.approx(float(loss_of(random_model(SMALL), batch)))
    assert loss_of(model, batch).item() < loss


@pytest.mark.parametrize("learning_rate", [1e-4, 1e-2])
def test_the_learning_rate_is_that_of_the_step(learning_rate: float) -> None:
    # Adam's first step is the learning rate itself, whatever the gradient.
    model, _ = updated(random_batch(), learning_rate)
    assert largest_change(model) == pytest.approx(learning_rate, rel=0.01)


def test_only_matrices_decay() -> None:
    batch = random_batch()
    plain, decayed = (updated(batch, weight_decay=decay)[0] for decay in (0.0, 10.0))
    others = dict(decayed.named_parameters())
    for name, parameter in plain.named_parameters():
        assert parameter.equal(others[name]) == (parameter.dim() == 1), name


def test_a_gradient_that_is_not_finite_changes_no_weight() -> None:
    batch = random_batch()
    batch.targets[0, -1] = torch.nan
    model, loss = updated(batch)
    assert np.isnan(loss)
    assert largest_change(model) == 0
