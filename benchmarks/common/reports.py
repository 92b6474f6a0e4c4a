"""Reports in markdown: printed, written, and made of sections that are measured one by one."""

from __future__ import annotations

import re
from pathlib import Path


def deliver(text: str, output: Path | None) -> None:
    """Print a report, and write it to a file if there is one.

    Parameters
    ----------
    text : str
        Without a line break at the end.
    output : Path, optional
        File to write.
    """
    print(text)
    if output is not None:
        output.write_text(text + "\n", encoding="utf-8")


def sections(report: str) -> dict[str, str]:
    """Split a report at its headings of the second level, "## ...".

    Parameters
    ----------
    report : str
        In markdown.

    Returns
    -------
    dict of str
        Each section from its heading on, by the text of the heading. What is before the first
        heading is left out.
    """
    parts = re.split(r"^(?=## )", report, flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0].removeprefix("## "): part.strip() for part in parts}
