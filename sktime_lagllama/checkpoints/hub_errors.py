"""What went wrong with the hub or its cache -> an error that says what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from json import JSONDecodeError

from huggingface_hub import constants
from huggingface_hub.errors import (
    FileMetadataError,
    GatedRepoError,
    HFValidationError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from sktime_lagllama.checkpoints.files import BUNDLED

PASSING_FAULTS = frozenset({408, 429, 500, 502, 503, 504})
"""HTTP statuses of a hub that may be well again a second later."""

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_WRITING = {errno.EACCES, errno.EPERM, errno.EROFS}


class DamagedDownloadError(ConnectionError):
    """A file in the cache contradicts its digest, and a sound one could not be downloaded."""


def http_statuses(error: BaseException) -> set[int]:
    """Return the HTTP statuses that an error goes back to."""
    responses = [getattr(cause, "response", None) for cause in _causes(error)]
    return {response.status_code for response in responses if response is not None}


def hub_error(repo: str, revision: str | None, error: Exception) -> OSError:
    """Return an error that says why the hub does not give a checkpoint, and what to do next.

    Parameters
    ----------
    repo : str
        "owner/name".
    revision : str or None
        What was asked for.
    error : Exception
        What was raised.

    Returns
    -------
    FileNotFoundError, PermissionError, ConnectionError or, for a full disk, OSError
    """
    causes = list(_causes(error))
    statuses = http_statuses(error)

    def caused_by(*kinds: type[Exception]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    def failed_with(numbers: set[int]) -> bool:
        return any(isinstance(cause, OSError) and cause.errno in numbers for cause in causes)

    hub = constants.ENDPOINT
    page = f"{hub}/{repo}"
    without_xet = "setting HF_HUB_DISABLE_XET=1"
    kind: type[OSError]
    fill_the_cache = f"hf download {repo}" + (f" --revision {revision}" if revision else "")
    if failed_with(_NO_ROOM):
        kind = OSError
        reason = (
            f"does not fit on the disk of {constants.HF_HUB_CACHE} ({error}): make room there, or "
            "set HF_HOME to a folder on another disk"
        )
    elif failed_with(_NO_WRITING) and not statuses:
        kind = PermissionError
        reason = (
            f"cannot be written to {constants.HF_HUB_CACHE} ({error}): set HF_HOME to a folder "
            "that you may write to"
        )
    elif caused_by(DamagedDownloadError):
        kind = ConnectionError
        reason = f"is damaged: {error}"
        fill_the_cache += " --force-download"
    elif caused_by(GatedRepoError):
        kind = PermissionError
        reason = f"is gated: accept its terms on {page}, then `hf auth login`"
    elif caused_by(RevisionNotFoundError):
        kind, reason = FileNotFoundError, f"has no revision {revision!r}: see {page}"
    elif caused_by(RepositoryNotFoundError):
        kind = FileNotFoundError
        reason = f"is not on {hub}, or private, for which `hf auth login` is needed"
    elif statuses & {401, 403}:
        kind = PermissionError
        reason = "may not be read with the present token: try `hf auth login`"
    elif statuses & PASSING_FAULTS:
        kind = ConnectionError
        reason = f"cannot be had from {hub} at the moment ({error}): try again in a few minutes"
    elif caused_by(OfflineModeIsEnabled):
        kind, reason = FileNotFoundError, "is not in the cache, and HF_HUB_OFFLINE is set"
    elif caused_by(JSONDecodeError, FileMetadataError):
        kind = ConnectionError
        reason = (
            f"could not be fetched: what answered for {hub} is no hub. Is there a log-in page, a "
            f"proxy or a wrong HF_ENDPOINT between? ({type(error).__name__}: {error})"
        )
    elif any("Timeout" in type(cause).__name__ for cause in causes):
        # That is what the classes of all HTTP clients have in common.
        kind = ConnectionError
        reason = (
            f"did not come from {hub} in time ({error}). On a slow connection, set "
            "HF_HUB_ETAG_TIMEOUT and HF_HUB_DOWNLOAD_TIMEOUT to more than 10 (seconds); if "
            f"something blocks Xet's storage, {without_xet} helps"
        )
    elif any(type(cause) in (RuntimeError, ConnectionError) for cause in causes):
        # hf_xet raises these classes themselves: which, depends on its version.
        kind = ConnectionError
        reason = f"could not be fetched from {hub} ({error}): {without_xet} may help"
    elif error.__cause__ is None and type(error) in (
        FileNotFoundError,
        ValueError,
        HFValidationError,
    ):
        kind, reason = FileNotFoundError, f"cannot be used: {error}"
    else:
        kind = ConnectionError
        reason = f"could not be fetched from {hub} ({type(error).__name__}: {error})"
    return kind(
        f"The checkpoint {repo} {reason}. Where the hub can be reached, `{fill_the_cache}` fills "
        f'the cache, which works offline; checkpoint="{BUNDLED}" needs no network at all.'
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, what it was raised from, and so on."""
    while error is not None:
        yield error
        error = error.__cause__
