"""Synthetic series: reproducible, finite, on a true calendar and predictable."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama.pretraining.synthetic import corpus
from sktime_lagllama.pretraining.synthetic.calendar import FREQUENCY_NAMES, calendar_features
from sktime_lagllama.pretraining.synthetic.components import (
    Season,
    day_type_seasonality,
    standardise,
)
from sktime_lagllama.pretraining.synthetic.corpus import (
    MIN_OBSERVED,
    SyntheticSeries,
    _series_of,
    generate,
    main,
)
from sktime_lagllama.pretraining.synthetic.processes import _stable_pair
from sktime_lagllama.pretraining.synthetic.traits import Traits, draw_calendar, draw_traits

NUM_SERIES = 600
LENGTH = 300


@pytest.fixture(scope="module")
def series() -> SyntheticSeries:
    """One batch that the tests only read."""
    return generate(np.random.default_rng(7), NUM_SERIES, LENGTH)


def _expected_features(times: pd.DatetimeIndex) -> np.ndarray:
    columns = [
        times.second / 59,
        times.minute / 59,
        times.hour / 23,
        times.dayofweek / 6,
        (times.day - 1) / 30,
        (times.dayofyear - 1) / 365,
    ]
    return np.stack([np.asarray(column) for column in columns], axis=1) - 0.5


def test_the_same_seed_gives_the_same_series() -> None:
    first = generate(np.random.default_rng(3), 50, 120)
    second = generate(np.random.default_rng(3), 50, 120)
    other = generate(np.random.default_rng(4), 50, 120)
    np.testing.assert_array_equal(first.values, second.values)
    np.testing.assert_array_equal(first.calendar, second.calendar)
    assert not np.array_equal(first.values, other.values, equal_nan=True)


def test_shapes_and_types_are_the_documented_ones(series: SyntheticSeries) -> None:
    assert series.values.shape == (NUM_SERIES, LENGTH)
    assert series.calendar.shape == (NUM_SERIES, LENGTH, 6)
    assert series.values.dtype == series.calendar.dtype == np.float32


def test_counts_reach_from_the_first_observed_point_to_the_end(series: SyntheticSeries) -> None:
    observed = np.isfinite(series.values)
    assert series.counts.dtype == np.int64
    np.testing.assert_array_equal(series.counts, LENGTH - observed.argmax(axis=1))
    assert observed[np.arange(NUM_SERIES), LENGTH - series.counts].all()


def test_values_are_finite_or_missing(series: SyntheticSeries) -> None:
    assert not np.isinf(series.values).any()
    assert np.nanmax(np.abs(series.values)) < 1e12


@pytest.mark.parametrize("length", [8, 20, 300])
def test_every_series_has_eight_observed_points(length: int) -> None:
    values = generate(np.random.default_rng(1), 300, length).values
    assert np.isfinite(values).sum(axis=1).min() >= MIN_OBSERVED


def test_a_length_below_eight_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 8"):
        generate(np.random.default_rng(0), 2, 7)


def test_a_single_series_can_be_drawn() -> None:
    for seed in range(20):
        assert generate(np.random.default_rng(seed), 1, 60).values.shape == (1, 60)


def test_histories_are_short_and_long(series: SyntheticSeries) -> None:
    starts = np.isfinite(series.values).argmax(axis=1)
    history = LENGTH - starts
    assert 0.3 < np.mean(history <= 150) < 0.8
    assert (history == LENGTH).any()
    assert (history < 20).any()


def test_most_series_are_positive_and_some_have_gaps(series: SyntheticSeries) -> None:
    assert 0.6 < np.mean(np.nanmin(series.values, axis=1) >= 0) < 0.97
    observed = np.isfinite(series.values)
    after_start = np.maximum.accumulate(observed, axis=1)
    gapped = (after_start & ~observed).any(axis=1)
    assert 0.02 < gapped.mean() < 0.2


def test_calendar_features_stay_within_half(series: SyntheticSeries) -> None:
    assert series.calendar.min() >= -0.5
    assert series.calendar.max() <= 0.5


@pytest.mark.parametrize(
    ("name", "period", "first"),
    [
        ("monthly", "M", "1963-05"),
        ("quarterly", "Q", "1958-03"),
        ("yearly", "Y", "1960"),
        ("weekly", "W-SUN", "1961-01-04"),
    ],
)
def test_calendar_matches_the_last_days_of_pandas_periods(
    name: str, period: str, first: str
) -> None:
    index = pd.period_range(first, periods=200, freq=period)
    if name == "weekly":
        ordinals = (index.end_time.normalize() - pd.Timestamp("1970-01-04")).days.to_numpy() // 7
    else:
        ordinals = index.asi8
    expected = _expected_features(index.end_time.normalize())
    actual = calendar_features(name, np.asarray(ordinals, dtype=np.int64))
    np.testing.assert_allclose(actual, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("daily", "D"),
        ("hourly", "h"),
        ("30-minutely", "30min"),
        ("15-minutely", "15min"),
        ("minutely", "min"),
        ("secondly", "s"),
    ],
)
def test_calendar_matches_pandas_timestamps(name: str, step: str) -> None:
    times = pd.date_range("1967-12-30 21:17:00", periods=3000, freq=step).floor(step)
    ordinals = (times - pd.Timestamp(0)) // pd.Timedelta(1, step.lstrip("0135"))
    multiple = int(step[: -len(step.lstrip("0135"))] or 1)
    ordinals = ordinals.to_numpy() // multiple
    expected_times = times.normalize() if name == "daily" else times
    np.testing.assert_allclose(
        calendar_features(name, ordinals), _expected_features(expected_times), atol=1e-6
    )


def test_business_days_skip_weekends() -> None:
    times = pd.bdate_range("1970-01-05", periods=1000)
    actual = calendar_features("business-daily", np.arange(1000, dtype=np.int64))
    np.testing.assert_allclose(actual, _expected_features(times), atol=1e-6)


def test_a_quarter_of_the_calendars_is_the_dummy_of_series_without_dates() -> None:
    rng = np.random.default_rng(2)
    traits = draw_traits(rng, 2000, 60)
    calendar = draw_calendar(rng, traits, 60)
    january_first = _expected_features(pd.DatetimeIndex(["2010-01-01"]))[0]
    rows = np.arange(2000)
    first = calendar[rows, 60 - traits.counts]
    assert 0.12 < np.isclose(first, january_first, atol=1e-6).all(axis=1).mean() < 0.25


def test_changes_of_seasonal_series_repeat_after_a_period() -> None:
    rng = np.random.default_rng(11)
    traits = draw_traits(rng, 3000, 300)
    values = _series_of(rng, traits, 300).values
    monthly = FREQUENCY_NAMES.index("monthly")

    def typical_correlation(lag: int, period: int) -> float:
        rows = np.flatnonzero(
            (traits.frequency == monthly)
            & (traits.main_season.period == period)
            & (traits.counts >= 72)
        )
        found = []
        for row in rows:
            kept = values[row, -traits.counts[row] :]
            changes = np.diff(kept)
            earlier, later = changes[:-lag], changes[lag:]
            both = np.isfinite(earlier) & np.isfinite(later)
            if both.sum() > 30 and earlier[both].std() > 0 and later[both].std() > 0:
                found.append(np.corrcoef(earlier[both], later[both])[0, 1])
        assert len(found) > 30
        return float(np.median(found))

    assert typical_correlation(12, period=12) > 0.5
    assert typical_correlation(12, period=12) > typical_correlation(7, period=12) + 0.3
    assert abs(typical_correlation(12, period=0)) < 0.2


@pytest.mark.parametrize(("name", "low", "high"), [("yearly", 0.62, 0.8), ("hourly", 0.35, 0.65)])
def test_business_series_mostly_rise_and_hourly_ones_do_not(
    name: str, low: float, high: float
) -> None:
    rng = np.random.default_rng(5)
    traits = draw_traits(rng, 3000, 120)
    values = _series_of(rng, traits, 120).values
    rows = (traits.frequency == FREQUENCY_NAMES.index(name)) & (traits.counts >= 15)
    values = values[rows]
    thirds = traits.counts[rows, None] // 3
    steps = np.arange(120)
    late = np.nanmean(np.where(steps >= 120 - thirds, values, np.nan), axis=1)
    early = np.nanmean(np.where(steps < 120 - 2 * thirds, values, np.nan), axis=1)
    moved = np.abs(late - early) > 0.5 * np.nanstd(values, axis=1)
    assert low < np.mean((late > early)[moved]) < high


def test_most_hourly_series_repeat_daily() -> None:
    rng = np.random.default_rng(6)
    traits = draw_traits(rng, 4000, 336)
    values = _series_of(rng, traits, 336).values
    rows = (traits.frequency == FREQUENCY_NAMES.index("hourly")) & (traits.counts == 336)
    values = values[rows & np.isfinite(values).all(axis=1)]
    day_before = np.abs(values[:, 24:] - values[:, :-24]).mean(axis=1)
    half_day_before = np.abs(values[:, 12:] - values[:, :-12]).mean(axis=1)
    assert np.mean(day_before < 0.8 * half_day_before) > 0.8


def test_weekends_have_a_daily_profile_of_their_own() -> None:
    size = 200
    absent = np.full(size, -1.0)
    daily = Season(np.full(size, 24.0), np.zeros(size), absent, absent)
    weekly = Season(np.full(size, 168.0), np.zeros(size), absent, absent)
    values = day_type_seasonality(np.random.default_rng(0), daily, weekly, 336)
    np.testing.assert_allclose(values[:, :168], values[:, 168:], atol=1e-6)
    profiles = values[:, :168].reshape(size, 7, 24)
    profiles = profiles - profiles.mean(axis=2, keepdims=True)
    working_days = np.abs(profiles[:, 0] - profiles[:, 1]).max(axis=1)
    weekend = np.abs(profiles[:, 0] - profiles[:, 3]).max(axis=1)
    assert working_days.max() < 1e-4
    assert np.median(weekend) > 0.5


def test_arima_coefficients_are_stable() -> None:
    first, second = _stable_pair(np.random.default_rng(0), 1000, np.full(1000, 0.5))
    roots = np.array([np.roots([1, -a, -b]) for a, b in zip(first, second, strict=True)])
    assert np.abs(roots).max() < 1


def test_the_components_of_a_mixture_share_their_season(monkeypatch: pytest.MonkeyPatch) -> None:
    def waves(
        rng: np.random.Generator, traits: Traits, length: int
    ) -> tuple[np.ndarray, np.ndarray]:
        season = traits.main_season
        cycles = season.phase[:, None] + np.arange(length) / np.maximum(season.period[:, None], 2)
        wave = np.cos(2 * np.pi * cycles + 0.3).astype(np.float32)
        return wave, np.ones(len(wave), dtype=bool)

    monkeypatch.setattr(corpus, "draw_signals", waves)
    rng = np.random.default_rng(8)
    traits = draw_traits(rng, 200, 100)
    scaled, _, _, has_level = corpus._mixed_signals(rng, traits, 100)
    alone, _, _ = standardise(waves(rng, traits, 100)[0], traits.counts)
    assert 5 < np.sum(~has_level) < 50
    kept = np.arange(100) < traits.counts[:, None]
    np.testing.assert_allclose(scaled[kept], alone[kept], atol=1e-3)


def test_the_last_quarter_does_not_explode(series: SyntheticSeries) -> None:
    values = np.abs(series.values)
    early = np.nanmax(values[:, : LENGTH * 3 // 4], axis=1, initial=0)
    late = np.nanmax(values[:, LENGTH * 3 // 4 :], axis=1, initial=0)
    full = np.isfinite(series.values[:, 0]) & (early > 0)
    assert np.mean(late[full] > 50 * early[full]) == 0


def test_the_plot_command_writes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.png"
    main(["--plot", str(page), "--seed", "3"])
    assert page.read_bytes().startswith(b"\x89PNG")
    assert "points per second" in capsys.readouterr().out
