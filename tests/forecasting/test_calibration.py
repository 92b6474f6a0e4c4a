"""The spread of forecasts, by step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.time_grid import grid_of
from sktime_lagllama.forecasting.calibration import SPREAD_OF_COMBINED, calibrate
from sktime_lagllama.forecasting.resolutions import draw_paths
from sktime_lagllama.forecasting.rows import Rows
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampled_paths import SampledPaths
from tests.support.models import SMALL, random_model

CONFIG = LagLlamaConfig(spread_of_weeks=0.5)
NOTHING_COMBINED = np.zeros((2, 12), dtype=bool)


def some_paths(centre: float = 3.0) -> SampledPaths:
    noise = np.random.default_rng(0).standard_normal((4, 2, 9, 12))
    values, df, loc, scale = noise
    return SampledPaths(centre + values, 2.0 + np.abs(df), centre + loc, np.abs(scale))


def calibrated(
    freq: str, is_combined: np.ndarray = NOTHING_COMBINED, centre: float = 3.0, **options: bool
) -> SampledPaths:
    grid = grid_of(pd.date_range("2024-01-01", periods=5, freq=freq))
    return calibrate(
        some_paths(centre), is_combined, CONFIG, grid, **{"nonnegative": False} | options
    )


def check_spread(found: SampledPaths, before: SampledPaths, factor: float) -> None:
    """Check that the medians are those of before, and the spread another by a factor."""
    np.testing.assert_allclose(np.median(found.loc, 1), np.median(before.loc, 1), rtol=1e-12)
    np.testing.assert_allclose(found.loc.std(axis=1), factor * before.loc.std(axis=1))
    np.testing.assert_allclose(found.scale, factor * before.scale)
    np.testing.assert_allclose(found.values.std(axis=1), factor * before.values.std(axis=1))
    np.testing.assert_array_equal(found.df, before.df)


def test_combined_forecasts_are_drawn_together_around_their_medians_and_others_are_not() -> None:
    is_combined = NOTHING_COMBINED.copy()
    is_combined[1, 4:] = True
    paths, found = some_paths(), calibrated("h", is_combined)
    check_spread(found.select(np.s_[1:, :, 4:]), paths.select(np.s_[1:, :, 4:]), SPREAD_OF_COMBINED)
    for untouched in (np.s_[:1], np.s_[1:, :, :4]):
        check_spread(found.select(untouched), paths.select(untouched), 1.0)


@pytest.mark.parametrize(("freq", "factor"), [("W", 0.5), ("2W", 0.5), ("D", 1.0), ("MS", 1.0)])
def test_only_forecasts_of_weeks_have_the_spread_of_weeks(freq: str, factor: float) -> None:
    check_spread(calibrated(freq), some_paths(), factor)


def test_no_value_of_a_nonnegative_series_is_below_zero() -> None:
    assert (calibrated("W", centre=0.0).values < 0).any()
    assert (calibrated("W", centre=0.0, nonnegative=True).values >= 0).all()


def test_paths_of_weekly_series_are_calibrated() -> None:
    y = pd.Series(
        50 + np.random.default_rng(0).standard_normal(80).cumsum(),
        pd.date_range("2022-01-01", periods=80, freq="W"),
    )
    history = to_series_batch(y.to_frame())
    rows = Rows.numbered(np.zeros(1, dtype=np.int64), np.array([79]))
    model, options = random_model(SMALL), SamplingOptions(num_samples=6)
    before = draw_paths(model, history, rows, 3, options)
    model.config = replace(SMALL, spread_of_weeks=0.5)
    check_spread(draw_paths(model, history, rows, 3, options), before, 0.5)
