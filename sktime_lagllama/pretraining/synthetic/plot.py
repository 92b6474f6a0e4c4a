"""A page of synthetic series to look at, and how fast they are generated."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sktime_lagllama.pretraining.synthetic.corpus import generate, generate_from_traits
from sktime_lagllama.pretraining.synthetic.frequencies import FREQUENCIES
from sktime_lagllama.pretraining.synthetic.traits import draw_traits


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
    options = parser.parse_args(arguments)
    plot_page(options.plot, seed=options.seed)
    print(f"{measure_speed(options.seed):,.0f} points per second")
