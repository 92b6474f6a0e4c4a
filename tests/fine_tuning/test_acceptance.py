"""Fine-tuned weights are accepted only if whole forecasts are clearly better."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import torch

from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.fine_tuning import acceptance
from sktime_lagllama.fine_tuning.acceptance import (
    best_share,
    forecast_losses,
)
from sktime_lagllama.fine_tuning.windows import TrainingWindows
from sktime_lagllama.network.lag_llama import LagLlama
from tests.support.models import SMALL, random_model


def windows_of(values: Float64Array, fraction: float = 0.4, horizon: int = 4) -> TrainingWindows:
    return TrainingWindows(to_series_batch(pd.Series(values)), SMALL, 12, horizon, fraction)


def walk(length: int = 60, seed: int = 0) -> Float64Array:
    return 50 + np.random.default_rng(seed).normal(size=length).cumsum()


class Losses:
    """Forecast losses of networks that are told apart by a weight: 0 before, 1 after."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, start: LagLlama, end: LagLlama) -> None:
        for model, value in ((start, 0.0), (end, 1.0)):
            with torch.no_grad():
                model.head.bias.fill_(value)
        self.gain: Callable[[float, IntArray], Float64Array] = lambda share, series: np.full(
            len(series), share
        )
        monkeypatch.setattr(acceptance, "forecast_losses", self)

    def __call__(
        self, model: LagLlama, windows: TrainingWindows, series: IntArray, cutoffs: IntArray
    ) -> Float64Array:
        return 5 - self.gain(float(model.head.bias[0]), series)


@pytest.fixture
def networks() -> tuple[LagLlama, LagLlama]:
    return random_model(SMALL), random_model(SMALL, seed=1)


@pytest.fixture
def losses(monkeypatch: pytest.MonkeyPatch, networks: tuple[LagLlama, LagLlama]) -> Losses:
    return Losses(monkeypatch, *networks)


@pytest.mark.parametrize(("horizon", "accepted"), [(2, True), (20, False)])
def test_forecasts_of_the_same_values_count_as_one(
    horizon: int, accepted: bool, losses: Losses, networks: tuple[LagLlama, LagLlama]
) -> None:
    start, fine_tuned = networks
    # Of 50 values, 10 are held out: five forecasts of two steps, or one of twenty.
    windows = windows_of(walk(50), fraction=0.2, horizon=horizon)
    assert best_share(fine_tuned, start, windows) == float(accepted)
    losses.gain = lambda share, series: np.full(len(series), -share)
    assert best_share(fine_tuned, start, windows) == 0.0


@pytest.mark.parametrize("best", acceptance.SHARES)
def test_the_share_with_the_best_forecasts_is_kept(
    best: float, losses: Losses, networks: tuple[LagLlama, LagLlama]
) -> None:
    start, fine_tuned = networks
    losses.gain = lambda share, series: np.full(len(series), share * (2 * best - share))
    assert best_share(fine_tuned, start, windows_of(walk())) == best


def test_a_larger_gain_that_is_not_sure_is_left_for_one_that_is(
    losses: Losses, networks: tuple[LagLlama, LagLlama]
) -> None:
    start, fine_tuned = networks
    wild = 3 * np.random.default_rng(0).normal(size=1000)

    def gain(share: float, series: IntArray) -> Float64Array:
        return share + (share > 0.5) * wild[: len(series)]

    losses.gain = gain
    assert best_share(fine_tuned, start, windows_of(walk())) == 0.5


def test_forecasts_without_an_observed_value_are_left_out(
    losses: Losses, networks: tuple[LagLlama, LagLlama]
) -> None:
    start, fine_tuned = networks
    losses.gain = lambda share, series: np.where(np.arange(len(series)) % 3, share, np.nan)
    assert best_share(fine_tuned, start, windows_of(walk())) == 1.0


def test_neither_network_is_changed(networks: tuple[LagLlama, LagLlama]) -> None:
    before = [{k: v.clone() for k, v in model.state_dict().items()} for model in networks]
    best_share(networks[1], networks[0], windows_of(walk()))
    for model, weights in zip(networks, before, strict=True):
        assert all(v.equal(weights[k]) for k, v in model.state_dict().items())


def test_the_loss_of_a_forecast_does_not_depend_on_the_unit_of_the_series() -> None:
    model = random_model(SMALL)
    windows, scaled = windows_of(walk()), windows_of(1000 * walk())
    pairs = windows.held_out_pairs(8)
    losses = forecast_losses(model, windows, *pairs)
    assert losses.shape == (8,)
    assert (losses > 0).all()
    np.testing.assert_allclose(forecast_losses(model, scaled, *pairs), losses, rtol=1e-2)


def test_missing_values_do_not_count_in_the_loss_of_a_forecast() -> None:
    model = random_model(SMALL)
    values = walk()
    values[-7:-1] = np.nan
    windows = windows_of(values)
    series, cutoffs = windows.held_out_pairs(100)
    losses = forecast_losses(model, windows, series, cutoffs)
    ahead = cutoffs[:, None] - windows.history.starts[0] + np.arange(1, windows.horizon + 1)
    padded = np.append(values, np.full(windows.horizon, np.nan))
    nothing_observed = np.isnan(padded[ahead]).all(axis=1)
    assert nothing_observed.any()
    assert (np.isnan(losses) == nothing_observed).all()


def test_a_forecast_far_from_the_values_has_a_higher_loss() -> None:
    model = random_model(SMALL)
    values, jump = walk(), walk()
    jump[-4:] += 100
    loss, loss_of_jump = (
        forecast_losses(model, windows, np.array([0]), np.array([windows.history.starts[0] + 55]))
        for windows in (windows_of(values), windows_of(jump))
    )
    assert (loss_of_jump > loss + 1).all()
