"""Synthetic series: reproducible, finite and predictable."""

from __future__ import annotations

import numpy as np
import pytest

from sktime_lagllama._typing import Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic import signals
from sktime_lagllama.pretraining.synthetic.corpus import (
    SyntheticSeries,
    generate,
    generate_from_traits,
)
from sktime_lagllama.pretraining.synthetic.frequencies import FREQUENCY_NAMES
from sktime_lagllama.pretraining.synthetic.signals import Level
from sktime_lagllama.pretraining.synthetic.traits import MIN_OBSERVED, Traits, draw_traits

NUM_SERIES = 600
LENGTH = 300


@pytest.fixture(scope="module")
def series() -> SyntheticSeries:
    """One batch that the tests only read."""
    return generate(np.random.default_rng(7), NUM_SERIES, LENGTH)


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


def test_changes_of_seasonal_series_repeat_after_a_period() -> None:
    rng = np.random.default_rng(11)
    traits = draw_traits(rng, 3000, 300)
    values = generate_from_traits(rng, traits, 300).values
    monthly = FREQUENCY_NAMES.index("monthly")

    def typical_correlation(lag: int, period: int) -> float:
        rows = np.flatnonzero(
            (traits.frequency == monthly)
            & (traits.main_season.period == period)
            & (traits.counts >= 72)
        )
        correlations = []
        for row in rows:
            kept = values[row, -traits.counts[row] :]
            changes = np.diff(kept)
            earlier, later = changes[:-lag], changes[lag:]
            both = np.isfinite(earlier) & np.isfinite(later)
            if both.sum() > 30 and earlier[both].std() > 0 and later[both].std() > 0:
                correlations.append(np.corrcoef(earlier[both], later[both])[0, 1])
        assert len(correlations) > 30
        return float(np.median(correlations))

    assert typical_correlation(12, period=12) > 0.5
    assert typical_correlation(12, period=12) > typical_correlation(7, period=12) + 0.3
    assert abs(typical_correlation(12, period=0)) < 0.2


@pytest.mark.parametrize(("name", "low", "high"), [("yearly", 0.62, 0.8), ("hourly", 0.35, 0.65)])
def test_business_series_mostly_rise_and_hourly_ones_do_not(
    name: str, low: float, high: float
) -> None:
    rng = np.random.default_rng(5)
    traits = draw_traits(rng, 3000, 120)
    values = generate_from_traits(rng, traits, 120).values
    rows = (traits.frequency == FREQUENCY_NAMES.index(name)) & (traits.counts >= 15)
    values = values[rows]
    thirds = traits.counts[rows, None] // 3
    steps = np.arange(120)
    late = np.nanmean(np.where(steps >= 120 - thirds, values, np.nan), axis=1)
    early = np.nanmean(np.where(steps < 120 - 2 * thirds, values, np.nan), axis=1)
    moved = np.abs(late - early) > 0.5 * np.nanstd(values, axis=1)
    assert low < np.mean((late > early)[moved]) < high


@pytest.mark.parametrize(
    ("only_seasonal", "share"),
    [(True, 0.8), (False, 0.6)],  # wind, pressure and machines need no day
    ids=["kinds that are built around seasons", "all kinds"],
)
def test_most_hourly_series_repeat_daily(
    only_seasonal: bool, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    if only_seasonal:
        seasonal = {
            signals.additive_structure,
            signals.multiplicative_structure,
            signals.exponential_smoothing_signal,
            signals.seasonal_arima_signal,
            signals.gaussian_process_signal,
        }
        kinds = tuple(kind for kind in signals.SIGNAL_KINDS if kind.draw in seasonal)
        assert len(kinds) == len(seasonal)
        monkeypatch.setattr(signals, "SIGNAL_KINDS", kinds)
    rng = np.random.default_rng(6)
    # Enough series that chance moves the share by less than a hundredth.
    hourly = {name: float(name == "hourly") for name in FREQUENCY_NAMES}
    traits = draw_traits(rng, 8000, 336, hourly)
    values = generate_from_traits(rng, traits, 336).values
    values = values[(traits.counts == 336) & np.isfinite(values).all(axis=1)]
    day_before = np.abs(values[:, 24:] - values[:, :-24]).mean(axis=1)
    half_day_before = np.abs(values[:, 12:] - values[:, :-12]).mean(axis=1)
    assert np.mean(day_before < 0.8 * half_day_before) > share


def test_series_of_signals_at_their_own_level_keep_it() -> None:
    def nights_and_days(
        rng: np.random.Generator, traits: Traits, length: int
    ) -> tuple[Float32Array, IntArray]:
        wave = np.maximum(np.sin(np.arange(length) * 2 * np.pi / 24), 0).astype(np.float32)
        shape = (traits.counts.size, length)
        return np.broadcast_to(wave, shape).copy(), np.full(shape[0], int(Level.OWN))

    rng = np.random.default_rng(9)
    traits = draw_traits(rng, 400, 240, {**dict.fromkeys(FREQUENCY_NAMES, 0.0), "hourly": 1.0})
    values = generate_from_traits(rng, traits, 240, nights_and_days).values
    zero_share = (values == 0).sum(axis=1) / np.isfinite(values).sum(axis=1)
    # One in ten is a mixture, and a few are flat or have breaks.
    assert np.mean((zero_share > 0.3) & (zero_share < 0.7)) > 0.75


def test_shares_of_frequencies_can_be_replaced() -> None:
    rng = np.random.default_rng(1)
    only_minutes = {**dict.fromkeys(FREQUENCY_NAMES, 0.0), "5-minutely": 2.0}
    assert generate(rng, 50, 100, only_minutes).sub_daily.all()
    with pytest.raises(ValueError, match="'fortnightly'"):
        generate(rng, 5, 100, {"fortnightly": 1.0})


def test_months_do_not_go_on_for_centuries() -> None:
    traits = draw_traits(np.random.default_rng(0), 3000, 3000)
    monthly = traits.frequency == FREQUENCY_NAMES.index("monthly")
    assert traits.counts[monthly].max() <= 700
    assert traits.counts[traits.sub_daily].max() == 3000


def test_the_last_quarter_does_not_explode(series: SyntheticSeries) -> None:
    values = np.abs(series.values)
    early = np.nanmax(values[:, : LENGTH * 3 // 4], axis=1, initial=0)
    late = np.nanmax(values[:, LENGTH * 3 // 4 :], axis=1, initial=0)
    full = np.isfinite(series.values[:, 0]) & (early > 0)
    assert np.mean(late[full] > 50 * early[full]) == 0
