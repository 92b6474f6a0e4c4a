"""The zip archive that ``torch.save`` writes: its records, with their sizes and checksums checked.

Nothing is read before its size is known to be small enough, and nothing is unpacked: the records of
a checkpoint are stored as they are, so that a small file cannot become a large one.
"""

from __future__ import annotations

import io
import os
import sys
import zipfile
from pathlib import Path
from types import TracebackType

from sktime_lagllama.network.file_errors import naming_damage

MAX_METADATA_BYTES = 2**20
"""The pickle of the largest network that ``LagLlamaConfig`` allows, its optimizer included, has
800 kB, and the list of its records 600 kB."""

_SIGNATURE = b"PK\x03\x04"
_PICKLE = "data.pkl"
_PIECE_BYTES = 2**20


class Archive:
    """The records of a ``.ckpt`` file; a context manager, which closes it.

    Parameters
    ----------
    file : Path

    Raises
    ------
    ValueError
        If the file is no zip archive of ``torch.save``, or is damaged.
    """

    def __init__(self, file: Path) -> None:
        _check_signature(file)
        self.file = file
        self._opened = _BoundedFile(file)
        try:
            with naming_damage(file):
                self._zip = zipfile.ZipFile(self._opened)
                self._prefix = self._find_prefix()
                self._check_byte_order()
        except BaseException:
            self._opened.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._zip.close()
        self._opened.close()

    def pickle(self) -> bytes:
        """Return the pickle.

        Returns
        -------
        bytes

        Raises
        ------
        ValueError
            If it is damaged or larger than any checkpoint needs.
        """
        with naming_damage(self.file):
            return bytes(self._read(_PICKLE, MAX_METADATA_BYTES))

    def storage(self, key: str, num_bytes: int) -> bytearray:
        """Return the numbers of a tensor's storage.

        Parameters
        ----------
        key : str
            Its name in the pickle.
        num_bytes : int
            Its size, which the record must have.

        Returns
        -------
        bytearray
            Of ``num_bytes`` bytes.

        Raises
        ------
        ValueError
            If it is missing, damaged or of another size.
        """
        with naming_damage(self.file):
            content = self._read(f"data/{key}", num_bytes)
            if len(content) != num_bytes:
                raise ValueError(f"storage {key} has {len(content)} bytes instead of {num_bytes}")
            return content

    def _find_prefix(self) -> str:
        """Return what all names start with, after checking that no name occurs twice."""
        names = self._zip.namelist()
        if len(set(names)) < len(names):
            raise ValueError("two records have the same name")
        pickles = [name for name in names if name.count("/") == 1 and name.endswith(f"/{_PICKLE}")]
        if len(pickles) != 1:
            raise ValueError(f"it has {len(pickles)} records {_PICKLE} instead of one")
        return pickles[0].removesuffix(_PICKLE)

    def _check_byte_order(self) -> None:
        """Refuse numbers whose bytes are in the order of another kind of machine."""
        # Files from before torch 2.1 lack the record.
        if f"{self._prefix}byteorder" in self._zip.namelist():
            byte_order = bytes(self._read("byteorder", len("little")))
            if byte_order != sys.byteorder.encode():
                raise ValueError(f"its byte order is {byte_order!r}, not this machine's")

    def _read(self, name: str, max_bytes: int) -> bytearray:
        """Read a record, whose checksum zipfile compares when the end is reached."""
        info = self._zip.getinfo(self._prefix + name)
        if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
            raise ValueError(f"record {name} is compressed, which torch.save never does")
        if info.file_size > max_bytes:
            raise ValueError(f"record {name} has {info.file_size:,} bytes, over {max_bytes:,}")
        if info.file_size and not info.CRC:
            raise ValueError(
                f"record {name} has no checksum: was it saved with "
                "torch.serialization.set_crc32_options(False)?"
            )
        content = bytearray()
        with self._zip.open(info) as record:
            while piece := record.read(_PIECE_BYTES):
                content += piece
        return content


class _BoundedFile(io.FileIO):
    """A file of which no more than a piece is read at once.

    zipfile reads the list of records in one call, and takes its size from the file.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        """Read some bytes, or the rest of the file.

        Raises
        ------
        ValueError
            If that is more than a piece.
        """
        remaining = os.fstat(self.fileno()).st_size - self.tell()
        if size is None or size < 0:
            size = max(remaining, 0)
        if size > max(_PIECE_BYTES, MAX_METADATA_BYTES):
            raise ValueError(f"it lists records in {size:,} bytes")
        return super().read(size) or b""


def _check_signature(file: Path) -> None:
    """Refuse torch's older formats, which nothing published uses, and what precedes an archive."""
    with file.open("rb") as opened:
        if opened.read(len(_SIGNATURE)) != _SIGNATURE:
            raise ValueError(
                f"{file} is not a zip archive, as torch.save writes it: it is damaged, or of an "
                "old format that is refused as unsafe. Download it again, or save it with a recent "
                "torch."
            )
