"""Pages of synthetic series to look at, and how fast they are generated."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sktime_lagllama._typing import Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic.corpus import generate, generate_from_traits
from sktime_lagllama.pretraining.synthetic.frequencies import FREQUENCIES, FREQUENCY_NAMES
from sktime_lagllama.pretraining.synthetic.mixtures import DrawSignals
from sktime_lagllama.pretraining.synthetic.signals import SignalKind, signal_kinds_of
from sktime_lagllama.pretraining.synthetic.traits import Traits, draw_traits

STEPS: dict[str, str] = {
    "1s": "secondly",
    "1min": "minutely",
    "5min": "5-minutely",
    "10min": "10-minutely",
    "15min": "15-minutely",
    "30min": "30-minutely",
    "1h": "hourly",
    "1D": "daily",
    "1B": "business-daily",
    "1W": "weekly",
    "1M": "monthly",
    "1Q": "quarterly",
    "1Y": "yearly",
}
"""Names of frequencies by how pandas and people write them."""

_DAYS_ON_PAGE = 10


def plot_page(
    file: Path, seed: int = 0, length: int = 530, rows: int = 8, columns: int = 4
) -> None:
    """Draw a page of synthetic series, titled with frequency, periods and number of points.

    Parameters
    ----------
    file : Path
        Image to write.
    seed : int, default=0
    length : int, default=530
        Largest number of points of a series.
    rows, columns : int, default=8 and 4
        Panels on the page.
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rng = np.random.default_rng(seed)
    traits = draw_traits(rng, rows * columns, length)
    series = generate_from_traits(rng, traits, length)
    figure, axes = plt.subplots(rows, columns, figsize=(5 * columns, 1.9 * rows))
    for index, panel in enumerate(axes.flat):
        count = int(traits.counts[index])
        frequency = FREQUENCIES[traits.frequency[index]]
        periods = [
            f"{season.period[index]:g}"
            for season in (traits.main_season, traits.other_season)
            if season.period[index] > 0
        ]
        panel.plot(np.arange(count), series.values[index, length - count :], linewidth=0.8)
        panel.set_title(f"{frequency.name} [{', '.join(periods)}] n={count}", fontsize=8)
        panel.tick_params(labelsize=6)
    figure.tight_layout()
    figure.savefig(file, dpi=70)
    plt.close(figure)


def plot_step(file: Path, step: str, seed: int = 0, columns: int = 4) -> None:
    """Draw a page of series of one step: a row for each kind of signal, titled with its name.

    Series of steps below a day are drawn over ten days where they have them; lines mark midnights,
    darker before Saturdays and after Sundays.

    Parameters
    ----------
    file : Path
        Image to write.
    step : str
        One of ``STEPS``.
    seed : int, default=0
    columns : int, default=4
        Series of each kind.
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    name = STEPS[step]
    frequency = FREQUENCIES[FREQUENCY_NAMES.index(name)]
    length = int(np.clip(_DAYS_ON_PAGE * frequency.steps_per_day, 300, 2_880))
    rng = np.random.default_rng(seed)
    kinds = signal_kinds_of(name)
    figure, axes = plt.subplots(len(kinds), columns, figsize=(6 * columns, 1.9 * len(kinds)))
    others = dict.fromkeys(FREQUENCY_NAMES, 0.0)
    for kind, panels in zip(kinds, axes, strict=True):
        traits = draw_traits(rng, 40 * columns, length, {**others, name: 1.0})
        traits = traits.select(np.argsort(-traits.counts, kind="stable")[:columns])
        series = generate_from_traits(rng, traits, length, _draw_only(kind))
        for index, panel in enumerate(panels):
            count = int(traits.counts[index])
            panel.plot(np.arange(count), series.values[index, length - count :], linewidth=0.8)
            for position, is_weekend_edge in _midnights(traits, index):
                panel.axvline(position, color="0.4" if is_weekend_edge else "0.85", linewidth=0.5)
            panel.set_title(f"{kind.name}, {step}", fontsize=8)
            panel.tick_params(labelsize=6)
    figure.tight_layout()
    figure.savefig(file, dpi=70)
    plt.close(figure)


def _draw_only(kind: SignalKind) -> DrawSignals:
    """Return what draws signals of one kind."""

    def draw(
        rng: np.random.Generator, traits: Traits, length: int
    ) -> tuple[Float32Array, IntArray]:
        return kind.draw(rng, traits, length), np.full(traits.counts.size, int(kind.level))

    return draw


def _midnights(traits: Traits, row: int) -> list[tuple[int, bool]]:
    """Return the steps at which days begin in a series, and whether a weekend begins or ends."""
    steps_per_day = FREQUENCIES[traits.frequency[row]].steps_per_day
    if not steps_per_day:
        return []
    first = int(traits.first_ordinals[row])
    days = range(-(-first // steps_per_day), (first + int(traits.counts[row])) // steps_per_day + 1)
    # Day 0 was a Thursday, so Saturdays are days 2, Mondays days 4 of seven.
    return [(day * steps_per_day - first, day % 7 in (2, 4)) for day in days]


def measure_speed(seed: int = 0, num_series: int = 1000, length: int = 530) -> float:
    """Measure how fast series are generated, once the calendar's tables exist.

    Parameters
    ----------
    seed : int, default=0
    num_series : int, default=1000
    length : int, default=530

    Returns
    -------
    float
        Points per second.
    """
    rng = np.random.default_rng(seed)
    generate(rng, 10, length)
    start = time.perf_counter()
    generate(rng, num_series, length)
    return num_series * length / (time.perf_counter() - start)


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw a page of series and print how many points a second are generated.

    Parameters
    ----------
    arguments : sequence of str, optional
        Of the command line; None: those of this process.
    """
    parser = argparse.ArgumentParser(
        prog="python -m sktime_lagllama.pretraining.synthetic",
        description="Look at synthetic series.",
    )
    parser.add_argument(
        "--plot", type=Path, required=True, metavar="FILE.png", help="image to write"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the series")
    parser.add_argument(
        "--step", choices=list(STEPS), help="only this step, and every kind of signal that it has"
    )
    options = parser.parse_args(arguments)
    if options.step:
        plot_step(options.plot, options.step, seed=options.seed)
    else:
        plot_page(options.plot, seed=options.seed)
    print(f"{measure_speed(options.seed):,.0f} points per second")
