"""Loading the pickle of a ``.ckpt`` file without running any code that it names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

import torch

from sktime_lagllama.checkpoints.tensor_checks import damaged_file_error, listed

_ZIP_SIGNATURE = b"PK\x03\x04"

# torch keeps the classes that it may load in one set for the whole process.
_safe_globals_lock = Lock()


class Placeholder:
    """Stands for an object of a class or function that a pickle names: does and keeps nothing."""

    __slots__ = ()

    def __new__(cls, *_: object) -> Placeholder:
        """Ignore what the object would be made of."""
        return super().__new__(cls)

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, _: object) -> None:
        pass


def load_with_placeholders(file: Path) -> object:
    """Load a pickle with every class and function that it names replaced by a placeholder.

    torch's restricted unpickler imports nothing. It looks names up in a table of tensor types and
    containers, and in what is declared safe. For the other names in the file, fresh subclasses of
    ``Placeholder`` are declared safe here, so that calling ``builtins.eval`` makes an empty object.
    What does not fit (a name of ``os`` or ``sys``, a call of anything else, an unknown instruction)
    is refused.

    Parameters
    ----------
    file : Path
        A zip archive as ``torch.save`` writes it.

    Returns
    -------
    object
        What was saved, with placeholders; tensors are on the CPU.

    Raises
    ------
    ValueError
        If the file is no zip archive, is damaged, or is refused as unsafe.
    """
    _check_zip_archive(file)
    names: list[str] = []
    try:
        with _safe_globals_lock:
            names = torch.serialization.get_unsafe_globals_in_checkpoint(str(file))
            placeholders: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
                (type(name.rpartition(".")[2], (Placeholder,), {"__slots__": ()}), name)
                for name in names
            ]
            # Not torch.load: some programs replace it by a version that is never restricted, so
            # that it loads this kind of file. sktime's own adapter does so for a while.
            with torch.serialization.safe_globals(placeholders):
                return torch.serialization.load(file, map_location="cpu", weights_only=True)
    # Damage can surface as nearly any exception, and so can refusal.
    except Exception as error:
        # Not torch's own text, which advises to load the file without its restrictions.
        reason = f"{type(error).__name__}; its pickle names {listed(names, limit=8) or 'nothing'}"
        raise damaged_file_error(file, reason) from error


def _check_zip_archive(file: Path) -> None:
    """Refuse torch's older formats, which it would fall back to and nothing published uses."""
    with file.open("rb") as opened:
        if opened.read(len(_ZIP_SIGNATURE)) != _ZIP_SIGNATURE:
            raise ValueError(
                f"{file} is not a zip archive, as torch.save writes it: it is damaged, or of an "
                "old format that is refused as unsafe. Download it again, or save it with a recent "
                "torch."
            )
