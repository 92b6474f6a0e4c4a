"""Make the largest forecasts, each in a process with 2 GiB of memory.

``python -m benchmarks.limits --output benchmarks/limits/report.md``; ``--case NAME ...`` makes some
of them only.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from benchmarks.common.command_line import print_progress
from benchmarks.common.machine import about
from benchmarks.common.reports import deliver
from benchmarks.limits.cases import CASES

VERSIONS = ("sktime-lagllama", "sktime", "torch", "numpy", "pandas")


def row(name: str, gibibytes: float) -> str:
    """Make a forecast in a process of its own, and return a table's row.

    Parameters
    ----------
    name : str
        Of the case.
    gibibytes : float
        Memory that the process may have.

    Returns
    -------
    str
        In place of numbers, the last line of what went wrong if something did.
    """
    case = CASES[name]
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.limits.process", name]
    finished = subprocess.run([*command, str(gibibytes)], capture_output=True, text=True)
    size = f"{case.num_series} x {case.num_points}, {case.horizon} steps, {case.num_samples} paths"
    if finished.returncode != 0:
        problem = (finished.stderr.strip().splitlines() or ["killed"])[-1]
        return f"| {case.what} | {size} | {problem} | | {case.expected:.1f} | {case.why} |"
    measured = json.loads(finished.stdout.splitlines()[-1])
    return (
        f"| {case.what} | {size} | {measured['seconds']:.0f} | {measured['peak']:.2f} "
        f"| {case.expected:.1f} | {case.why} |"
    )


def report(names: list[str], gibibytes: float) -> str:
    """Make the forecasts, and return the report in markdown."""
    measured_on = about(VERSIONS)
    rows = []
    for name in names:
        print_progress(f"forecasting {name} ...")
        rows.append(row(name, gibibytes))
    lines = [
        "# Limits",
        "",
        "`fit` and `predict_quantiles` with the bundled weights, each in a process whose data may",
        f"take {gibibytes:g} GiB. The peak is that of the process; 0.4 are torch and sktime.",
        "",
        "| | series x points | seconds | GiB at most | expected | what takes the memory |",
        "|---|---|---:|---:|---:|---|",
        *rows,
        "",
    ]
    return "\n".join([*lines, *measured_on])


def main(arguments: list[str] | None = None) -> None:
    """Make the forecasts, print the report, and write it if the command line names a file."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.limits", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--case", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--memory", type=float, default=2.0, help="of a process, GiB (default: 2)")
    parser.add_argument("--output", type=Path, help="markdown file to write the report to, too")
    options = parser.parse_args(arguments)
    deliver(report(options.case, options.memory), options.output)


if __name__ == "__main__":
    main()
