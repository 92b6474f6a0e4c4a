"""Endless synthetic series to pretrain a forecaster on.

`generate` draws series that look like business series: mostly positive levels a few times larger
than their variation, stable seasons that follow the calendar, trends that persist and then fade,
moderate noise, and often a short history. Batches of 500 series and more are the fastest, since
the loops over time then cost little per series.

``python -m sktime_lagllama.pretraining.synthetic.corpus --plot page.png`` draws a page of them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sktime_lagllama._typing import BoolArray, Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic.calendar import FREQUENCIES, Frequency
from sktime_lagllama.pretraining.synthetic.components import standardise
from sktime_lagllama.pretraining.synthetic.disturbances import (
    break_and_spike,
    change_unit,
    hide_points,
    make_counts,
    make_flat,
    place_level,
    tame,
)
from sktime_lagllama.pretraining.synthetic.signals import draw_signals
from sktime_lagllama.pretraining.synthetic.traits import (
    MIN_OBSERVED,
    Traits,
    draw_calendar,
    draw_traits,
)

_MIXED_SHARE = 0.1


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
    counts : numpy.ndarray of int64, shape (num_series,)
        Points from the first observed one to the last column.
    """

    values: Float32Array
    calendar: Float32Array
    counts: IntArray


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
    calendar = draw_calendar(rng, traits, length)
    scaled, mean, deviation, has_level = _mixed_signals(rng, traits, length)
    scaled = break_and_spike(rng, scaled, counts)
    values = place_level(rng, scaled, counts, mean, deviation, has_level)
    values = make_counts(rng, values, counts)
    values = make_flat(rng, values)
    values = change_unit(rng, values)
    values = np.where(np.isfinite(values), values, np.float32(0))
    values = hide_points(rng, values, counts)
    values = _align_right(values, counts)
    observed = length - np.isfinite(values).argmax(axis=1).astype(np.int64)
    return SyntheticSeries(values, calendar, observed)


def _mixed_signals(
    rng: np.random.Generator, traits: Traits, length: int
) -> tuple[Float32Array, Float32Array, Float32Array, BoolArray]:
    """Draw standardised signals, one in ten a convex combination of two or three.

    TSMixup, arXiv 2403.07815, with components of the same traits, whose seasons are thus in phase.

    Returns
    -------
    scaled : numpy.ndarray of float32, shape (num_series, length)
    mean, deviation : numpy.ndarray of float32, shape (num_series, 1)
    has_level : numpy.ndarray of bool, shape (num_series,)
        Whether mean and deviation place the signal at a meaningful positive level.
    """
    num_series = traits.counts.size
    mixed = np.flatnonzero(rng.random(num_series) < _MIXED_SHARE)
    triples = mixed[rng.random(mixed.size) < 0.4]
    rows = np.concatenate([np.arange(num_series), mixed, triples])
    components = traits.of(rows)
    signals, has_level = draw_signals(rng, components, length)
    signals = tame(signals, components.counts)
    scaled, mean, deviation = standardise(signals, components.counts)
    if mixed.size:
        combined = np.zeros((num_series, length), dtype=np.float32)
        weights = rng.gamma(1.5, size=(rows.size, 1)).astype(np.float32)
        part = np.isin(rows, mixed)
        np.add.at(combined, rows[part], weights[part] * np.clip(scaled[part], -10, 10))
        scaled[mixed] = standardise(combined[mixed], traits.counts[mixed])[0]
        has_level[mixed] = False
    return (scaled[:num_series], mean[:num_series], deviation[:num_series], has_level[:num_series])


def _align_right(values: Float32Array, counts: IntArray) -> Float32Array:
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
