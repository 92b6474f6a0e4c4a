"""A hub id -> the checkpoint's folder in huggingface_hub's cache, complete and undamaged."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from huggingface_hub import HfApi, constants, hf_hub_url, try_to_load_from_cache
from huggingface_hub.errors import LocalEntryNotFoundError, RevisionNotFoundError

from sktime_lagllama.checkpoints.digest import is_damaged
from sktime_lagllama.checkpoints.files import CONFIG_FILE, WEIGHTS_FILE, weights_file
from sktime_lagllama.checkpoints.hub_errors import (
    PASSING_FAULTS,
    DamagedDownloadError,
    http_statuses,
    hub_error,
)
from sktime_lagllama.checkpoints.time_limit import within

T = TypeVar("T")

TRIES = 6
"""How often huggingface_hub tries to get a file, waiting for its timeout each time."""
SLOWEST = 50_000
"""Bytes a second: a download that is slower is given up in the end."""

# The hub is asked about an id once a process: a grid search loads a checkpoint hundreds of times.
_folders: dict[tuple[str, str], Path] = {}
# What the hub stated for files that this process downloaded, for caches that cannot hold links.
_stated_digests: dict[Path, str] = {}


def download(repo: str, revision: str | None) -> Path:
    """Fetch a checkpoint's files from the hub into its cache, or find them there.

    All of it goes through huggingface_hub: its cache, token, progress bar and environment
    variables. A process asks the hub about an id once. The files are compared with the digests
    that the hub stated; one that is damaged, in the download or later on the disk, is downloaded
    once more.

    There is an end to it: an answer is waited for ``HF_HUB_ETAG_TIMEOUT`` seconds (default 10), or
    six times as long if it arrives byte by byte; a file for six times ``HF_HUB_DOWNLOAD_TIMEOUT``
    seconds (default 10) plus 20 seconds a megabyte.

    Parameters
    ----------
    repo : str
        "owner/name".
    revision : str or None
        Branch, tag or commit. None: the main branch.

    Returns
    -------
    Path
        The folder of this revision in the cache; if the hub cannot be asked about it, what it was
        when it was downloaded last.

    Raises
    ------
    FileNotFoundError, PermissionError, ConnectionError, OSError
        As ``locate`` does.
    """
    branch = revision or constants.DEFAULT_REVISION
    folder = _folders.get((repo, branch))
    try:
        if folder is None or not _is_complete(folder) or _damaged_files(folder):
            api = HfApi(library_name="sktime-lagllama")
            folder = _find(api, repo, branch)
            # The cache's folder may be there without the file, after an interrupted download.
            weights_file(folder)
            for file in _damaged_files(folder):
                _replace(api, repo, file)
    # huggingface_hub lets the errors of its http client through, and which client that is
    # (requests, httpx, httpx2) depends on its version: no narrower class covers them all.
    except Exception as error:
        raise hub_error(repo, revision, error) from error
    _folders[repo, branch] = folder
    return folder


def _is_complete(folder: Path) -> bool:
    """Tell if a folder of the cache still holds weights."""
    try:
        weights_file(folder)
    except FileNotFoundError:
        return False
    return True


def _damaged_files(folder: Path) -> list[Path]:
    """Return which files of a checkpoint contradict the digests that the hub stated."""
    files = [weights_file(folder), folder / CONFIG_FILE]
    return [
        file for file in files if file.is_file() and is_damaged(file, _stated_digests.get(file))
    ]


def _find(api: HfApi, repo: str, revision: str) -> Path:
    """Bring a revision into the cache, or find it there if the hub cannot be asked about it."""
    # snapshot_download does all of this, but waits for the list of files without an end.
    try:
        commit, names = _twice(lambda: _list(api, repo, revision))
    except (RevisionNotFoundError, FileNotFoundError):
        raise
    except Exception as error:
        try:
            return Path(api.snapshot_download(repo, revision=revision, local_files_only=True))
        except LocalEntryNotFoundError:
            raise error from None
    files = [_fetch(api, repo, name, revision=revision, commit=commit) for name in names]
    if any(file.parent.name != files[0].parent.name for file in files):
        raise OSError("it changed on the hub while it was downloaded: call again")
    return files[0].parent


def _list(api: HfApi, repo: str, revision: str) -> tuple[str, list[str]]:
    """Ask the hub for a revision's commit and for the names of a checkpoint's files in it."""
    timeout = constants.HF_HUB_ETAG_TIMEOUT
    info = within(TRIES * timeout, lambda: api.model_info(repo, revision=revision, timeout=timeout))
    names = sorted(sibling.rfilename for sibling in info.siblings or [])
    at_the_top = [name for name in names if "/" not in name]
    weights = [name for name in at_the_top if name == WEIGHTS_FILE or name.endswith(".ckpt")]
    if not weights:
        held = ", ".join(names) or "nothing"
        raise FileNotFoundError(f"it holds neither {WEIGHTS_FILE} nor a .ckpt file, but {held}")
    return str(info.sha), [name for name in at_the_top if name == CONFIG_FILE] + weights


def _fetch(
    api: HfApi, repo: str, name: str, *, revision: str, commit: str, replace: bool = False
) -> Path:
    """Download a file that is not in the cache, or is to be replaced there."""
    size, digest = 0, None
    if replace or not isinstance(try_to_load_from_cache(repo, name, revision=commit), str):
        # hf_hub_download asks this, too, but waits up to seven minutes for the answer.
        timeout = constants.HF_HUB_ETAG_TIMEOUT
        url = hf_hub_url(repo, name, revision=commit, endpoint=api.endpoint)
        metadata = _twice(
            lambda: within(
                TRIES * timeout, lambda: api.get_hf_file_metadata(url=url, timeout=timeout)
            )
        )
        size, digest = metadata.size or 0, metadata.etag

    def download_file() -> str:
        try:
            return api.hf_hub_download(repo, name, revision=revision, force_download=replace)
        except Exception as error:
            if not _broke_off(error) and not _may_pass(error):
                raise
        time.sleep(1)
        # From scratch: before version 1.0, what is left of a bad download is kept and continued.
        return api.hf_hub_download(repo, name, revision=revision, force_download=True)

    limit = TRIES * constants.HF_HUB_DOWNLOAD_TIMEOUT + size / SLOWEST
    file = Path(within(limit, download_file))
    if digest is not None:
        _stated_digests[file] = digest
    return file


def _replace(api: HfApi, repo: str, file: Path) -> None:
    """Download a damaged file of the cache again."""
    commit = file.parent.name
    try:
        if not file.is_symlink():
            # huggingface_hub only replaces what is linked to.
            file.unlink()
        _fetch(api, repo, file.name, revision=commit, commit=commit, replace=True)
    except Exception as error:
        raise DamagedDownloadError(
            f"{file} differs from its digest and could not be replaced ({error})"
        ) from error
    if is_damaged(file, _stated_digests.get(file)):
        # What is not kept cannot be taken for the checkpoint by anybody else.
        with suppress(OSError):
            file.resolve().unlink(missing_ok=True)
            file.unlink(missing_ok=True)
        raise DamagedDownloadError(
            f"{file.name} arrived twice with a content that differs from its digest, and was "
            f"deleted. `hf download {repo} --local-dir FOLDER` with checkpoint='FOLDER' compares "
            "nothing"
        )


def _twice(call: Callable[[], T]) -> T:
    """Call again, a second later, if the hub was out of order for the moment."""
    try:
        return call()
    except Exception as error:
        if not _may_pass(error):
            raise
    time.sleep(1)
    return call()


def _may_pass(error: Exception) -> bool:
    """Tell if the hub is out of order in a way that may be over in a second."""
    return bool(http_statuses(error) & PASSING_FAULTS)


def _broke_off(error: Exception) -> bool:
    """Tell if a file arrived in part, or longer than it should be."""
    # huggingface_hub's own check of the length has no class and no number. requests, which it used
    # before version 1.0, is no package that we depend on.
    is_of_wrong_length = type(error) is OSError and error.errno is None
    return is_of_wrong_length or type(error).__name__ == "ChunkedEncodingError"
