"""Series below a day are also learned as the subseries that they are forecast as."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pandas as pd
import pytest
import torch

from sktime_lagllama import FineTuning
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.resolutions import Resolution
from sktime_lagllama.fine_tuning.batches import training_batches
from sktime_lagllama.fine_tuning.validation import Validation
from sktime_lagllama.fine_tuning.windows import TrainingWindows
from tests.support.models import SMALL, random_model

CONFIG = replace(SMALL, subseries=True)
HOURS = Resolution(4, 2)


def quarters(length: int) -> pd.Series:
    noise = np.random.default_rng(0).standard_normal(length)
    times = pd.date_range("2024-03-01", periods=length, freq="15min")
    y = pd.Series(30 + noise.cumsum(), times)
    y.iloc[20:23] = np.nan
    return y


def windows_of(y: pd.Series, context: int = 12, horizon: int = 7) -> TrainingWindows:
    return TrainingWindows(to_series_batch(y.to_frame()), CONFIG, context, horizon, 0.25)


@pytest.mark.parametrize("place", [37, 100, 149])
def test_a_window_of_an_hourly_subseries_is_that_of_an_hourly_series(place: int) -> None:
    y = quarters(200)
    time = y.index[place]
    own = y[pd.DatetimeIndex(y.index).minute == time.minute]
    own.index = pd.DatetimeIndex(own.index).floor("h")
    zero = np.zeros(1, dtype=np.int64)
    found = windows_of(y).training_batch(zero, zero + place, resolution=HOURS)
    # Of 200 values 50 are held out: at each minute, the last ones.
    of_hours = TrainingWindows(to_series_batch(own.asfreq("h").to_frame()), CONFIG, 12, 2, 0.25)
    of_hours.training_ends = zero + int((own.index < pd.Timestamp(y.index[150])).sum()) - 1
    expected = of_hours.training_batch(zero, zero + own.index.get_loc(time.floor("h")))
    torch.testing.assert_close(vars(found), vars(expected))


def test_resolutions_with_too_short_a_history_are_not_learned() -> None:
    def strides(length: int) -> list[int]:
        return [resolution.stride for resolution in windows_of(quarters(length)).resolutions]

    assert strides(15) == [1]
    assert strides(16) == [1, 4]
    assert strides(4 * 96) == [1, 4, 96]


def test_a_network_without_subseries_learns_the_own_step_alone() -> None:
    history = to_series_batch(quarters(400).to_frame())
    windows = TrainingWindows(history, replace(CONFIG, subseries=False), 12, 7, 0.25)
    assert windows.resolutions == [Resolution(1, 0)]


def test_resolutions_take_turns() -> None:
    batches = training_batches(
        windows_of(quarters(400)), FineTuning(batch_size=3), np.random.default_rng(0)
    )
    # Context and horizon: seven steps are two hours, and lie in one day.
    lengths = [batch.targets.shape[1] for batch in islice(batches, 6)]
    assert lengths == [12 + 6, 12 + 1, 12] * 2


def test_held_out_windows_of_all_resolutions_count_alike() -> None:
    windows = windows_of(quarters(400))
    validation = Validation(windows, torch.device("cpu"), max_windows=20)
    losses = validation.losses(random_model(CONFIG))
    assert losses.losses.shape == (60,)
    assert np.isfinite(losses.mean)
    shifted = replace(losses, losses=losses.losses - 0.5)
    np.testing.assert_allclose(validation.gains(losses, shifted), 0.5)
