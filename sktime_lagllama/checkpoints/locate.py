"""The name of a checkpoint ("bundled", a file, a folder, a hub id) -> a local file or folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

BUNDLED = "bundled"
BUNDLED_FOLDER = Path(__file__).parent / "bundled"
CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
SUFFIXES = (".ckpt", ".safetensors")

_HUB_ID = re.compile(r"(?P<repo>\w[\w.-]*/\w[\w.-]*)(@(?P<revision>\S+))?", re.ASCII)
_ACCEPTED = (
    f'"{BUNDLED}", a .ckpt file, a .safetensors file with {CONFIG_FILE} beside it, a folder that '
    'holds one of these, a Hugging Face hub id "owner/name" with an optional "@revision", or a '
    "LagLlama"
)

# The hub is asked about an id once a process: a grid search loads a checkpoint hundreds of times.
_downloaded: dict[str, Path] = {}


def locate(checkpoint: str | os.PathLike[str]) -> Path:
    """Find a checkpoint's local file or folder, downloading it if it is on the hub.

    A name that exists in the file system is that file or folder, except "bundled" (write
    "./bundled" for a folder of that name). Downloads go through huggingface_hub: its cache, its
    token, its progress bar, its environment variables. A process asks the hub about an id once.

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
        If the hub refuses access.
    ConnectionError
        If the hub cannot be reached and the checkpoint is not in the cache.
    """
    if not isinstance(checkpoint, (str, os.PathLike)):
        raise TypeError(f"checkpoint must be {_ACCEPTED}, but found {checkpoint!r}")
    if checkpoint == BUNDLED:
        return BUNDLED_FOLDER
    name = os.fspath(checkpoint)
    location = Path(os.path.expanduser(name))
    if name and location.is_dir():
        return location
    if name and location.exists():
        if location.suffix not in SUFFIXES:
            raise ValueError(f"{location} is no checkpoint: checkpoint must be {_ACCEPTED}")
        return location
    hub_id = _HUB_ID.fullmatch(name) if isinstance(checkpoint, str) else None
    if hub_id is None or hub_id["repo"].endswith(SUFFIXES):
        raise FileNotFoundError(f"{name!r} does not exist: checkpoint must be {_ACCEPTED}")
    return _download(hub_id["repo"], hub_id["revision"])


def weights_file(location: Path) -> Path:
    """Choose the weights of a folder: ``model.safetensors``, else its only ``.ckpt`` file.

    Parameters
    ----------
    location : Path
        A file, which is returned as it is, or a folder.

    Returns
    -------
    Path
        An existing file.

    Raises
    ------
    FileNotFoundError
        If the location does not exist or the folder holds no checkpoint.
    ValueError
        If the folder holds several ``.ckpt`` files, so that it is unclear which to take.
    """
    if location.is_file():
        return location
    if not location.is_dir():
        raise FileNotFoundError(f"{location} does not exist: checkpoint must be {_ACCEPTED}")
    weights = location / WEIGHTS_FILE
    ckpt_files = sorted(location.glob("*.ckpt"))
    if weights.is_file() and ((location / CONFIG_FILE).is_file() or not ckpt_files):
        return weights
    if len(ckpt_files) == 1:
        return ckpt_files[0]
    if ckpt_files:
        names = ", ".join(file.name for file in ckpt_files)
        raise ValueError(f"{location} holds several checkpoints: give one of {names} as checkpoint")
    names = ", ".join(sorted(file.name for file in location.iterdir())) or "nothing"
    raise FileNotFoundError(
        f"{location} holds no checkpoint, which is {WEIGHTS_FILE} with {CONFIG_FILE} or one .ckpt "
        f"file; it holds {names}. Give the folder that LagLlama.save_pretrained wrote, or a file."
    )


def _download(repo: str, revision: str | None) -> Path:
    """Fetch a checkpoint's files from the hub into its cache, or find them there.

    Parameters
    ----------
    repo : str
        "owner/name".
    revision : str, optional
        Branch, tag or commit. None: the main branch.

    Returns
    -------
    Path
        The folder of this revision in the cache.

    Raises
    ------
    FileNotFoundError, PermissionError, ConnectionError
        As ``locate`` does.
    """
    key = f"{repo}@{revision}"
    earlier_folder = _downloaded.get(key)
    if earlier_folder is not None and earlier_folder.is_dir():
        return earlier_folder

    from huggingface_hub import snapshot_download

    try:
        folder = Path(
            snapshot_download(
                repo,
                revision=revision,
                library_name="sktime-lagllama",
                allow_patterns=[CONFIG_FILE, WEIGHTS_FILE, "*.ckpt"],
                ignore_patterns=["*/*"],
            )
        )
        # The cache's folder may be there without the file, after an interrupted download.
        weights_file(folder)
    # huggingface_hub lets the errors of its http client through, and which client that is
    # (requests, httpx, httpx2) depends on its version: no narrower class covers them all.
    except Exception as error:
        raise _hub_error(repo, revision, error) from error
    _downloaded[key] = folder
    return folder


def _hub_error(repo: str, revision: str | None, error: Exception) -> OSError:
    """Return an error that says why the hub does not give a checkpoint, and what to do next.

    Returns
    -------
    FileNotFoundError, PermissionError or ConnectionError
    """
    from huggingface_hub import constants
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    causes = list(_causes(error))
    statuses = {getattr(getattr(cause, "response", None), "status_code", None) for cause in causes}

    def caused_by(kind: type[Exception]) -> bool:
        return any(isinstance(cause, kind) for cause in causes)

    page = f"{constants.ENDPOINT}/{repo}"
    kind: type[OSError]
    if caused_by(GatedRepoError):
        kind = PermissionError
        reason = f"is gated: accept its terms on {page}, then `hf auth login`"
    elif caused_by(RevisionNotFoundError):
        kind, reason = FileNotFoundError, f"has no revision {revision!r}: see {page}"
    elif caused_by(RepositoryNotFoundError):
        kind = FileNotFoundError
        reason = f"is not on {constants.ENDPOINT}, or private, for which `hf auth login` is needed"
    elif statuses & {401, 403}:
        kind = PermissionError
        reason = "may not be read with the present token: try `hf auth login`"
    elif caused_by(OfflineModeIsEnabled):
        kind, reason = FileNotFoundError, "is not in the cache, and HF_HUB_OFFLINE is set"
    elif type(error) in (FileNotFoundError, ValueError, HFValidationError):
        kind, reason = FileNotFoundError, f"cannot be used: {error}"
    else:
        kind = ConnectionError
        reason = f"could not be fetched from {constants.ENDPOINT} ({type(error).__name__}: {error})"
    revision_option = "" if revision is None else f" --revision {revision}"
    return kind(
        f"The checkpoint {repo} {reason}. Where the hub can be reached, `hf download {repo}"
        f'{revision_option}` fills the cache, which works offline; checkpoint="{BUNDLED}" needs no '
        "network at all."
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, what it was raised from, and so on."""
    while error is not None:
        yield error
        error = error.__cause__
