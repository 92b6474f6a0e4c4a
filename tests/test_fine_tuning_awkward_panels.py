"""Fine-tuning of panels that have next to nothing to learn from, or far too much."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama import FineTuning, LagLlamaForecaster
from sktime_lagllama._typing import Float64Array
from tests.support.models import SMALL, random_model

RNG = np.random.default_rng(0)


def noise(length: int) -> Float64Array:
    return RNG.normal(size=length)


def missing_at_the_end(length: int) -> Float64Array:
    """Return values of which those that are held out are all missing."""
    return np.where(np.arange(length) >= 0.8 * length, np.nan, noise(length))


def panel(lengths: list[int], values: Callable[[int], Float64Array] = noise) -> pd.DataFrame:
    frames = {
        number: pd.DataFrame(
            {"y": values(length)}, index=pd.period_range("2000-01", periods=length, freq="M")
        )
        for number, length in enumerate(lengths)
    }
    return pd.concat(frames)


PANELS = {
    "one point": panel([1] * 4),
    "two points": panel([2] * 4),
    "three points": panel([3] * 6),
    "of one to forty points": panel([1, 2, 3, 40]),
    "held-out values missing": panel([30] * 3, missing_at_the_end),
    "one value, the rest missing": panel([9] * 3, lambda n: np.r_[1.0, np.full(n - 1, np.nan)]),
    "zeros": panel([20] * 3, np.zeros),
    "huge": panel([20] * 3, lambda n: 1e120 * noise(n)),
    "spike": panel([20] * 3, lambda n: np.r_[noise(n - 1), 1e100]),
}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    random_model(SMALL).save_pretrained(folder)
    return folder


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("learning_rate", [1e-3, 1e30])
@pytest.mark.parametrize("name", PANELS)
def test_forecasts_are_finite_whatever_was_there_to_learn_from(
    checkpoint: Path, name: str, learning_rate: float
) -> None:
    fine_tuning = FineTuning(learning_rate, max_steps=2, batch_size=2, horizon=2)
    forecaster = LagLlamaForecaster(
        checkpoint, num_samples=3, device="cpu", random_state=0, fine_tuning=fine_tuning
    )
    fitted = forecaster.clone().fit(PANELS[name])
    pretrained = forecaster.pretrain(PANELS[name]).fit(PANELS[name])
    for tuned in (fitted, pretrained):
        assert all(weight.isfinite().all() for weight in tuned.model_.parameters())
        quantiles = tuned.predict_quantiles([1, 2], alpha=[0.1, 0.9])
        assert np.isfinite(quantiles.to_numpy()).all()


@pytest.mark.parametrize("name", ["one point", "one value, the rest missing"])
def test_a_panel_without_two_values_in_a_series_is_told(checkpoint: Path, name: str) -> None:
    fine_tuning = FineTuning(max_steps=1)
    forecaster = LagLlamaForecaster(checkpoint, device="cpu", fine_tuning=fine_tuning)
    with pytest.warns(UserWarning, match="no series has two values to learn from"):
        forecaster.fit(PANELS[name])
