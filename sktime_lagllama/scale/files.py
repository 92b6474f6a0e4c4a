"""Files that exist only once they are whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """Lend a name to write to, and give the file its own name once it has been written.

    Parameters
    ----------
    target : Path
        Of a file, which this replaces if it exists.

    Yields
    ------
    Path
        In the same folder, hidden, and of no other call: a process that is killed leaves it behind,
        and two that write the same file do not meet.
    """
    unfinished = target.with_name(f".{target.name}.{uuid4().hex}{UNFINISHED}")
    try:
        yield unfinished
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


UNFINISHED = ".unfinished"
"""How the names of files end that are being written."""


def remove_unfinished(folder: Path) -> None:
    """Remove what processes that were killed left behind in a folder."""
    for file in folder.glob(f".*{UNFINISHED}"):
        file.unlink(missing_ok=True)
