"""Errors for the files of networks, which may be damaged and may come from strangers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def damaged_file_error(file: Path, reason: object) -> ValueError:
    """Return the error for a file that is damaged, or that is refused because it may be unsafe.

    Parameters
    ----------
    file : Path
    reason : object
        Shortened: a file may hold anything, also in its names.

    Returns
    -------
    ValueError
    """
    return ValueError(
        f"{file} cannot be read: it is damaged, cut short, or holds what no checkpoint needs and "
        f"is refused as unsafe ({str(reason)[:300]}). Download it again from a source you trust."
    )


@contextmanager
def naming_damage(file: Path) -> Iterator[None]:
    """Turn whatever goes wrong while a file is parsed into ``damaged_file_error``.

    Parameters
    ----------
    file : Path

    Raises
    ------
    ValueError
        If anything was raised, but for what says that the file is missing or may not be read.
    """
    try:
        yield
    except (FileNotFoundError, PermissionError):
        raise
    # Damage can surface as nearly any exception of a parser, and so can a refusal.
    except Exception as error:
        raise damaged_file_error(file, f"{type(error).__name__}: {error}") from error
