"""Forecasts of a series at the resolution of hours are those of its hourly subseries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.resolutions import Resolution, resolutions_of
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.forecasting import chunks, subseries
from sktime_lagllama.forecasting.rows import Rows
from sktime_lagllama.forecasting.subseries import draw_at_resolution, subseries_windows
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampled_paths import SampledPaths
from tests.support.models import BUNDLED_LIKE, random_model

LENGTH = 130
OPTIONS = SamplingOptions(num_samples=6)
TIMES = pd.date_range("2024-02-27 00:30", periods=LENGTH + 40, freq="15min")
HOURS = Resolution(4, 2)


def walk() -> pd.Series:
    noise = np.random.default_rng(3).standard_normal(len(TIMES))
    y = pd.Series(50 + noise.cumsum(), TIMES)
    y.iloc[[50, 51, 70]] = np.nan
    return y


@pytest.fixture
def model() -> LagLlama:
    return random_model(BUNDLED_LIKE)


def history_of(y: pd.Series) -> SeriesBatch:
    return to_series_batch(y.to_frame())


def drawn(
    model: LagLlama, y: pd.Series, horizon: int, resolution: Resolution, cutoff: int = LENGTH - 1
) -> tuple[SampledPaths, np.ndarray]:
    number = np.zeros(1, dtype=np.int64)
    return draw_at_resolution(
        model, history_of(y), Rows.numbered(number, number + cutoff), horizon, OPTIONS, resolution
    )


@pytest.mark.parametrize("horizon", [1, 3, 4, 11])
def test_each_step_is_the_forecast_of_its_own_subseries(model: LagLlama, horizon: int) -> None:
    y = walk()
    found, is_known = drawn(model, y.iloc[:LENGTH], horizon, HOURS)
    assert found.values.shape == (1, 6, horizon)
    assert is_known.shape == (1, horizon)
    assert is_known.all()
    for step in range(horizon):
        time = TIMES[LENGTH + step]
        subseries = y.iloc[:LENGTH][TIMES[:LENGTH].minute == time.minute]
        subseries.index = pd.DatetimeIndex(subseries.index).floor("h")
        ahead = int((time.floor("h") - subseries.index[-1]) / pd.Timedelta(hours=1))
        own = Resolution(1, 0)
        expected, _ = drawn(model, subseries.asfreq("h"), ahead, own, len(subseries) - 1)
        for of_field, field in zip(found, expected, strict=True):
            np.testing.assert_allclose(of_field[..., step], field[..., -1], rtol=1e-4)


def test_nothing_after_the_cutoff_is_seen(model: LagLlama) -> None:
    y = walk()
    changed = y.copy()
    changed.iloc[LENGTH:] = 1e6
    before, _ = drawn(model, y, 11, HOURS)
    after, _ = drawn(model, changed, 11, HOURS)
    np.testing.assert_array_equal(before.values, after.values)


def test_a_shorter_horizon_has_the_first_steps_of_a_longer_one(model: LagLlama) -> None:
    long, _ = drawn(model, walk(), 11, HOURS)
    for horizon in (1, 3, 6):
        short, _ = drawn(model, walk(), horizon, HOURS)
        np.testing.assert_allclose(short.values, long.values[..., :horizon], rtol=1e-5)


def test_a_subseries_with_one_value_is_not_known(model: LagLlama) -> None:
    y = walk().iloc[:LENGTH]
    minute = TIMES[LENGTH + 2].minute
    y[(TIMES[:LENGTH].minute == minute) & (TIMES[:LENGTH] < TIMES[LENGTH - 4])] = np.nan
    found, is_known = drawn(model, y, 9, HOURS)
    assert is_known[0].tolist() == [True, True, False, True] * 2 + [True]
    assert all(np.isfinite(field).all() for field in found)


def test_a_history_shorter_than_the_step_is_not_known(model: LagLlama) -> None:
    day = resolutions_of(history_of(walk()).grid)[-1]
    found, is_known = drawn(model, walk().iloc[:10], 200, day, cutoff=9)
    assert not is_known.any()
    assert all(np.isfinite(field).all() for field in found)


def test_windows_of_many_rows_never_exist_at_the_same_time(
    model: LagLlama, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = []

    def counting(*arguments: Any) -> Any:
        found = subseries_windows(*arguments)
        numbers.append(len(found))
        return found

    cutoffs = np.arange(LENGTH - 20, LENGTH)
    rows = Rows.numbered(np.zeros(20, dtype=np.int64), cutoffs)
    arguments = (model, history_of(walk()), rows, 3, OPTIONS, HOURS)
    expected = draw_at_resolution(*arguments)
    monkeypatch.setattr(subseries, "subseries_windows", counting)
    monkeypatch.setattr(chunks, "MAX_WINDOWS_CHUNK", 12)
    found = draw_at_resolution(*arguments)
    assert numbers == [12, 12, 12, 12, 12]
    np.testing.assert_array_equal(found[1], expected[1])
    for one, other in zip(found[0], expected[0], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4)
