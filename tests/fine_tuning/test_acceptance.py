"""Fine-tuned weights are accepted only if whole forecasts are clearly better."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.fine_tuning import acceptance
from sktime_lagllama.fine_tuning.acceptance import (
    forecast_losses,
    forecasts_are_better,
    is_clearly_positive,
)
from sktime_lagllama.fine_tuning.windows import TrainingWindows
from sktime_lagllama.network.lag_llama import LagLlama
from tests.support.models import SMALL, random_model


def windows_of(values: Float64Array, fraction: float = 0.4, horizon: int = 4) -> TrainingWindows:
    return TrainingWindows(to_series_batch(pd.Series(values)), SMALL, 12, horizon, fraction)


def walk(length: int = 60, seed: int = 0) -> Float64Array:
    return 50 + np.random.default_rng(seed).normal(size=length).cumsum()


@given(seed=st.integers(0, 1000), size=st.integers(2, 50), mean=st.floats(-1, 1))
def test_a_mean_is_clearly_positive_if_it_is_two_standard_errors_above_zero(
    seed: int, size: int, mean: float
) -> None:
    gains = mean + np.random.default_rng(seed).normal(size=size)
    z_score = gains.mean() / (gains.std(ddof=1) / math.sqrt(size))
    assert is_clearly_positive(gains) == (z_score > 2)


@pytest.mark.parametrize("gains", [[], [5.0], [0.0, 0.0]])
def test_too_few_gains_or_none_at_all_prove_nothing(gains: list[float]) -> None:
    assert not is_clearly_positive(np.array(gains))


@pytest.mark.parametrize(("horizon", "accepted"), [(2, True), (20, False)])
def test_forecasts_of_the_same_values_count_as_one(
    horizon: int, accepted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, fine_tuned = random_model(SMALL), random_model(SMALL, seed=1)

    def losses(
        model: LagLlama, windows: TrainingWindows, series: IntArray, cutoffs: IntArray
    ) -> Float64Array:
        return np.full(len(series), float(model is start))

    monkeypatch.setattr(acceptance, "forecast_losses", losses)
    # Of 50 values, 10 are held out: five forecasts of two steps, or one of twenty.
    windows = windows_of(walk(50), fraction=0.2, horizon=horizon)
    assert forecasts_are_better(fine_tuned, start, windows) == accepted
    assert not forecasts_are_better(start, fine_tuned, windows)


def test_forecasts_without_an_observed_value_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start, fine_tuned = random_model(SMALL), random_model(SMALL, seed=1)

    def losses(
        model: LagLlama, windows: TrainingWindows, series: IntArray, cutoffs: IntArray
    ) -> Float64Array:
        result = np.full(len(series), float(model is start))
        result[::3] = np.nan
        return result

    monkeypatch.setattr(acceptance, "forecast_losses", losses)
    assert forecasts_are_better(fine_tuned, start, windows_of(walk()))


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
