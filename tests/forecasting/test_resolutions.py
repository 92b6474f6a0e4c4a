"""Forecasts of series with a step below a day, at all of their resolutions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.forecasting import subseries
from sktime_lagllama.forecasting.combination import REACH
from sktime_lagllama.forecasting.resolutions import draw_paths
from sktime_lagllama.forecasting.rows import Rows
from sktime_lagllama.forecasting.summary_statistics import quantiles
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampled_paths import SampledPaths
from tests.support.models import BUNDLED_LIKE, random_model

OPTIONS = SamplingOptions(num_samples=6)
DAY = 96


@pytest.fixture
def model() -> LagLlama:
    return random_model(replace(BUNDLED_LIKE, subseries=True))


def walk(length: int, seed: int = 0) -> pd.Series:
    noise = np.random.default_rng(seed).standard_normal(length)
    times = pd.date_range("2024-03-01", periods=length, freq="15min")
    return pd.Series(50 + noise.cumsum(), times)


def loc_of(model: LagLlama, panel: list[pd.Series], horizon: int) -> np.ndarray:
    """Return locations, shape (series, num_samples, horizon), after each series' own end."""
    history = to_series_batch(pd.concat(dict(enumerate(panel))).to_frame())
    rows = np.arange(len(panel))
    ends = history.starts + history.lengths - 1
    return draw_paths(model, history, Rows.numbered(rows, ends), horizon, OPTIONS).loc


def test_no_path_of_a_nonnegative_series_is_below_zero(model: LagLlama) -> None:
    y = (walk(3 * DAY) - float(walk(3 * DAY).quantile(0.7))).clip(lower=0.0)
    history = to_series_batch(y.to_frame())
    rows = Rows.numbered(np.zeros(1, dtype=np.int64), history.starts + history.lengths - 1)
    free = draw_paths(model, history, rows, DAY, OPTIONS)
    assert (free.values < 0).any()
    clipped = draw_paths(model, history, rows, DAY, replace(OPTIONS, nonnegative=True))
    assert (clipped.values >= 0).all()
    assert (np.median(clipped.loc, axis=1) < 0).any()  # the centre of what is drawn together


def test_paths_of_a_nonnegative_series_are_zero_as_often_as_their_distributions_say(
    model: LagLlama,
) -> None:
    y = (walk(3 * DAY) - float(walk(3 * DAY).quantile(0.7))).clip(lower=0.0)
    history = to_series_batch(y.to_frame())
    rows = Rows.numbered(np.zeros(1, dtype=np.int64), history.starts + history.lengths - 1)
    options = replace(OPTIONS, num_samples=200, nonnegative=True)
    paths = draw_paths(model, history, rows, DAY, options)
    levels = np.arange(0.005, 1.0, 0.01).tolist()
    by_distributions = (quantiles(paths, levels, nonnegative=True) == 0.0).mean(axis=2)
    by_values = (paths.values == 0.0).mean(axis=1)
    assert by_distributions.max() > 0.5
    np.testing.assert_allclose(by_values, by_distributions, atol=0.1)


@pytest.mark.parametrize("length", [3, 60, 5 * DAY])
def test_a_shorter_horizon_has_the_first_steps_of_a_longer_one(
    model: LagLlama, length: int
) -> None:
    long = loc_of(model, [walk(length)], 2 * DAY)
    assert np.isfinite(long).all()
    for horizon in (1, 7, DAY):
        short = loc_of(model, [walk(length)], horizon)
        np.testing.assert_allclose(short, long[..., :horizon], rtol=1e-4)


def test_series_with_long_and_with_short_histories_do_not_disturb_each_other(
    model: LagLlama,
) -> None:
    panel = [walk(length, length) for length in (5 * DAY, 3, 100, 3 * DAY)]
    together = loc_of(model, panel, DAY)
    for number, y in enumerate(panel):
        # Alone, it must draw from the same stream of random numbers as in the panel.
        alone = loc_of(model, [*panel[:number], y], DAY)[-1]
        np.testing.assert_allclose(together[number], alone, rtol=1e-4)


def test_times_of_the_day_that_are_never_observed_are_no_obstacle(model: LagLlama) -> None:
    y = walk(5 * DAY)
    y[pd.DatetimeIndex(y.index).hour < 6] = np.nan
    assert np.isfinite(loc_of(model, [y], 2 * DAY)).all()


