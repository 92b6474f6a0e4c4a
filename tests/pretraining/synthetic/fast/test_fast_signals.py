"""Signals of steps below a day behave like what they are named after."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama.pretraining.synthetic.fast.appliances import appliance_signal
from sktime_lagllama.pretraining.synthetic.fast.clock import clock_of
from sktime_lagllama.pretraining.synthetic.fast.counts import count_signal
from sktime_lagllama.pretraining.synthetic.fast.daily_profiles import (
    activity,
    daily_profile_signal,
    draw_day_types,
)
from sktime_lagllama.pretraining.synthetic.fast.load import load_signal
from sktime_lagllama.pretraining.synthetic.fast.prices import electricity_price_signal
from sktime_lagllama.pretraining.synthetic.fast.solar import sine_of_elevation, solar_signal
from sktime_lagllama.pretraining.synthetic.fast.weather import (
    humidity_signal,
    pressure_signal,
    rain_signal,
    temperature_signal,
)
from sktime_lagllama.pretraining.synthetic.fast.wind import wind_power_signal, wind_speed_signal

SIGNALS = [
    appliance_signal,
    count_signal,
    daily_profile_signal,
    electricity_price_signal,
    humidity_signal,
    load_signal,
    pressure_signal,
    rain_signal,
    solar_signal,
    temperature_signal,
    wind_power_signal,
    wind_speed_signal,
]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def lag_one_correlation(values: np.ndarray) -> np.ndarray:
    centred = values.astype(float) - values.mean(axis=1, keepdims=True)
    return (centred[:, 1:] * centred[:, :-1]).sum(axis=1) / (centred**2).sum(axis=1)


@pytest.mark.parametrize("draw", SIGNALS)
@pytest.mark.parametrize("name", ["secondly", "minutely", "5-minutely", "hourly"])
def test_signals_are_finite_and_depend_on_the_seed_alone(draw, name, traits_of) -> None:
    traits = traits_of(name, 20, 300)
    values = draw(rng(1), traits, 300)
    assert values.shape == (20, 300)
    assert values.dtype == np.float32
    assert np.isfinite(values).all()
    np.testing.assert_array_equal(values, draw(rng(1), traits, 300))
    assert not np.array_equal(values, draw(rng(2), traits, 300))


@pytest.mark.parametrize("draw", SIGNALS)
def test_signals_can_be_drawn_for_a_single_short_series(draw, traits_of) -> None:
    assert draw(rng(), traits_of("15-minutely", 1, 8), 8).shape == (1, 8)


def test_working_days_differ_from_weekends_and_resemble_each_other(traits_of) -> None:
    traits = traits_of("hourly", 300, 24 * 28)
    clock = clock_of(traits, 24 * 28)
    values = activity(rng(), clock)
    weekday = np.take_along_axis(clock.weekday, clock.day, axis=1)

    def profiles(days: tuple[int, ...]) -> np.ndarray:
        chosen = np.isin(weekday, days)
        sums = [
            np.where(chosen & (clock.hour == hour), values, 0).sum(axis=1)
            / (chosen & (clock.hour == hour)).sum(axis=1)
            for hour in range(24)
        ]
        return np.stack(sums, axis=1)

    tuesday, wednesday, sunday = profiles((1,)), profiles((2,)), profiles((6,))
    among_working_days = np.abs(tuesday - wednesday).mean(axis=1)
    to_sunday = np.abs(tuesday - sunday).mean(axis=1)
    assert np.median(to_sunday / among_working_days) > 3


def test_holidays_look_like_sundays(traits_of) -> None:
    traits = traits_of("hourly", 300, 24 * 400)
    clock = clock_of(traits, 24 * 400)
    types = draw_day_types(rng(), clock)
    tuesdays = clock.weekday == 1
    new_year = tuesdays & (clock.day_of_year == 0)
    assert 0.02 < np.mean(types[tuesdays] == 2) < 0.05
    assert np.mean(types[new_year] == 2) > 0.4


def test_profiles_drift_over_months(traits_of) -> None:
    length = 24 * 7 * 30
    traits = traits_of("hourly", 100, length)
    weeks = activity(rng(), clock_of(traits, length)).reshape(100, 30, 168)
    weeks = weeks / weeks.mean(axis=2, keepdims=True)
    next_week = np.abs(weeks[:, 1:] - weeks[:, :-1]).mean()
    half_a_year_later = np.abs(weeks[:, 26:] - weeks[:, :4]).mean()
    assert half_a_year_later > 1.15 * next_week


def test_loads_and_profiles_are_positive_and_repeat_weekly(traits_of) -> None:
    traits = traits_of("30-minutely", 200, 1344)
    for draw in (daily_profile_signal, load_signal):
        values = draw(rng(), traits, 1344)
        assert values.min() > 0
        week_before = np.abs(values[:, 336:] - values[:, :-336]).mean(axis=1)
        half_a_day_before = np.abs(values[:, 24:] - values[:, :-24]).mean(axis=1)
        assert np.mean(week_before < half_a_day_before) > 0.9


def test_temperatures_are_smooth_and_warmest_in_the_afternoon(traits_of) -> None:
    traits = traits_of("10-minutely", 300, 1440)
    values = temperature_signal(rng(), traits, 1440)
    assert np.median(lag_one_correlation(values)) > 0.98
    hour = clock_of(traits, 1440).hour
    afternoon = np.where((hour > 13) & (hour < 16), values, np.nan)
    morning = np.where((hour > 4) & (hour < 7), values, np.nan)
    warmer = np.nanmean(afternoon, axis=1) > np.nanmean(morning, axis=1)
    assert warmer.mean() > 0.9


def test_temperatures_differ_more_over_the_year_than_over_a_week(traits_of) -> None:
    values = temperature_signal(rng(), traits_of("hourly", 60, 24 * 365), 24 * 365)
    by_week = values[:, : 168 * 52].reshape(60, 52, 168)
    assert np.median(by_week.mean(axis=2).std(axis=1) / by_week.std(axis=2).mean(axis=1)) > 1


def test_pressure_is_smooth_and_humidity_is_a_percentage(traits_of) -> None:
    traits = traits_of("hourly", 200, 700)
    pressure = pressure_signal(rng(), traits, 700)
    assert np.median(lag_one_correlation(pressure)) > 0.97
    assert pressure.min() > 600
    assert pressure.max() < 1100
    humidity = humidity_signal(rng(), traits, 700)
    assert humidity.min() >= 5
    assert humidity.max() == 100
    assert np.median(lag_one_correlation(humidity)) > 0.9


def test_rain_is_rare_and_comes_in_spells(traits_of) -> None:
    rain = rain_signal(rng(), traits_of("hourly", 200, 1000), 1000) > 0
    assert 0.05 < rain.mean() < 0.5
    assert rain[:, 1:][rain[:, :-1]].mean() > 2 * rain.mean()


def test_solar_output_is_zero_at_night_by_its_own_calendar(traits_of) -> None:
    traits = traits_of("15-minutely", 200, 960)
    clock = clock_of(traits, 960)
    values = solar_signal(rng(), traits, 960)
    assert values.min() == 0
    assert values.max() <= 1
    assert (values[(clock.hour < 2.5) | (clock.hour > 23)] == 0).mean() > 0.99
    noon = (clock.hour > 11.5) & (clock.hour < 13)
    assert (values[noon] > 0).mean() > 0.95


def test_days_are_long_in_summer_and_in_the_north_in_june(traits_of) -> None:
    traits = traits_of("hourly", 4, 24 * 365)
    clock = clock_of(traits, 24 * 365)
    latitude = np.full((4, 1), np.deg2rad(50), dtype=np.float32)
    height = sine_of_elevation(clock, latitude, np.full((4, 1), 12, dtype=np.float32))
    day_of_year = np.take_along_axis(clock.day_of_year, clock.day, axis=1)
    assert 15 < 24 * (height[day_of_year == 171] > 0).mean() <= 17
    assert 7 <= 24 * (height[day_of_year == 354] > 0).mean() < 9
    highest = pd.Series(height[0]).groupby(day_of_year[0]).max()
    assert highest[171] == pytest.approx(np.cos(np.deg2rad(50 - 23.44)), abs=0.01)


def test_days_of_sun_and_of_clouds_differ(traits_of) -> None:
    traits = traits_of("hourly", 100, 480)
    values = solar_signal(rng(), traits, 480)
    by_day = values.reshape(100, 20, 24).sum(axis=2)
    assert np.median(by_day.std(axis=1) / by_day.mean(axis=1)) > 0.15


def test_wind_is_never_negative_and_power_is_bounded(traits_of) -> None:
    traits = traits_of("10-minutely", 200, 1000)
    speed = wind_speed_signal(rng(), traits, 1000)
    assert speed.min() >= 0
    assert np.median(lag_one_correlation(speed)) > 0.8
    power = wind_power_signal(rng(), traits, 1000)
    assert power.min() == 0
    assert power.max() == 1
    assert 0.02 < (power == 0).mean() < 0.5


def test_prices_are_bounded_return_to_their_mean_and_are_sometimes_negative(traits_of) -> None:
    values = electricity_price_signal(rng(), traits_of("hourly", 300, 1000), 1000)
    assert values.min() >= -3
    assert values.max() <= 12
    has_negative = (values < 0).any(axis=1)
    assert 0.1 < has_negative.mean() < 0.8
    halves = values.reshape(300, 2, 500).mean(axis=2)
    assert np.median(np.abs(halves[:, 0] - halves[:, 1]) / values.std(axis=1)) < 0.4
    centred = values - values.mean(axis=1, keepdims=True)
    kurtosis = (centred**4).mean(axis=1) / (centred**2).mean(axis=1) ** 2
    assert np.quantile(kurtosis, 0.8) > 5


def test_counts_are_whole_and_vary_more_than_their_means_allow(traits_of) -> None:
    values = count_signal(rng(), traits_of("15-minutely", 300, 1344), 1344)
    np.testing.assert_array_equal(values, np.rint(values))
    assert values.min() == 0
    # The same quarters of an hour of two weeks have the same mean but for calendar and drift.
    earlier, later = values[:, :672].astype(float), values[:, 672:].astype(float)
    variance = ((earlier - later) ** 2).mean(axis=1) / 2
    mean = (earlier + later).mean(axis=1) / 2
    busy = mean > 1
    assert np.median(variance[busy] / mean[busy]) > 1.3


def test_some_places_are_closed_at_night(traits_of) -> None:
    traits = traits_of("30-minutely", 400, 1000)
    hour = clock_of(traits, 1000).hour
    values = count_signal(rng(), traits, 1000)
    busy = values.mean(axis=1) > 5
    closed = np.array([(v[h < 4] == 0).all() for v, h in zip(values, hour, strict=True)])
    assert 0.2 < closed[busy].mean() < 0.6


def test_appliances_switch_between_few_levels(traits_of) -> None:
    values = appliance_signal(rng(), traits_of("5-minutely", 300, 1000), 1000)
    assert values.min() >= 0
    num_levels = np.array([np.unique(series).size for series in values])
    assert np.mean(num_levels <= 6) > 0.5
    assert np.mean(num_levels >= 2) > 0.95
    changes = (np.diff(values, axis=1) != 0).mean(axis=1)[num_levels <= 6]
    assert np.median(changes) < 0.4


def test_appliances_are_used_when_people_are_active(traits_of) -> None:
    traits = traits_of("5-minutely", 400, 1440)
    hour = clock_of(traits, 1440).hour
    values = appliance_signal(rng(), traits, 1440)
    is_on = values > values.min(axis=1, keepdims=True) + 0.3 * np.ptp(values, axis=1, keepdims=True)
    evening = (hour > 17) & (hour < 20)
    night = (hour > 1) & (hour < 4)
    assert is_on[evening].mean() > 1.2 * is_on[night].mean()
