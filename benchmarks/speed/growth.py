"""How the time of a forecast grows with series, horizon, context and paths.

One of them is changed at a time, from one series, 100 paths of 24 steps and a context of 32. Many
series are forecast with fewer paths and steps, as the report says, so that it all takes minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.common.checkpoint import random_checkpoint
from benchmarks.common.series import airline_like
from benchmarks.speed.timing import median_seconds
from sktime_lagllama import LagLlamaForecaster


@dataclass(frozen=True)
class Case:
    """The size of a forecast.

    Parameters
    ----------
    num_series : int, default=1
    horizon : int, default=24
        Steps to forecast.
    context_length : int, default=32
        Tokens of context.
    num_samples : int, default=100
        Paths of each series.
    """

    num_series: int = 1
    horizon: int = 24
    context_length: int = 32
    num_samples: int = 100

    def seconds(self, checkpoint: Path) -> float:
        """Return the median seconds of ``fit`` and ``predict``; a slow call is not repeated."""
        y = airline_like(self.num_series)

        def forecast() -> None:
            forecaster = LagLlamaForecaster(
                checkpoint,
                context_length=self.context_length,
                num_samples=self.num_samples,
                device="cpu",
            )
            forecaster.fit(y, fh=np.arange(1, self.horizon + 1)).predict()

        return median_seconds(forecast)


BASE = Case()
GROWTH: dict[str, list[Case]] = {
    "horizon": [replace(BASE, horizon=steps) for steps in (24, 48, 96, 180, 360, 720)],
    "context_length": [
        replace(BASE, context_length=tokens) for tokens in (32, 64, 128, 256, 512, 1024)
    ],
    "num_samples": [replace(BASE, num_samples=paths) for paths in (10, 30, 100, 300, 1000)],
    "num_series": [
        Case(num_series=series, horizon=7, num_samples=20) for series in (100, 1000, 10_000)
    ],
}
REFERENCE_ISSUE = Case(num_series=5835, horizon=7)
"""The slow forecast that issue 63 of time-series-foundation-models/lag-llama reports."""


def measure(checkpoint: Path) -> dict[str, dict[int, float]]:
    """Return the seconds of every case, by the field that is changed and its value."""
    BASE.seconds(checkpoint)  # loads the weights
    return {
        name: {getattr(case, name): case.seconds(checkpoint) for case in cases}
        for name, cases in GROWTH.items()
    }


def rows(seconds: dict[str, dict[int, float]]) -> Iterator[str]:
    """Yield the rows of the table: seconds, and how they grow with the size.

    Parameters
    ----------
    seconds : dict of dict of float
        As ``measure`` returns it.

    Yields
    ------
    str
    """
    for name, by_size in seconds.items():
        smallest = next(iter(by_size))
        for size, elapsed in by_size.items():
            yield (
                f"| {name} | {size} | {elapsed:.3f} | {1000 * elapsed / size:.3f} "
                f"| {size / smallest:.1f} | {elapsed / by_size[smallest]:.1f} |"
            )


def draw(seconds: dict[str, dict[int, float]], file: Path) -> None:
    """Draw the growth, both axes logarithmic, with a dotted line for linear growth.

    Parameters
    ----------
    seconds : dict of dict of float
        As ``measure`` returns it.
    file : Path
        Picture to write.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(seconds), figsize=(3.2 * len(seconds), 3), sharey=False)
    for ax, (name, by_size) in zip(axes, seconds.items(), strict=True):
        sizes, elapsed = np.array(list(by_size)), np.array(list(by_size.values()))
        ax.loglog(sizes, elapsed, "o-", label="measured")
        ax.loglog(sizes, elapsed[-1] * sizes / sizes[-1], ":", color="gray", label="linear")
        ax.set_xlabel(name)
        ax.set_xticks(sizes, [str(size) for size in sizes], rotation=45)
        ax.minorticks_off()
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("seconds of fit and predict")
    axes[0].legend()
    figure.tight_layout()
    figure.savefig(file, dpi=100)
    pyplot.close(figure)


def report(output: Path | None) -> list[str]:
    """Measure, and return the lines of the report.

    Parameters
    ----------
    output : Path, optional
        File of the report; the picture is drawn beside it, as "growth.png".

    Returns
    -------
    list of str
    """
    with random_checkpoint() as checkpoint:
        seconds = measure(checkpoint)
        reference_seconds = REFERENCE_ISSUE.seconds(checkpoint)
    lines = [
        "## Growth",
        "",
        f"`fit` and `predict` of {BASE.num_series} series, {BASE.num_samples} paths of "
        f"{BASE.horizon} steps from a context of {BASE.context_length}, with one of these changed "
        "at a time; `num_series` with 20 paths of 7 steps.",
        "",
        "Expected: linear in series, paths and context. Attention to a path's own steps is "
        "quadratic in",
        "the horizon and bound by the speed of memory. With few paths, calls of operators take "
        "most of",
        "the time.",
        "",
        "| | | seconds | milliseconds each | times as many | times as long |",
        "|---|---:|---:|---:|---:|---:|",
        *rows(seconds),
        "",
        f"{REFERENCE_ISSUE.num_series} series, context {REFERENCE_ISSUE.context_length}, horizon "
        f"{REFERENCE_ISSUE.horizon}, {REFERENCE_ISSUE.num_samples} paths: "
        f"{reference_seconds:.1f} s.",
        "",
    ]
    if output is not None:
        picture = output.with_name("growth.png")
        draw(seconds, picture)
        lines += [f"![seconds against each of them]({picture.name})", ""]
    return lines
