"""Measure how well anomalies are found, how rare false alarms are, and how fast it is.

Run it from the root of the repository, with the packages of the "test" and "benchmarks" extras::

    python -m benchmarks.anomalies --output benchmarks/anomalies/report.md

A part that is not measured (``--part``) stays in the report as it is.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks.common.command_line import count, require
from benchmarks.common.machine import about
from benchmarks.common.reports import deliver, sections

TITLE = "# Anomalies: against sktime's detectors and AutoETS' residuals"
QUICK_WARNING = "A QUICK RUN WITH FEW AND SHORT SERIES: a test of the program."
VERSIONS = ("sktime-lagllama", "sktime", "statsforecast", "torch", "numpy", "pandas")
HEADINGS = {
    "simulated": "Simulated anomalies",
    "labelled": "Labelled series that come with sktime",
    "false alarms": "False alarms",
    "speed": "Speed",
}


def measurements(options: argparse.Namespace) -> dict[str, Callable[[], list[str]]]:
    """Return what measures each part."""
    from benchmarks.anomalies import accuracy, false_alarms, speed

    checkpoint, num_series = options.checkpoint, 1 if options.quick else options.series
    num_values = 5_000 if options.quick else 100_000
    return {
        "simulated": lambda: accuracy.simulated_report(checkpoint, num_series),
        "labelled": lambda: accuracy.labelled_report(checkpoint),
        "false alarms": lambda: false_alarms.report(checkpoint, num_series),
        "speed": lambda: speed.report(checkpoint, num_values),
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure, print the report, and write it if the command line names a file."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.anomalies", description=(__doc__ or "").partition("\n")[0]
    )
    add = parser.add_argument
    add("--part", choices=(*HEADINGS, "all"), default="all", help="what to measure (default: all)")
    add("--checkpoint", default="bundled", help='(default: "bundled")')
    add("--series", type=count, default=20, help="of each kind and frequency (default: 20)")
    add("--quick", action="store_true", help="test the program, with numbers that mean nothing")
    add("--output", type=Path,
        help="markdown file to write the report to, too; other parts in it are kept")  # fmt: skip
    options = parser.parse_args(arguments)
    require(["statsforecast", "statsmodels"], "test,benchmarks")
    measured = {}
    for part, measure in measurements(options).items():
        if options.part in (part, "all"):
            measured_on = about(VERSIONS, options.checkpoint)
            warning = [QUICK_WARNING, ""] if options.quick else []
            lines = [f"## {HEADINGS[part]}", "", *warning, *measure(), *measured_on]
            measured[HEADINGS[part]] = "\n".join(lines)
    if options.output is not None and options.output.exists():
        measured = {**sections(options.output.read_text(encoding="utf-8")), **measured}
    parts = [measured[heading] for heading in HEADINGS.values() if heading in measured]
    deliver("\n\n".join([TITLE, *parts]), options.output)


if __name__ == "__main__":
    main()
