"""What the command lines of the benchmarks have in common."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from importlib.util import find_spec


def count(text: str) -> int:
    """Read a number that must be at least 1, as argparse's ``type``.

    Parameters
    ----------
    text : str

    Returns
    -------
    int

    Raises
    ------
    argparse.ArgumentTypeError
        If the number is less than 1.
    ValueError
        If the text is not a whole number; argparse reports this, too.
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
        Extras of this project that install them, separated by commas.

    Raises
    ------
    SystemExit
        If a package is missing.
    """
    if missing := [package for package in packages if find_spec(package) is None]:
        sys.exit(
            f"this benchmark needs {' and '.join(missing)}, which this environment lacks. "
            "Install what it needs, from the root of the repository:\n"
            f'    pip install -c constraints.txt -e ".[{extras}]"'
        )


def print_progress(text: str) -> None:
    """Print how far a benchmark is, on standard error: standard output is for the report."""
    print(text, file=sys.stderr, flush=True)
