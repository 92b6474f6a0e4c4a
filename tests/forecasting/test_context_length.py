"""Without a wish of the user, the context of a forecast depends on the step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama.checkpoints.weights import load
from sktime_lagllama.data.time_grid import grid_of
from sktime_lagllama.forecasting.context_length import default_context_length
from tests.support.models import SMALL


@pytest.mark.parametrize(("freq", "expected"), [("h", 5), ("W", 5), ("MS", 12), ("YE", 12)])
def test_the_default_is_that_of_the_step(freq: str, expected: int) -> None:
    grid = grid_of(pd.date_range("2024-01-01", periods=3, freq=freq))
    config = replace(SMALL, context_length=12, context_length_below_a_month=5)
    assert default_context_length(config, grid) == expected
    of_one = replace(SMALL, context_length=12, context_length_below_a_month=None)
    assert default_context_length(of_one, grid) == 12


@pytest.mark.parametrize(("freq", "expected"), [("D", 64), ("MS", 128)])
def test_a_forecast_is_the_one_from_the_context_that_is_the_default(
    freq: str, expected: int
) -> None:
    index = pd.date_range("2010-01-01", periods=140, freq=freq)
    y = pd.Series(np.random.default_rng(0).normal(10, 1, 140).cumsum(), index=index)
    default = LagLlamaForecaster(num_samples=5, random_state=0).fit(y)
    assert default.context_length_ == expected
    explicit = LagLlamaForecaster(num_samples=5, random_state=0, context_length=expected).fit(y)
    pd.testing.assert_series_equal(default.predict([1, 6]), explicit.predict([1, 6]))
    config = load("bundled").config
    assert (config.context_length, config.context_length_below_a_month) == (128, 64)
    other = LagLlamaForecaster(num_samples=5, random_state=0, context_length=192 - expected).fit(y)
    assert not other.predict([1, 6]).equals(default.predict([1, 6]))
