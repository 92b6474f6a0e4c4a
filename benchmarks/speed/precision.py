"""How precise quantiles are for the seconds that they take, against those of independent paths."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.common.checkpoint import random_checkpoint
from benchmarks.common.series import airline, airline_like, first_of
from benchmarks.speed.decile_error import INDEPENDENT_SAMPLES, NUM_SAMPLES, Task
from benchmarks.speed.precision_curves import (
    Curve,
    Curves,
    first_as_precise,
    measure,
    seconds_to,
)
from benchmarks.speed.timing import MAX_SECONDS
from sktime_lagllama import LagLlamaForecaster

HORIZON = 12
PANEL = 100
REFERENCE_SAMPLES = 4096
REFERENCE_SERIES = 20
"""Series of the panel whose errors are looked at: a reference for all would take minutes."""
ONLY_INDEPENDENT = (400,)
REPEATS = 20
"""Seeds of one series, whose error varies more than that of a panel."""
PANEL_REPEATS = 3
DEFAULT_SAMPLES: int = LagLlamaForecaster().num_samples


def measure_all() -> dict[str, Curves]:
    """Measure one series and a panel, with both kinds of weights."""
    num_samples = (*NUM_SAMPLES, DEFAULT_SAMPLES)
    cases = {
        "one series": (airline(), REPEATS),
        f"panel of {PANEL}": (airline_like(PANEL), PANEL_REPEATS),
    }
    curves = {}
    with random_checkpoint() as random_weights:
        checkpoints: dict[str, str | Path] = {"bundled": "bundled", "random": random_weights}
        for weights, checkpoint in checkpoints.items():
            for name, (y, repeats) in cases.items():
                few = Task(first_of(y, REFERENCE_SERIES), checkpoint, HORIZON)
                curves[f"{name}, {weights} weights"] = measure(
                    Task(y, checkpoint, HORIZON),
                    few.reference(REFERENCE_SAMPLES),
                    num_samples,
                    ONLY_INDEPENDENT,
                    repeats,
                )
    return curves


def rows(name: str, curves: Curves) -> Iterator[str]:
    """Yield a row of the table for each number of paths."""
    for number, independent in curves.independent.items():
        package = curves.package.get(number)
        ours = f"{package.error:.4f} | {package.seconds:.3f}" if package else "- | -"
        shown = f"**{number}**" if number == DEFAULT_SAMPLES else str(number)
        yield f"| {name} | {shown} | {independent.error:.4f} | {independent.seconds:.3f} | {ours} |"


def summary(name: str, curves: Curves) -> str:
    """Return a row that compares the package's way with 100 independent paths."""
    independent = curves.independent[INDEPENDENT_SAMPLES]
    default = curves.package[DEFAULT_SAMPLES]
    to_error = seconds_to(curves.package, independent.error)
    return (
        f"| {name} | {independent.error:.3f} | {independent.seconds:.3f} "
        f"| {first_as_precise(curves.package, independent.error)} | {to_error:.3f} "
        f"| {independent.seconds / to_error:.1f} | {independent.seconds / default.seconds:.1f} "
        f"| {independent.error / default.error:.1f} |"
    )


def draw(curves: dict[str, Curves], file: Path) -> None:
    """Draw error against seconds, both axes logarithmic, with numbers of paths beside the points.

    Parameters
    ----------
    curves : dict of Curves
        By the name of the case.
    file : Path
        Picture to write.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, grid = pyplot.subplots(2, 2, figsize=(9, 7), sharex="col", sharey=True)
    for ax, (name, both) in zip(grid.flat, curves.items(), strict=True):
        _draw_curve(ax, both.independent, "independent, empirical quantiles", "tab:orange")
        _draw_curve(ax, both.package, "stratified, mixture", "tab:blue")
        default = both.package[DEFAULT_SAMPLES]
        ax.plot(
            default.seconds, default.error, "o", markersize=11, fillstyle="none", color="tab:blue",
            label=f"default, {DEFAULT_SAMPLES} paths",
        )  # fmt: skip
        ax.axhline(both.independent[INDEPENDENT_SAMPLES].error, color="gray", linestyle=":")
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_title(name, fontsize="medium")
        ax.grid(alpha=0.3, which="both")
    for ax in grid[-1]:
        ax.set_xlabel("seconds of fit and predict_quantiles")
    for ax in grid[:, 0]:
        ax.set_ylabel("error of the deciles")
    grid[0, 0].legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(file, dpi=100)
    pyplot.close(figure)


def _draw_curve(ax: Any, curve: Curve, label: str, color: str) -> None:
    """Draw one curve, and the number of paths beside every other point."""
    times, errors = zip(*((point.seconds, point.error) for point in curve.values()), strict=True)
    ax.plot(times, errors, "o-", markersize=4, color=color, label=label)
    for number, time, error in list(zip(curve, times, errors, strict=True))[::2]:
        ax.annotate(
            str(number), (time, error), (4, 4), textcoords="offset points", fontsize="x-small",
            color=color,
        )  # fmt: skip


def report(output: Path | None) -> list[str]:
    """Measure, and return the lines of the report.

    Parameters
    ----------
    output : Path, optional
        File of the report; the picture is drawn beside it, as "precision.png".

    Returns
    -------
    list of str
    """
    curves = measure_all()
    lines = [
        "## Error per second",
        "",
        f"`fit` to `predict_quantiles` of the nine deciles of {HORIZON} steps. The error is the",
        "root mean square distance, in units of the distance between the first and last decile,",
        f"to the deciles of {REFERENCE_SAMPLES} paths: the mixture of independent draws of another",
        "seed, which share nothing with the stratified ones. The mean is over steps, deciles, and",
        f"{REPEATS} seeds of one series (the airline data), or {PANEL_REPEATS} seeds of the first",
        f"{REFERENCE_SERIES} series of a panel of its like. Seconds are medians over the seeds,",
        f"all in turns; what has taken {MAX_SECONDS:.0f} s is not repeated.",
        "",
        "What is compared are stratified draws with quantiles of the mixture, as the package has",
        "them, and independent draws with empirical quantiles, as it had them before, drawn by the",
        "same sampler.",
        "",
        f"To the error of {INDEPENDENT_SAMPLES} independent paths: the smallest number of paths in",
        "the second table that is as precise, and the seconds to that very error, interpolated",
        "between this number and the one before on logarithmic axes (those of the smallest number",
        f"if that is already as precise). The default is {DEFAULT_SAMPLES} paths.",
        "",
        f"| | error of {INDEPENDENT_SAMPLES} independent | seconds | paths as precise | seconds "
        "| times faster | default: times faster | times as precise |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
        *(summary(name, both) for name, both in curves.items()),
        "",
    ]
    if output is not None:
        picture = output.with_name("precision.png")
        draw(curves, picture)
        lines += [f"![error against seconds]({picture.name})", ""]
    return [
        *lines,
        "| | paths | independent: error | seconds | stratified, mixture: error | seconds |",
        "|---|---:|---:|---:|---:|---:|",
        *(row for name, both in curves.items() for row in rows(name, both)),
        "",
    ]
