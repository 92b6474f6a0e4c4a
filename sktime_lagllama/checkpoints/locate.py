"""The name of a checkpoint ("bundled", a file, a folder, a hub id) -> a local file or folder."""

from __future__ import annotations

import os
import re
from pathlib import Path

from sktime_lagllama.checkpoints.files import ACCEPTED, BUNDLED, BUNDLED_FOLDER, SUFFIXES

_HUB_ID = re.compile(r"(?P<repo>\w[\w.-]*/\w[\w.-]*)(@(?P<revision>\S+))?", re.ASCII)


def locate(checkpoint: str | os.PathLike[str]) -> Path:
    """Find a checkpoint's local file or folder, downloading it if it is on the hub.

    A name that exists in the file system is that file or folder, except "bundled" (write
    "./bundled" for a folder of that name). Downloads are those of
    ``checkpoints.download.download``.

    Parameters
    ----------
    checkpoint : str or path-like
        "bundled", a ``.ckpt`` or ``.safetensors`` file, a folder, or a hub id ``owner/name`` with
        an optional ``@revision`` (branch, tag or commit).

    Returns
    -------
    Path
        An existing file or folder.

    Raises
    ------
    TypeError
        If ``checkpoint`` is neither a string nor path-like.
    ValueError
        If it is a file of another kind.
    FileNotFoundError
        If there is no such file, folder, hub repository or revision, no checkpoint in the
        repository, or if it is not in the cache and huggingface_hub is offline.
    PermissionError
        If the hub refuses access, or the cache cannot be written to.
    ConnectionError
        If the hub cannot be reached, stands still or sends damaged files, and no sound copy of the
        checkpoint is in the cache.
    OSError
        If the cache's disk is full.
    """
    if not isinstance(checkpoint, (str, os.PathLike)):
        raise TypeError(f"checkpoint must be {ACCEPTED}, but found {checkpoint!r}")
    if checkpoint == BUNDLED:
        return BUNDLED_FOLDER
    name = os.fspath(checkpoint)
    location = Path(os.path.expanduser(name))
    if name and location.is_dir():
        return location
    if name and location.exists():
        if location.suffix not in SUFFIXES:
            raise ValueError(f"{location} is no checkpoint: checkpoint must be {ACCEPTED}")
        return location
    hub_id = _HUB_ID.fullmatch(name) if isinstance(checkpoint, str) else None
    if hub_id is None or hub_id["repo"].endswith(SUFFIXES):
        raise FileNotFoundError(f"{name!r} does not exist: checkpoint must be {ACCEPTED}")
    # Here, because importing huggingface_hub takes longer than reading the bundled checkpoint.
    from sktime_lagllama.checkpoints.download import download

    return download(hub_id["repo"], hub_id["revision"])
