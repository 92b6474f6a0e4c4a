"""Classify with embeddings, beside Catch22, MiniRocket and ROCKET.

Run it from the root of the repository, with the packages of the "test" and "benchmarks" extras::

    python -m benchmarks.embeddings --output benchmarks/embeddings/report.md

The sets are those that sktime has in its package, and those of aeon if that is installed
(``pip install --no-deps aeon``: its files are read, and nothing of it is imported). Nothing is
downloaded.

``--part choice`` compares layers, poolings and context lengths by cross-validation on the training
parts of some of the sets: it is what the defaults of ``LagLlamaEmbedder`` were chosen by.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common.command_line import require
from benchmarks.common.machine import about
from benchmarks.common.reports import deliver, sections
from benchmarks.embeddings import accuracy, choice

TITLE = "# Embeddings: classification beside Catch22, MiniRocket and ROCKET"
VERSIONS = ("sktime-lagllama", "sktime", "scikit-learn", "numba", "torch", "numpy")


@dataclass(frozen=True)
class Part:
    """A part of the benchmark, which is a section of the report.

    Parameters
    ----------
    heading : str
        Of the section.
    measure : callable
        Takes the options of the command line, and returns the lines of the section.
    """

    heading: str
    measure: Callable[[argparse.Namespace], list[str]]


PARTS = {
    "accuracy": Part("Accuracy on the test parts", accuracy.report),
    "choice": Part("How the defaults were chosen", choice.report),
}


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
        "python -m benchmarks.embeddings", description=(__doc__ or "").partition("\n")[0]
    )
    add = parser.add_argument
    add("--part", choices=(*PARTS, "all"), default="all", help="what to measure (default: all)")
    add("--sets", nargs="+", metavar="NAME", help="only these sets")
    add("--results", type=Path,
        help="file that keeps the scores that are done, to go on with")  # fmt: skip
    add("--output", type=Path,
        help="markdown file to write the report to, too; the other part in it is kept")  # fmt: skip
    options = parser.parse_args(arguments)
    require(["numba"], "test,benchmarks")
    measured = {}
    for part in PARTS.values() if options.part == "all" else [PARTS[options.part]]:
        measured_on = about(VERSIONS, "bundled")
        lines = [f"## {part.heading}", "", *part.measure(options), "", *measured_on]
        measured[part.heading] = "\n".join(lines)
    previous = ""
    if options.output is not None and options.output.exists():
        previous = options.output.read_text(encoding="utf-8")
    deliver(report(measured, previous), options.output)


if __name__ == "__main__":
    main()
