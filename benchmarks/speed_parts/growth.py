"""How the time of a forecast grows with series, horizon, context and paths.

Each is changed alone, from one series, 100 paths of 24 steps and a context of 32. Many series are
forecast with fewer paths and steps, which the table says, so that the whole takes minutes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.speed_parts.adapter import airline_like
from sktime_lagllama import LagLlamaConfig, LagLlamaForecaster
from tests.support.published_layout import write_published_layout

REPEATS = 3
LONGEST_REPEATED = 10.0


@dataclass(frozen=True)
class Case:
    """What is forecast."""

    num_series: int = 1
    horizon: int = 24
    context_length: int = 32
    num_samples: int = 100

    def seconds(self, checkpoint: Path) -> float:
        """Return the median seconds of ``fit`` and ``predict``; of one call if they are many."""
        y = airline_like(self.num_series)
        times: list[float] = []
        while len(times) < REPEATS and sum(times) < LONGEST_REPEATED:
            forecaster = LagLlamaForecaster(
                checkpoint,
                context_length=self.context_length,
                num_samples=self.num_samples,
                device="cpu",
            )
            start = perf_counter()
            forecaster.fit(y, fh=np.arange(1, self.horizon + 1)).predict()
            times.append(perf_counter() - start)
        return median(times)


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
# What issue 63 of the reference implementation (time-series-foundation-models/lag-llama) waits for.
REFERENCE_ISSUE = Case(num_series=5835, horizon=7)


def measure(checkpoint: Path) -> dict[str, dict[int, float]]:
    """Return the seconds of every case, by what is changed and to what."""
    BASE.seconds(checkpoint)  # loads the weights
    return {
        name: {getattr(case, name): case.seconds(checkpoint) for case in cases}
        for name, cases in GROWTH.items()
    }


def rows(seconds: dict[str, dict[int, float]]) -> Iterator[str]:
    """Yield the rows of the table: seconds, and how they grow against the number itself."""
    for name, measured in seconds.items():
        first = next(iter(measured))
        for number, taken in measured.items():
            growth = taken / measured[first]
            yield (
                f"| {name} | {number} | {taken:.3f} | {1000 * taken / number:.3f} "
                f"| {number / first:.1f} | {growth:.1f} |"
            )


def draw(seconds: dict[str, dict[int, float]], file: Path) -> None:
    """Draw the growth, both axes logarithmic, with a line of the same slope as linear growth."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(seconds), figsize=(3.2 * len(seconds), 3), sharey=False)
    for ax, (name, measured) in zip(axes, seconds.items(), strict=True):
        numbers, taken = np.array(list(measured)), np.array(list(measured.values()))
        ax.loglog(numbers, taken, "o-", label="measured")
        ax.loglog(numbers, taken[-1] * numbers / numbers[-1], ":", color="gray", label="linear")
        ax.set_xlabel(name)
        ax.set_xticks(numbers, [str(number) for number in numbers], rotation=45)
        ax.minorticks_off()
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("seconds of fit and predict")
    axes[0].legend()
    figure.tight_layout()
    figure.savefig(file, dpi=100)
    pyplot.close(figure)


def report(output: Path | None) -> list[str]:
    """Measure, draw beside the report, and return its lines."""
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder, "published_size.ckpt")
        write_published_layout(checkpoint, LagLlamaConfig(), seed=0)
        seconds = measure(checkpoint)
        many = REFERENCE_ISSUE.seconds(checkpoint)
    lines = [
        "## Growth",
        "",
        f"`fit` and `predict` of {BASE.num_series} series, {BASE.num_samples} paths of "
        f"{BASE.horizon} steps from a context of {BASE.context_length}, but for what is named; "
        "`num_series` with 20 paths of 7 steps.",
        "",
        "Theory: linear in series, paths and context, but for attention to a path's own steps, "
        "which is",
        "quadratic in the horizon and waits for memory; below that, few paths wait for calls of "
        "operators.",
        "",
        "| | | seconds | milliseconds each | times as many | times as long |",
        "|---|---:|---:|---:|---:|---:|",
        *rows(seconds),
        "",
        f"{REFERENCE_ISSUE.num_series} series, context {REFERENCE_ISSUE.context_length}, horizon "
        f"{REFERENCE_ISSUE.horizon}, {REFERENCE_ISSUE.num_samples} paths: {many:.1f} s.",
        "",
    ]
    if output is not None:
        picture = output.with_name(f"{output.stem}_growth.png")
        draw(seconds, picture)
        lines += [f"![seconds against each of them]({picture.name})", ""]
    return lines
