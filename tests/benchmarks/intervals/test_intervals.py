"""Intervals are calibrated on the past of a series, and compared on the same windows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.intervals.__main__ import MIN_HISTORY, chosen_windows, report
from benchmarks.intervals.methods import METHODS
from benchmarks.intervals.rolling_calibration import MIN_SCORES, calibrate, calibrated_quantiles
from sktime_lagllama.pretraining.validation.sources import load_real_series
from sktime_lagllama.pretraining.validation.windows import rolling_windows
from sktime_lagllama.sampling.options import SamplingOptions
from tests.support.models import SMALL, random_model

LEVELS = (0.1, 0.5, 0.9)


def normal_forecasts(scale: float, cutoffs: int = 400) -> np.ndarray:
    """Return 80 % intervals of a normal distribution of some scale, (cutoffs, 2, 3)."""
    return np.tile(scale * np.array([-1.2816, 0.0, 1.2816]), (cutoffs, 2, 1))


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_intervals_that_were_too_narrow_or_too_wide_come_to_cover_what_they_promise(
    scale: float,
) -> None:
    actuals = np.random.default_rng(0).normal(size=(400, 2))
    past = normal_forecasts(scale)
    moved = calibrate(past, actuals, past[0], LEVELS)
    covered = ((moved[0, 0] <= actuals) & (actuals <= moved[0, 2])).mean()
    assert covered == pytest.approx(0.8, abs=0.02)
    assert (moved[:, 1] == past[0, :, 1]).all(), "the median stays"


def test_quantiles_stay_where_the_past_is_too_short() -> None:
    past = normal_forecasts(1.0, cutoffs=MIN_SCORES // 2 - 1)
    actuals = np.full((MIN_SCORES // 2 - 1, 2), 100.0)
    np.testing.assert_array_equal(calibrate(past, actuals, past[0], LEVELS), past[0])


def test_calibration_sees_the_past_only_and_missing_values_do_no_harm() -> None:
    history = pd.Series(np.random.default_rng(0).normal(size=60))
    history.iloc[[20, 50]] = np.nan
    model, options = random_model(SMALL), SamplingOptions(num_samples=4)
    quantiles = calibrated_quantiles(model, history, 3, LEVELS, options)
    assert quantiles.shape == (3, 3)
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles, axis=1) >= 0).all()
    short = calibrated_quantiles(model, history[:8], 3, LEVELS, options)
    assert short.shape == (3, 3)


def test_windows_have_a_past_to_calibrate_on() -> None:
    windows = chosen_windows(rolling_windows(load_real_series()), 3)
    assert len(windows) > 6
    for window in windows:
        assert len(window.history) >= MIN_HISTORY + len(window.targets)
        assert not window.history.isna().any()
    groups = pd.Series([window.series.group for window in windows]).value_counts()
    assert groups.max() <= 3


@pytest.mark.slow
def test_a_report_has_a_row_for_each_method() -> None:
    windows = chosen_windows(rolling_windows(load_real_series()), 1)
    monthly = [window for window in windows if window.series.group == "monthly"]
    names = ["the model's own", "rolling calibration", "NaiveVariance"]
    text = report(monthly, {name: METHODS[name] for name in names})
    assert all(text.count(f"| {name} |") == 2 for name in names)
