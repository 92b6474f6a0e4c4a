"""Losses of batches that the weights are not trained on."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sktime_lagllama.fine_tuning.validation import loss_is_finite, mean_loss
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.training.batches import Batch, loss_of, make_batch
from tests.support.models import SMALL, random_model


def batch_of(num_series: int, seed: int = 0) -> Batch:
    values = np.random.default_rng(seed).normal(size=(num_series, SMALL.max_lag + 21))
    lengths = torch.full((num_series,), 5)
    return make_batch(torch.from_numpy(values), torch.zeros(num_series, 20, 6), lengths, SMALL)


def joined(one: Batch, other: Batch) -> Batch:
    return Batch(*(torch.cat([vars(one)[name], vars(other)[name]]) for name in vars(one)))


def test_the_mean_loss_is_that_of_one_batch_with_all_windows() -> None:
    model = random_model(SMALL)
    one, other = batch_of(2), batch_of(5, seed=1)
    expected = float(loss_of(model, joined(one, other)))
    assert mean_loss(model, [one, other]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("value", "finite"), [(0.1, True), (torch.nan, False)])
def test_weights_that_are_not_finite_have_no_finite_loss(value: float, finite: bool) -> None:
    model: LagLlama = random_model(SMALL)
    with torch.no_grad():
        model.head.bias.fill_(value)
    assert loss_is_finite(model, batch_of(2)) == finite
