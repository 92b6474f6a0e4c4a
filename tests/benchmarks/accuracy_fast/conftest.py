"""Crafted windows, and a stand-in for a model of statsforecast, which tests run without."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.accuracy_fast.baselines import BASELINES, Baseline
from sktime_lagllama._typing import Float64Array
from sktime_lagllama.pretraining.validation.windows import RealWindow
from tests.support.real_series import crafted_window


class MeanModel:
    """Forecasts the mean of the history, with intervals as wide as their percentage.

    It fails on negative values, and remembers the lengths of what any of its kind was fitted to.
    """

    lengths: list[int] = []  # noqa: RUF012

    def __init__(self, seasons: Sequence[int]) -> None:
        self.seasons = list(seasons)

    def forecast(self, y: Float64Array, h: int, level: Sequence[int]) -> dict[str, Float64Array]:
        self.lengths.append(len(y))
        if y.min() < 0:
            raise RuntimeError("cannot fit this one")
        mean = np.full(h, y.mean())
        lower = {f"lo-{percent}": mean - percent / 2 for percent in level}
        upper = {f"hi-{percent}": mean + percent / 2 for percent in level}
        return {"mean": mean, **lower, **upper}


@pytest.fixture
def mean_model(monkeypatch: pytest.MonkeyPatch) -> type[MeanModel]:
    """Stand in for every baseline."""
    for name, baseline in list(BASELINES.items()):
        stand_in = Baseline(MeanModel, ("numpy",), baseline.max_season)
        monkeypatch.setitem(BASELINES, name, stand_in)
    monkeypatch.setattr(MeanModel, "lengths", [])
    return MeanModel


@pytest.fixture
def windows() -> list[RealWindow]:
    """Three windows of days; the second has negative values."""
    random = np.random.default_rng(0)
    histories = [random.uniform(1, 9, length) for length in (30, 31, 32)]
    histories[1] -= 20
    return [crafted_window(history, [5.0] * 14, "days") for history in histories]
