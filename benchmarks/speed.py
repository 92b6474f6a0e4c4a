"""Measure how fast forecasts are, in one run on one machine.

Run it from the root of the repository, with the packages of the "test" extra::

    python -m benchmarks.speed --output benchmarks/speed.md

``--part NAME ...`` runs some parts only. All of them use random weights of the published size, in
float32 on the CPU unless they say otherwise.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks import machine
from benchmarks.command_line import count, deliver, require
from benchmarks.speed_parts import adapter, backtest, footprint, growth, matrix_bound

NEEDED = {"adapter": ("gluonts", "lightning"), "growth": ("matplotlib",)}
VERSIONS = ("sktime-lagllama", "sktime", "torch", "numpy", "pandas", "gluonts", "lightning")
PARTS: dict[str, Callable[[argparse.Namespace], list[str]]] = {
    "adapter": adapter.report,
    "bound": lambda options: matrix_bound.report(),
    "growth": lambda options: growth.report(options.output),
    "backtest": lambda options: backtest.report(),
    "footprint": lambda options: footprint.report(),
}


def about() -> str:
    """Describe where and with what the timings were taken."""
    lines = [
        f"- CPU: {machine.processor()}; torch on {torch.get_num_threads()} threads on both sides",
        f"- {machine.versions(VERSIONS)}",
        f"- commit {machine.commit()}",
    ]
    if hasattr(os, "getloadavg"):
        lines.append(f"- load average of the last minute at the start: {os.getloadavg()[0]:.1f}")
    return "\n".join(lines)


def report(options: argparse.Namespace) -> str:
    """Measure, and return the report in markdown."""
    measured_on = about()
    lines = ["# Speed of sktime-lagllama", ""]
    for name in options.part or PARTS:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        lines += PARTS[name](options)
    return "\n".join([*lines, "Measured on:", "", measured_on])


def main(arguments: list[str] | None = None) -> None:
    """Measure, print the report, and write it if asked to."""
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
    require(needed, "test")
    deliver(report(options), options.output)


if __name__ == "__main__":
    main()
