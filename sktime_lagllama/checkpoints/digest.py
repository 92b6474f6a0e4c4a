"""Whether a file in huggingface_hub's cache is the file that the hub stated."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

_SHA_1 = re.compile("[0-9a-f]{40}")
_SHA_256 = re.compile("[0-9a-f]{64}")


def is_damaged(file: Path, digest: str | None = None) -> bool:
    """Tell if a file's content contradicts the digest that the hub stated for it.

    Reading 30 MB for it takes about 20 ms. A file that has not changed since it was last found
    sound by the same process is not read again.

    Parameters
    ----------
    file : Path
        A file of a snapshot in huggingface_hub's cache.
    digest : str, optional
        What the hub stated: the SHA-256 of large files (the hub's storage for large files, with or
        without Xet), git's SHA-1 of small ones. None: the name of the file that ``file`` links
        to, because huggingface_hub names contents after these digests.

    Returns
    -------
    bool
        False also where no digest is known: the file is no link, or a mirror states something else.
    """
    if digest is None:
        if not file.is_symlink():
            return False
        digest = file.readlink().name
    status = file.stat()
    return not _is_content(file.resolve(), digest, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=256)
def _is_content(file: Path, digest: str, size: int, modified: int) -> bool:
    """Tell if a file's content has a digest; size and time of change tell versions apart."""
    with file.open("rb") as content:
        if _SHA_256.fullmatch(digest):
            return hashlib.file_digest(content, "sha256").hexdigest() == digest
        if not _SHA_1.fullmatch(digest):
            return True
        git_blob = hashlib.file_digest(content, lambda: hashlib.sha1(b"blob %d\0" % size))
        if git_blob.hexdigest() == digest:
            return True
        # Some mirrors state the plain SHA-1, which is as good.
        content.seek(0)
        return hashlib.file_digest(content, "sha1").hexdigest() == digest
