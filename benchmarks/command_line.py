"""What the command lines of all benchmarks have in common."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path


def count(text: str) -> int:
    """Read a number that must be at least 1.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is less.
    ValueError
        If it is no whole number, which argparse tells as well.
    """
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, but found {number}")
    return number


def require(packages: Iterable[str], extras: str) -> None:
    """End the program, and say what to install, if a package is missing.

    Parameters
    ----------
    packages : iterable of str
        Names as they are imported.
    extras : str
        Extras of this project that bring them, with commas between.

    Raises
    ------
    SystemExit
        If one of them is missing.
    """
    if missing := [package for package in packages if find_spec(package) is None]:
        sys.exit(
            f"this benchmark needs {' and '.join(missing)}, which this environment lacks. "
            "Install what it needs, from the root of the repository:\n"
            f'    pip install -c constraints.txt -e ".[{extras}]"'
        )


def deliver(text: str, output: Path | None) -> None:
    """Print a report, and write it to a file if there is one."""
    print(text)
    if output is not None:
        output.write_text(text + "\n", encoding="utf-8")
