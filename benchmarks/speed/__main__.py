"""Measure how fast forecasts are, in one run on one machine.

Run it from the root of the repository, with the packages of the extras "test" and "benchmarks"::

    python -m benchmarks.speed --output benchmarks/speed/report.md

``--part NAME ...`` runs some parts only. Unless the report says otherwise, they use random weights
of the published size, in float32 on the CPU.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks.common.command_line import count, print_progress, require
from benchmarks.common.machine import about
from benchmarks.common.reports import deliver
from benchmarks.speed import (
    adapter,
    backtest,
    default_settings,
    footprint,
    growth,
    matrix_bound,
    precision,
    sizes,
)

NEEDED = {
    "precision": ("matplotlib",),
    "adapter": ("gluonts", "lightning"),
    "default": ("statsforecast", "chronos"),
    "growth": ("matplotlib",),
}
"""Packages that only some parts need, as they are imported."""
VERSIONS = ("sktime-lagllama", "sktime", "torch", "numpy", "pandas")
VERSIONS_OF_PARTS = {
    "adapter": ("gluonts", "lightning"),
    "default": ("statsforecast", "chronos-forecasting", "transformers"),
}
"""Further packages whose versions matter, as they are installed."""
PARTS: dict[str, Callable[[argparse.Namespace], list[str]]] = {
    "precision": lambda options: precision.report(options.output),
    "adapter": adapter.report,
    "default": lambda options: default_settings.report(),
    "sizes": lambda options: sizes.report(),
    "bound": lambda options: matrix_bound.report(),
    "growth": lambda options: growth.report(options.output),
    "backtest": lambda options: backtest.report(),
    "footprint": lambda options: footprint.report(),
}


def report(options: argparse.Namespace) -> str:
    """Measure, and return the report in markdown."""
    parts = options.part or list(PARTS)
    of_parts = [package for name in parts for package in VERSIONS_OF_PARTS.get(name, ())]
    measured_on = about([*VERSIONS, *of_parts])
    lines = ["# Speed of sktime-lagllama", ""]
    for name in parts:
        print_progress(f"measuring {name} ...")
        lines += PARTS[name](options)
    return "\n".join([*lines, *measured_on])


def main(arguments: list[str] | None = None) -> None:
    """Measure, print the report, and write it if the command line names a file."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.speed", description=(__doc__ or "").partition("\n")[0]
    )
    add = parser.add_argument
    add("--part", nargs="+", choices=list(PARTS), help="what to measure (default: all)")
    add("--panel", type=count, default=20, help="series in the panel (default: 20)")
    add("--repeats", type=count, default=5, help="repeats of ours (default: 5)")
    add("--adapter-repeats", type=count, default=2, help="of the adapter, one series (default: 2)")
    add("--adapter-panel-repeats", type=count, default=1, help="and on the panel (default: 1)")
    add("--adapter-batch-size", type=count, default=1, help="the adapter's own (default: 1)")
    add("--output", type=Path, help="markdown file to write the report to, too")
    options = parser.parse_args(arguments)
    needed = [name for part in options.part or PARTS for name in NEEDED.get(part, ())]
    require(dict.fromkeys(needed), "test,benchmarks")
    deliver(report(options), options.output)


if __name__ == "__main__":
    main()
