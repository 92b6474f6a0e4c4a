"""The file that a training resumes from: the last state and the one before it, both checked."""

from __future__ import annotations

import io
import os
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch


class StateFile:
    """A file in torch's format, with the one that it replaced beside it.

    Whatever interrupts ``write``, one of the two can be read: a kill leaves the old files or the
    new ones, and a file that is damaged later is recognised by the checksums in it.

    Parameters
    ----------
    path : Path
        Such as ``state.pt``. The state before is ``state.previous.pt`` in the same folder, and what
        is being written is ``state.unfinished``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.previous = path.with_name(f"{path.stem}.previous{path.suffix}")
        self._unfinished = path.with_suffix(".unfinished")

    def exists(self) -> bool:
        """Tell whether there is a state, damaged or not."""
        return self.path.exists() or self.previous.exists()

    def write(self, state: dict[str, Any]) -> None:
        """Write a state; the file that was there becomes the previous one.

        Parameters
        ----------
        state : dict
            Tensors, numbers, strings, and containers of them.

        Raises
        ------
        OSError
            If it cannot be written, such as on a full disk. The files are then as they were, and
            nothing of the new state is left behind.
        """
        # Through memory: what torch itself raises when it cannot write names no cause.
        content = io.BytesIO()
        torch.save(state, content)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self._unfinished.open("wb") as file:
                file.write(content.getbuffer())
                file.flush()
                os.fsync(file.fileno())
            # A damaged file must not push out the one that can be read.
            if _damage(self.path) is None:
                os.replace(self.path, self.previous)
            os.replace(self._unfinished, self.path)
        finally:
            self._unfinished.unlink(missing_ok=True)

    def read(self, device: torch.device) -> dict[str, Any]:
        """Return the last state that is not damaged.

        Parameters
        ----------
        device : torch.device
            Where its tensors go.

        Returns
        -------
        dict

        Raises
        ------
        ValueError
            If no state can be read.

        Warns
        -----
        UserWarning
            If the last state is damaged and the one before it is taken.
        """
        damage = _damage(self.path)
        if damage is None:
            return _load(self.path, device)
        if _damage(self.previous) is not None:
            raise ValueError(
                f"neither {self.path} ({damage}) nor {self.previous} "
                f"({_damage(self.previous)}) can be read: remove them to start anew"
            )
        # A kill between the two steps of ``write`` leaves the previous state alone: no damage.
        if self.path.exists():
            warnings.warn(
                f"{self.path} is damaged ({damage}): continuing from the state before it, "
                f"{self.previous}",
                stacklevel=2,
            )
        return _load(self.previous, device)


def _load(path: Path, device: torch.device) -> dict[str, Any]:
    """Read a file, with tensors on a device."""
    return torch.load(path, map_location=device, weights_only=True)


def _damage(path: Path) -> str | None:
    """Return what is wrong with a file, or None if torch can read it as it was written.

    torch's format is a zip archive, with a CRC-32 of each record that torch does not look at.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            record = archive.testzip()
        if record is not None:
            return f"the checksum of {record!r} is wrong"
        _load(path, torch.device("meta"))
    except FileNotFoundError:
        return "it is not there"
    except PermissionError:
        raise
    # Flipped bytes of a header make zipfile and torch raise nearly anything.
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return None
