"""Losses of batches that the weights are not trained on."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import torch

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.fine_tuning.validation import HeldOutLosses, Validation, loss_is_finite
from sktime_lagllama.fine_tuning.windows import TrainingWindows
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.training.batches import Batch, loss_of, make_batch
from tests.support.models import SMALL, random_model


def batch_of(num_series: int, seed: int = 0) -> Batch:
    values = np.random.default_rng(seed).normal(size=(num_series, SMALL.max_lag + 21))
    lengths = torch.full((num_series,), 5)
    return make_batch(torch.from_numpy(values), torch.zeros(num_series, 20, 6), lengths, SMALL)


def joined(one: Batch, other: Batch) -> Batch:
    return Batch(*(torch.cat([vars(one)[name], vars(other)[name]]) for name in vars(one)))


def validation_of(
    values: Float64Array, fraction: float = 0.4
) -> tuple[TrainingWindows, Validation]:
    y = pd.Series(values)
    windows = TrainingWindows(to_series_batch(y), SMALL, 12, 4, fraction)
    return windows, Validation(windows, torch.device("cpu"))


def noise(length: int = 300) -> Float64Array:
    return np.random.default_rng(0).normal(size=length)


def test_the_mean_loss_is_that_of_all_targets_after_the_held_out_cutoffs() -> None:
    model = random_model(SMALL)
    values = noise()
    values[-30:-20] = np.nan
    windows, validation = validation_of(values)
    series, cutoffs = windows.held_out_pairs(120)
    (first, second) = windows.held_out_batches(series, cutoffs)
    expected = float(loss_of(model, joined(first, second)))
    assert validation.losses(model).mean == pytest.approx(expected, rel=1e-5)


def test_windows_without_an_observed_target_have_no_loss_and_no_gain() -> None:
    model = random_model(SMALL)
    values = noise(40)
    values[-9:-1] = np.nan
    _, validation = validation_of(values)
    losses = validation.losses(model)
    assert (np.isnan(losses.losses) == (losses.weights == 0)).all()
    assert np.isnan(losses.losses).any()
    assert math.isfinite(losses.mean)
    gains = validation.gains(losses, losses)
    assert len(gains) > 1
    assert (gains == 0).all()


def test_windows_of_the_same_values_count_as_one_gain() -> None:
    model = random_model(SMALL)
    _, validation = validation_of(noise(50), fraction=0.2)  # 10 values, 4 steps: 3 blocks
    before = validation.losses(model)
    after = HeldOutLosses(before.losses - np.arange(10.0), before.weights)
    np.testing.assert_allclose(validation.gains(before, after), [1.5, 5.5, 8.5])


def test_series_too_short_to_hold_out_a_value_cannot_be_validated() -> None:
    _, validation = validation_of(noise(2))
    assert not validation.is_possible
    assert math.isnan(validation.losses(random_model(SMALL)).mean)


@pytest.mark.parametrize(("value", "finite"), [(0.1, True), (torch.nan, False)])
def test_weights_that_are_not_finite_have_no_finite_loss(value: float, finite: bool) -> None:
    model: LagLlama = random_model(SMALL)
    with torch.no_grad():
        model.head.bias.fill_(value)
    assert loss_is_finite(model, batch_of(2)) == finite