def test_only_coarse_resolutions_are_drawn_far_ahead(
    model: LagLlama, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, steps = subseries.sample_paths, []

    def recorded(*arguments: Any) -> SampledPaths:
        steps.append(arguments[3])
        return original(*arguments)

    monkeypatch.setattr(subseries, "sample_paths", recorded)
    loc_of(model, [walk(5 * DAY)], 2 * DAY)
    assert steps == [2, REACH, REACH]  # days, hours, quarters of an hour
    steps.clear()
    loc_of(model, [walk(DAY)], 2 * DAY)
    assert steps == [48, REACH]  # no day is known
    steps.clear()
    loc_of(model, [walk(5)], 2 * DAY)
    assert steps == [48, 2 * DAY]  # one hour of four is known
    steps.clear()
    loc_of(model, [walk(3)], 2 * DAY)
    assert steps == [2 * DAY]


def test_without_subseries_a_series_is_forecast_at_its_own_step_alone(model: LagLlama) -> None:
    plain = LagLlama(replace(model.config, subseries=False))
    plain.load_state_dict(model.state_dict())
    assert not np.allclose(loc_of(plain.eval(), [walk(300)], 5), loc_of(model, [walk(300)], 5))


def daily_course(num_days: int, steps: int) -> pd.Series:
    """Return a course of the day with a sharp peak at eight, at working days only, and noise."""
    times = pd.date_range("2025-01-06", periods=num_days * steps, freq=f"{24 * 60 // steps}min")
    hour = times.hour + times.minute / 60
    peak = 40 * np.exp(-((hour - 8) ** 2)) * (times.dayofweek < 5)
    noise = np.random.default_rng(0).standard_normal(len(times))
    return pd.Series(20 + peak + 10 * np.sin(2 * np.pi * hour / 24) + noise, times)


@pytest.mark.parametrize("steps", [24, 96, 288])
def test_the_bundled_weights_know_the_course_of_a_day(steps: int) -> None:
    y = daily_course(29, steps)
    train, test = y[:-steps], y[-steps:]
    forecast = LagLlamaForecaster(random_state=0).fit(train).predict(np.arange(1, steps + 1))
    naive = np.abs(test.to_numpy() - train.to_numpy()[-steps:]).mean()
    assert np.abs(test - forecast).mean() < 0.85 * naive


@pytest.mark.parametrize("change", ["2024-03-31 03:00", "2024-10-27 03:00"])
@pytest.mark.parametrize("hours_before", [-20, 5])
def test_a_series_with_a_zone_has_the_forecasts_of_what_its_clock_shows(
    model: LagLlama, change: str, hours_before: int
) -> None:
    cutoff = pd.Timestamp(change, tz="Europe/Berlin") - pd.Timedelta(hours=hours_before)
    times = pd.date_range(end=cutoff, periods=8 * 48, freq="30min")
    y = pd.Series(50 + np.random.default_rng(1).standard_normal(len(times)).cumsum(), times)
    shown = y.set_axis(times.tz_localize(None))
    shown = shown[~shown.index.duplicated(keep="last")].sort_index().asfreq("30min")
    found = forecast_of(model, y, 48)
    expected = forecast_of(model, shown, 50)
    of_clock = pd.DatetimeIndex(found.index).tz_localize(None)
    assert of_clock.is_unique or hours_before > 0
    np.testing.assert_allclose(found, expected.loc[of_clock], rtol=1e-4)


def test_residuals_of_a_series_with_a_zone_are_one_step_ahead(model: LagLlama) -> None:
    times = pd.date_range("2024-03-29", periods=4 * 48, freq="30min", tz="Europe/Berlin")
    y = pd.Series(50 + np.random.default_rng(1).standard_normal(len(times)).cumsum(), times)
    in_sample = forecast_of(model, y, [-95, -92, -90, 0])
    for step, time in zip([-95, -92, -90, 0], in_sample.index, strict=True):
        past = y.iloc[: len(y) + step - 1]
        assert in_sample[time] == pytest.approx(forecast_of(model, past, 1).iloc[-1], rel=1e-4)


def forecast_of(model: LagLlama, y: pd.Series, steps: Any) -> pd.Series:
    horizon = range(1, steps + 1) if isinstance(steps, int) else steps
    forecaster = LagLlamaForecaster(checkpoint=model, random_state=0, point_forecast="mean")
    return forecaster.fit(y).predict(horizon)
