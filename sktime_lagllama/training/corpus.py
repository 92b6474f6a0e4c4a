"""Endless synthetic series to pretrain a forecaster on.

`generate` draws series that look like business series: mostly positive levels a few times larger
than their variation, stable seasons that follow the calendar, trends that persist and then fade,
moderate noise, and often a short history. Batches of 500 series and more are the fastest, since
the loops over time then cost little per series.

``python -m sktime_lagllama.training.corpus --plot page.png`` draws a page of them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sktime_lagllama.training.calendar import (
    DUMMY_CALENDAR_START,
    FREQUENCIES,
    SUNDAY,
    WEEKEND_START_PHASE,
    Frequency,
    calendar_features,
    start_ordinals,
)
from sktime_lagllama.training.components import (
    FloatArray,
    IntArray,
    Season,
    evolving_amplitude,
    exponential_smoothing,
    gaussian_process,
    log_uniform,
    noise,
    seasonal_arima,
    seasonality,
    standardise,
    trend,
)

MIN_OBSERVED = 8
LONGEST_SHORT_SERIES = 150
DUMMY_CALENDAR_SHARE = 0.25
ARBITRARY_PERIOD_SHARE = 0.05
LARGEST_GROWTH = 50.0

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class SyntheticSeries:
    """A batch of synthetic series that all end at the last column.

    Attributes
    ----------
    values : numpy.ndarray of float32, shape (num_series, length)
        NaN where missing and before the start of a short series; every series has at least 8
        observed points.
    calendar : numpy.ndarray of float32, shape (num_series, length, 6)
        Calendar features in [-0.5, 0.5], see `calendar.calendar_features`; never missing.
    """

    values: FloatArray
    calendar: FloatArray


@dataclass(frozen=True)
class Traits:
    """What a batch of series is about, before any value is drawn.

    Attributes
    ----------
    frequency : numpy.ndarray of int64, shape (num_series,)
        Indices into `FREQUENCIES`.
    counts : numpy.ndarray of int64, shape (num_series,)
        Points from the first observed one to the last.
    first_ordinals : numpy.ndarray of int64, shape (num_series,)
        Ordinal of the first observed point, see `calendar`.
    main_season, other_season : Season
        Seasons of each series, either of which may be absent.
    calendar : numpy.ndarray of float32, shape (num_series, length, 6)
    """

    frequency: IntArray
    counts: IntArray
    first_ordinals: IntArray
    main_season: Season
    other_season: Season
    calendar: FloatArray


def generate(rng: np.random.Generator, num_series: int, length: int) -> SyntheticSeries:
    """Draw synthetic series.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of all randomness: the same state gives the same series.
    num_series : int
        How many series to draw; 500 and more at a time are the fastest.
    length : int
        Points per series, at least 8, shorter histories being padded in front with NaN.

    Returns
    -------
    SyntheticSeries

    Raises
    ------
    ValueError
        If the length is below 8.

    Examples
    --------
    >>> import numpy as np
    >>> series = generate(np.random.default_rng(0), num_series=4, length=100)
    >>> series.values.shape, series.calendar.shape
    ((4, 100), (4, 100, 6))
    """
    if length < MIN_OBSERVED:
        raise ValueError(f"length must be at least {MIN_OBSERVED}, got {length}")
    return _series_of(rng, draw_traits(rng, num_series, length), length)


def _series_of(rng: np.random.Generator, traits: Traits, length: int) -> SyntheticSeries:
    """Draw values for given traits and align them with their calendar."""
    counts = traits.counts
    signals, has_level = _signals(rng, traits, length)
    signals = _tame(signals, counts)
    scaled, mean, deviation = standardise(signals, counts)
    scaled, mixed = _mix(rng, scaled, counts, traits.frequency)
    scaled = _disturb(rng, scaled, counts)
    has_level &= ~mixed
    values = _place_level(rng, scaled, counts, mean, deviation, has_level)
    values = _make_counts(rng, values, counts)
    values = _make_flat(rng, values)
    values = _change_unit(rng, values)
    values = np.where(np.isfinite(values), values, np.float32(0))
    values = _hide_points(rng, values, counts)
    return SyntheticSeries(_align_right(values, counts), traits.calendar)


def draw_traits(rng: np.random.Generator, num_series: int, length: int) -> Traits:
    """Draw frequency, history, start, seasons and calendar of each series."""
    shares = np.array([frequency.share for frequency in FREQUENCIES])
    frequency = rng.choice(len(FREQUENCIES), num_series, p=shares / shares.sum())
    counts = np.empty(num_series, dtype=np.int64)
    ordinals = np.empty(num_series, dtype=np.int64)
    periods = np.zeros((2, num_series))
    calendar = np.empty((num_series, length, 6), dtype=np.float32)
    for index, kind in enumerate(FREQUENCIES):
        rows = np.flatnonzero(frequency == index)
        counts[rows] = _history_lengths(rng, kind.short_share, rows.size, length)
        ordinals[rows] = start_ordinals(rng, kind, rows.size)
        periods[0, rows] = _draw_periods(rng, kind.main_periods, kind.main_share, rows.size)
        periods[1, rows] = _draw_periods(rng, kind.other_periods, kind.other_share, rows.size)
        positions = np.arange(length) - (length - counts[rows, None])
        week_end = np.where(
            rng.random((rows.size, 1)) < 0.75, SUNDAY, rng.integers(0, 7, (rows.size, 1))
        )
        calendar[rows] = calendar_features(kind.name, ordinals[rows, None] + positions, week_end)
    # A series with a single season has it as its main one, the only one that some signals use.
    lone = periods[0] == 0
    periods[0, lone] = periods[1, lone]
    periods[1, periods[1] == periods[0]] = 0
    arbitrary = rng.random(num_series) < ARBITRARY_PERIOD_SHARE
    periods[0, arbitrary] = rng.integers(2, 61, arbitrary.sum())
    periods[1, arbitrary] = 0
    _replace_by_dummy_calendar(rng, calendar, counts)
    steps = {
        name: np.array([getattr(kind, name) for kind in FREQUENCIES], dtype=float)[frequency]
        for name in ("steps_per_week", "steps_per_year")
    }
    main, other = (_season_on_calendar(rng, period, ordinals, **steps) for period in periods)
    return Traits(frequency, counts, ordinals, main, other, calendar)


def _history_lengths(
    rng: np.random.Generator, short_share: float, num_series: int, length: int
) -> IntArray:
    """Draw how many points of each series are observed: 8 to 150, longer, or all."""
    longest_short = min(LONGEST_SHORT_SERIES, length)
    short = log_uniform(rng, MIN_OBSERVED, longest_short + 1, num_series)
    # Log-uniform alone leaves few of the usual 40 to 150 points.
    even = rng.uniform(MIN_OBSERVED, longest_short + 1, num_series)
    short = np.where(rng.random(num_series) < 0.5, short, even)
    long = rng.uniform(longest_short, length + 1, num_series)
    long = np.where(rng.random(num_series) < 0.35, length, long)
    counts = np.where(rng.random(num_series) < short_share, short, long)
    return np.clip(counts.astype(np.int64), MIN_OBSERVED, length)


def _draw_periods(
    rng: np.random.Generator, weighted: Sequence[tuple[float, float]], share: float, size: int
) -> NDArray[np.float64]:
    """Draw one of the weighted periods for a share of the series, 0 for the others."""
    periods, weights = np.array(weighted).T
    drawn = rng.choice(periods, size, p=weights / weights.sum())
    return np.where(rng.random(size) < share, drawn, 0.0)


def _season_on_calendar(
    rng: np.random.Generator,
    period: NDArray[np.float64],
    ordinals: IntArray,
    steps_per_week: NDArray[np.float64],
    steps_per_year: NDArray[np.float64],
) -> Season:
    """Tie seasons to the calendar: the phase is that of the ordinal within its period.

    A block that may stand out is the weekend in weekly cycles, and December or August in yearly
    ones.
    """
    safe_period = np.where(period > 0, period, 1.0)
    phase = np.where(period > 0, ordinals / safe_period % 1.0, 0.0)
    # Ordinal 0 of business days is a Monday, so a five-day week has no weekend to mark.
    weekly = (period > 5) & (period == steps_per_week)
    yearly = (period > 4) & (period == steps_per_year)
    month = np.where(rng.random(period.size) < 0.7, 11, 7) / 12
    block_phase = np.where(weekly, WEEKEND_START_PHASE, np.where(yearly, month, -1.0))
    block_width = np.where(weekly, 2 / 7, np.where(yearly, 1 / 12, 0.1))
    return Season(period, phase, block_phase, block_width)


def _replace_by_dummy_calendar(
    rng: np.random.Generator, calendar: FloatArray, counts: IntArray
) -> None:
    """Make some calendars daily from 2010-01-01, in place, as series without dates have them."""
    num_series, length, _ = calendar.shape
    rows = np.flatnonzero(rng.random(num_series) < DUMMY_CALENDAR_SHARE)
    offsets = np.where(rng.random(rows.size) < 0.7, 0, rng.integers(0, 2000, rows.size))
    positions = np.arange(length) - (length - counts[rows, None]) + offsets[:, None]
    calendar[rows] = calendar_features("daily", DUMMY_CALENDAR_START + positions)


_Signal = Callable[[np.random.Generator, Traits, NDArray[np.int64], int], FloatArray]


def _additive_structure(
    rng: np.random.Generator, traits: Traits, rows: IntArray, length: int
) -> FloatArray:
    """Trend + seasons + noise with random weights."""
    counts = traits.counts[rows]
    size = rows.size
    slow = trend(rng, counts, length) * np.exp(rng.normal(0, 0.8, (size, 1))).astype(np.float32)
    season = _superposed_seasons(rng, traits, rows, length)
    season *= np.exp(rng.normal(0.2, 0.8, (size, 1))).astype(np.float32)
    signal = slow + season
    _, _, deviation = standardise(signal, counts)
    return signal + deviation * _noise_share(rng, size) * _uneven_noise(rng, slow, season)


def _multiplicative_structure(
    rng: np.random.Generator, traits: Traits, rows: IntArray, length: int
) -> FloatArray:
    """(1 + trend) * (1 + seasons) * (1 + noise), positive, around a level of 1."""
    counts = traits.counts[rows]
    size = rows.size
    slow = trend(rng, counts, length) * log_uniform(rng, 0.02, 0.6, (size, 1))
    season = _superposed_seasons(rng, traits, rows, length) * log_uniform(rng, 0.03, 0.5, (size, 1))
    spread = np.maximum(slow.std(axis=1, keepdims=True), season.std(axis=1, keepdims=True))
    noisy = np.maximum(spread, 0.03) * _noise_share(rng, size) * noise(rng, size, length)
    signal = np.maximum(1 + slow, 0.05) * np.maximum(1 + season, 0.03)
    return signal * np.maximum(1 + noisy, 0.03)


def _superposed_seasons(
    rng: np.random.Generator, traits: Traits, rows: IntArray, length: int
) -> FloatArray:
    """Add up both seasons, with amplitudes that may drift, to about unit deviation."""
    main = traits.main_season.of(rows)
    other = traits.other_season.of(rows)
    weight = (rng.uniform(0.2, 1.2, (rows.size, 1)) * (other.period[:, None] > 0)).astype(
        np.float32
    )
    values = seasonality(rng, main, length) + weight * seasonality(rng, other, length)
    values /= np.sqrt(1 + weight**2)
    values *= evolving_amplitude(rng, traits.counts[rows], length)
    return values


def _noise_share(rng: np.random.Generator, size: int) -> FloatArray:
    """Noise relative to the signal: mostly moderate, sometimes absent or dominating."""
    usual = log_uniform(rng, 0.08, 0.9, (size, 1))
    style = rng.random((size, 1))
    extreme = np.where(
        style < 0.12, log_uniform(rng, 0.001, 0.08, (size, 1)), log_uniform(rng, 0.9, 4, (size, 1))
    )
    return np.where((style < 0.12) | (style > 0.9), extreme, usual).astype(np.float32)


def _uneven_noise(rng: np.random.Generator, slow: FloatArray, season: FloatArray) -> FloatArray:
    """Noise whose size depends on the trend or on the season for one series in four."""
    values = noise(rng, *slow.shape)
    uneven = np.flatnonzero(rng.random(slow.shape[0]) < 0.25)
    driver = np.where(rng.random((uneven.size, 1)) < 0.5, slow[uneven], season[uneven])
    strength = rng.uniform(0.2, 0.7, (uneven.size, 1)).astype(np.float32)
    values[uneven] *= np.exp(strength * np.clip(driver, -2, 2))
    return values


def _exponential_smoothing_signal(
    rng: np.random.Generator, traits: Traits, rows: IntArray, length: int
) -> FloatArray:
    return exponential_smoothing(rng, traits.main_season.of(rows), traits.counts[rows], length)


def _seasonal_arima_signal(
    rng: np.random.Generator, traits: Traits, rows: IntArray, length: int
) -> FloatArray:
    return seasonal_arima(rng, traits.main_season.of(rows), traits.counts[rows], length)


def _gaussian_process_signal(
    rng: np.random.Generator, traits: Traits, rows: IntArray, length: int
) -> FloatArray:
    return gaussian_process(rng, traits.main_season.of(rows), traits.counts[rows], length)


# Signal, share of the series, and whether it comes with a meaningful positive level.
_SIGNALS: tuple[tuple[_Signal, float, bool], ...] = (
    (_additive_structure, 0.30, False),
    (_multiplicative_structure, 0.24, True),
    (_exponential_smoothing_signal, 0.22, True),
    (_seasonal_arima_signal, 0.14, False),
    (_gaussian_process_signal, 0.10, False),
)


def _signals(rng: np.random.Generator, traits: Traits, length: int) -> tuple[FloatArray, BoolArray]:
    """Draw one kind of signal per series, and tell which have a level of their own."""
    num_series = traits.counts.size
    kinds = rng.choice(len(_SIGNALS), num_series, p=[share for _, share, _ in _SIGNALS])
    values = np.empty((num_series, length), dtype=np.float32)
    has_level = np.zeros(num_series, dtype=bool)
    for index, (signal, _, levelled) in enumerate(_SIGNALS):
        rows = np.flatnonzero(kinds == index)
        if rows.size:
            values[rows] = signal(rng, traits, rows, length)
            has_level[rows] = levelled
    return values, has_level


def _quantiles(values: FloatArray, counts: IntArray, levels: Sequence[float]) -> list[FloatArray]:
    """Quantiles of the first `counts` values of each series, each of shape (num_series, 1)."""
    kept = np.arange(values.shape[1]) < counts[:, None]
    ordered = np.sort(np.where(kept, values, np.float32(np.inf)), axis=1)
    rows = np.arange(counts.size)
    return [ordered[rows, np.rint(level * (counts - 1)).astype(np.int64), None] for level in levels]


def _tame(values: FloatArray, counts: IntArray) -> FloatArray:
    """Replace non-finite values and bend explosions.

    Deviations from the median that exceed 50 times the interquartile range of the first three
    quarters of a series saturate there.
    """
    values = np.nan_to_num(values, nan=0.0, posinf=1e6, neginf=-1e6)
    early = np.maximum(counts * 3 // 4, 4)
    low, middle, high = _quantiles(values, early, [0.25, 0.5, 0.75])
    limit = np.float32(LARGEST_GROWTH) * (high - low)
    kept = np.arange(values.shape[1]) < counts[:, None]
    peak = np.where(kept, np.abs(values - middle), 0).max(axis=1)
    rows = np.flatnonzero((peak > limit[:, 0]) & (limit[:, 0] > 0))
    bent = (values[rows] - middle[rows]) / limit[rows]
    values[rows] = middle[rows] + limit[rows] * np.tanh(bent)
    return values


def _mix(
    rng: np.random.Generator, scaled: FloatArray, counts: IntArray, frequency: IntArray
) -> tuple[FloatArray, BoolArray]:
    """Replace one series in ten by a convex combination of two or three standardised ones.

    TSMixup, arXiv 2403.07815, with partners of the same frequency where there are any.
    """
    num_series = counts.size
    mixed = rng.random(num_series) < 0.1
    rows = np.flatnonzero(mixed)
    order = np.lexsort((rng.random(num_series), frequency))
    place = np.empty(num_series, dtype=np.int64)
    place[order] = np.arange(num_series)
    weights = rng.dirichlet((1.5, 1.5, 1.5), rows.size).astype(np.float32)
    weights[:, 2] *= rng.random(rows.size) < 0.5
    combined = weights[:, :1] * scaled[rows]
    for index in (1, 2):
        partners = order[(place[rows] + index) % num_series]
        combined += weights[:, index, None] * np.clip(scaled[partners], -10, 10)
    result = scaled.copy()
    result[rows] = standardise(combined, counts[rows])[0]
    return result, mixed


def _disturb(rng: np.random.Generator, scaled: FloatArray, counts: IntArray) -> FloatArray:
    """Add level shifts to 7 % and outliers to 8 % of the standardised series."""
    num_series, length = scaled.shape
    steps = np.arange(length)
    shifted = np.flatnonzero(rng.random(num_series) < 0.07)
    for share in (1.0, 0.3):
        starts = rng.uniform(0, 1, (shifted.size, 1)) * counts[shifted, None]
        heights = rng.normal(0, 1.5, (shifted.size, 1)) * (rng.random((shifted.size, 1)) < share)
        scaled[shifted] += heights.astype(np.float32) * (steps >= starts)
    spiked = np.flatnonzero(rng.random(num_series) < 0.08)
    rate = log_uniform(rng, 0.003, 0.03, (spiked.size, 1))
    spikes = rng.standard_normal((spiked.size, length), dtype=np.float32)
    spikes *= (rng.random((spiked.size, length), dtype=np.float32) < rate) * np.float32(4)
    scaled[spiked] += spikes
    return scaled


def _place_level(
    rng: np.random.Generator,
    scaled: FloatArray,
    counts: IntArray,
    mean: FloatArray,
    deviation: FloatArray,
    has_level: BoolArray,
) -> FloatArray:
    """Give standardised series a level.

    Series with a level of their own keep it where it leaves them positive. Of the others 65 % are
    lifted above zero by about their own range, 22 % become the exponential of a scaled series, and
    the rest lie anywhere.
    """
    num_series = counts.size
    shape = (num_series, 1)
    lowest, middle, highest = _quantiles(scaled, counts, [0.0, 0.5, 1.0])
    own_level = mean + deviation * scaled
    keeps = has_level[:, None] & (mean + deviation * lowest > 0)
    style = rng.random(shape)
    gap = np.exp(rng.normal(1.2, 1.2, shape)).astype(np.float32)
    values = scaled - lowest + np.clip(gap, 0.02, 60)
    spread = np.maximum(highest - middle, middle - lowest)
    steepness = np.minimum(
        log_uniform(rng, 0.03, 1.0, shape), np.log(LARGEST_GROWTH) / np.maximum(spread, 1e-6)
    ).astype(np.float32)
    rows = np.flatnonzero((style > 0.65) & (style <= 0.87))
    exponent = steepness[rows] * (scaled[rows] - middle[rows])
    values[rows] = np.exp(np.clip(exponent, -8, 8))
    rows = np.flatnonzero(style > 0.87)
    anywhere = rng.normal(0, 3, shape) * (rng.random(shape) < 0.6)
    values[rows] = scaled[rows] + anywhere[rows].astype(np.float32)
    return np.where(keeps, own_level, values).astype(np.float32)


def _make_counts(rng: np.random.Generator, values: FloatArray, counts: IntArray) -> FloatArray:
    """Turn some positive series into counts.

    4 % become Poisson or negative-binomial draws around the series, 3 % intermittent demand, whose
    sizes come between geometric gaps, and 8 % are rounded to integers.
    """
    num_series, length = values.shape
    lowest, middle = _quantiles(values, counts, [0.0, 0.5])
    positive = (lowest > 0)[:, 0]
    style = rng.random(num_series)
    intensity = np.clip(values / np.where(middle > 0, middle, 1), 0, LARGEST_GROWTH)

    rows = np.flatnonzero(positive & (style < 0.04))
    rate = intensity[rows] * log_uniform(rng, 0.3, 200.0, (rows.size, 1))
    # A gamma mixture of Poisson variables is negative-binomial.
    clumped = np.flatnonzero(rng.random(rows.size) < 0.5)
    shape = log_uniform(rng, 1.0, 30.0, (clumped.size, 1))
    rate[clumped] *= (
        rng.standard_gamma(np.broadcast_to(shape, (clumped.size, length)), dtype=np.float32) / shape
    )
    values[rows] = rng.poisson(rate)

    rows = np.flatnonzero(positive & (style >= 0.04) & (style < 0.07))
    probability = log_uniform(rng, 0.05, 0.8, (rows.size, 1)) * intensity[rows]
    occurs = rng.random((rows.size, length), dtype=np.float32) < probability
    sizes = 1 + rng.poisson(
        np.broadcast_to(log_uniform(rng, 0.1, 20.0, (rows.size, 1)), occurs.shape)
    )
    values[rows] = occurs * sizes

    rows = np.flatnonzero(positive & (style >= 0.07) & (style < 0.15))
    values[rows] = np.rint(intensity[rows] * log_uniform(rng, 5.0, 3000.0, (rows.size, 1)))
    return values


def _make_flat(rng: np.random.Generator, values: FloatArray) -> FloatArray:
    """Replace 2 % of the series by zeros, constants, near-constants or rare steps."""
    num_series, length = values.shape
    rows = np.flatnonzero(rng.random(num_series) < 0.02)
    style = rng.random((rows.size, 1))
    level = rng.uniform(0.5, 2.0, (rows.size, 1)) * (style > 0.2)
    wobble = rng.standard_normal((rows.size, length), dtype=np.float32)
    wobble *= log_uniform(rng, 1e-4, 1e-2, (rows.size, 1)) * (style > 0.5)
    change = rng.random((rows.size, length), dtype=np.float32) < 0.01
    steps = np.cumsum(change * rng.uniform(-0.1, 0.3, (rows.size, length)), axis=1)
    values[rows] = level + np.where(style > 0.75, np.abs(steps), wobble)
    return values


def _change_unit(rng: np.random.Generator, values: FloatArray) -> FloatArray:
    """Multiply by 1e-3 to 1e5, leaving most whole-numbered series whole, and flip 2 % in sign."""
    num_series = values.shape[0]
    unit = log_uniform(rng, 1e-3, 1e5, num_series)
    whole = (values == np.rint(values)).all(axis=1) & (rng.random(num_series) < 0.9)
    unit[whole] = 1
    unit[rng.random(num_series) < 0.02] *= -1
    return values * unit[:, None]


def _hide_points(rng: np.random.Generator, values: FloatArray, counts: IntArray) -> FloatArray:
    """Make points missing at random in 7 % and a stretch missing in 4 % of the series.

    Series that would keep fewer than 8 points stay complete.
    """
    num_series, length = values.shape
    steps = np.arange(length)
    rate = log_uniform(rng, 0.005, 0.3, (num_series, 1)) * (rng.random((num_series, 1)) < 0.07)
    hidden = np.zeros((num_series, length), dtype=bool)
    sparse = np.flatnonzero(rate > 0)
    hidden[sparse] = rng.random((sparse.size, length), dtype=np.float32) < rate[sparse]
    gapped = np.flatnonzero(rng.random(num_series) < 0.04)
    span = counts[gapped, None]
    start = rng.uniform(0, 1, (gapped.size, 1)) * span
    width = np.maximum(rng.uniform(0, 0.2, (gapped.size, 1)) * span, 1)
    hidden[gapped] |= (steps >= start) & (steps < start + width)
    left = ((steps < counts[:, None]) & ~hidden).sum(axis=1)
    hidden &= (left >= MIN_OBSERVED)[:, None]
    values[hidden] = np.nan
    return values


def _align_right(values: FloatArray, counts: IntArray) -> FloatArray:
    """Move the first `counts` points of each series to the end, with NaN in front."""
    length = values.shape[1]
    source = np.arange(length) - (length - counts[:, None])
    aligned = np.take_along_axis(values, np.maximum(source, 0), axis=1)
    aligned[source < 0] = np.nan
    return aligned


def plot_page(path: str, seed: int = 0, length: int = 530, rows: int = 8, columns: int = 4) -> None:
    """Draw a page of synthetic series, titled with frequency, periods and history, to a file."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rng = np.random.default_rng(seed)
    traits = draw_traits(rng, rows * columns, length)
    series = _series_of(rng, traits, length)
    figure, axes = plt.subplots(rows, columns, figsize=(5 * columns, 1.9 * rows))
    for index, panel in enumerate(axes.flat):
        count = int(traits.counts[index])
        kind: Frequency = FREQUENCIES[traits.frequency[index]]
        periods = [
            f"{season.period[index]:g}"
            for season in (traits.main_season, traits.other_season)
            if season.period[index] > 0
        ]
        panel.plot(np.arange(count), series.values[index, length - count :], linewidth=0.8)
        panel.set_title(f"{kind.name} [{', '.join(periods)}] n={count}", fontsize=8)
        panel.tick_params(labelsize=6)
    figure.tight_layout()
    figure.savefig(path, dpi=70)
    plt.close(figure)


def measure_speed(seed: int = 0, num_series: int = 1000, length: int = 530) -> float:
    """Points generated per second, over one batch after a first one that fills the tables."""
    rng = np.random.default_rng(seed)
    generate(rng, 10, length)
    start = time.perf_counter()
    generate(rng, num_series, length)
    return num_series * length / (time.perf_counter() - start)


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw a page of series and print how many points a second can be generated."""
    parser = argparse.ArgumentParser(description="Look at synthetic series.")
    parser.add_argument("--plot", required=True, metavar="FILE.png", help="image to write")
    parser.add_argument("--seed", type=int, default=0, help="seed of the series")
    options = parser.parse_args(arguments)
    plot_page(options.plot, seed=options.seed)
    print(f"{measure_speed(options.seed):,.0f} points per second")


if __name__ == "__main__":
    main()
