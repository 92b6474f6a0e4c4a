"""The parquet files that are forecast: their columns, their row groups, and whether they change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as kinds

from sktime_lagllama.scale.times import check_times


@dataclass(frozen=True)
class Columns:
    """Which columns a data set has.

    Parameters
    ----------
    series : tuple of str
        Those that name a series together.
    time, value : str
    """

    series: tuple[str, ...]
    time: str
    value: str

    @property
    def names(self) -> list[str]:
        """All of them."""
        return [*self.series, self.time, self.value]


class Piece(NamedTuple):
    """Some row groups of a file.

    Attributes
    ----------
    file : Path
    row_groups : tuple of int
    num_rows : int
        Of these row groups.
    """

    file: Path
    row_groups: tuple[int, ...]
    num_rows: int


@dataclass(frozen=True)
class DataSet:
    """What the footers of the files tell.

    Parameters
    ----------
    schema : pa.Schema
        Of the columns that are read.
    row_groups : tuple of Piece
        Each with one row group, in the order of the files' names.
    fingerprint : str
        Another one if files were added, removed or written anew.
    """

    schema: pa.Schema
    row_groups: tuple[Piece, ...]
    fingerprint: str

    @property
    def num_rows(self) -> int:
        """Rows of all files."""
        return sum(piece.num_rows for piece in self.row_groups)

    def in_groups(self, num_rows: int) -> Iterator[tuple[Piece, ...]]:
        """Yield consecutive row groups that have some number of rows, or hardly more, together."""
        group: list[Piece] = []
        for piece in self.row_groups:
            group.append(piece)
            if sum(each.num_rows for each in group) >= num_rows:
                yield tuple(group)
                group = []
        if group:
            yield tuple(group)


def look_at(source: str | PathLike[str], columns: Columns, freq: str | None) -> DataSet:
    """Read the footers of parquet files, and check that all have the columns.

    Parameters
    ----------
    source : str or path-like
        A file, or a folder whose files ".parquet", also in folders inside it, are read. Names that
        begin with "." or "_" are left out.
    columns : Columns
    freq : str or None
        Step of the times.

    Returns
    -------
    DataSet

    Raises
    ------
    FileNotFoundError
        If there is no such file or no parquet file in the folder.
    TypeError, ValueError
        If a file lacks a column or has another type of it than needed or than other files, if it
        cannot be read, or if there is no row at all.
    """
    files = _files_in(Path(source))
    schema: pa.Schema | None = None
    row_groups, versions = [], []
    for file in files:
        footer = _footer(file)
        found = _columns_of(footer.schema.to_arrow_schema(), columns, file)
        if schema is None:
            _check_kinds(found, columns, freq)
            schema = found
        elif found != schema:
            raise ValueError(
                f"all files must have the same types of columns, but {file} has\n{found}\nwhere "
                f"{files[0]} has\n{schema}"
            )
        row_groups += [
            Piece(file, (number,), footer.row_group(number).num_rows)
            for number in range(footer.num_row_groups)
        ]
        status = file.stat()
        versions.append([file.relative_to(source).as_posix(), status.st_size, status.st_mtime_ns])
    assert schema is not None
    fingerprint = hashlib.sha256(json.dumps(versions).encode()).hexdigest()
    data_set = DataSet(schema, tuple(row_groups), fingerprint)
    if data_set.num_rows == 0:
        raise ValueError(f"{source} has no rows: give at least one series")
    return data_set


def _files_in(source: Path) -> list[Path]:
    """Return a file itself, or the parquet files in a folder."""
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise FileNotFoundError(f"{source} does not exist: source must be a parquet file or folder")
    files = [
        file
        for file in sorted(source.rglob("*.parquet"))
        if not any(part.startswith((".", "_")) for part in file.relative_to(source).parts)
    ]
    if not files:
        raise FileNotFoundError(f"{source} has no file that ends in .parquet")
    return files


def _footer(file: Path) -> pq.FileMetaData:
    try:
        return pq.read_metadata(file)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{file} is no parquet file: {error}") from None


def _columns_of(schema: pa.Schema, columns: Columns, file: Path) -> pa.Schema:
    """Return the part of a file's schema that is read."""
    if missing := [name for name in columns.names if name not in schema.names]:
        raise ValueError(
            f"{file} has no column {missing[0]!r} but {schema.names}: name the columns with "
            "series=, time= and value="
        )
    # Metadata, such as pandas' index, may differ from file to file.
    fields = [schema.field(name) for name in columns.names]
    return pa.schema([pa.field(field.name, _decoded(field.type)) for field in fields])


def _decoded(kind: pa.DataType) -> pa.DataType:
    """Return the type of a column, of its values if they are coded by a dictionary."""
    return kind.value_type if kinds.is_dictionary(kind) else kind


def _check_kinds(schema: pa.Schema, columns: Columns, freq: str | None) -> None:
    """Check the types of the columns."""
    for name in columns.series:
        kind = schema.field(name).type
        if not _names_series(kind):
            raise TypeError(
                f"column {name!r} must name series by strings, integers, truth values or dates, "
                f"but has {kind}"
            )
    kind = schema.field(columns.value).type
    if not (kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_boolean(kind)):
        raise TypeError(f"column {columns.value!r} must hold numbers, but has {kind}")
    check_times(columns.time, schema.field(columns.time).type, freq)


def _names_series(kind: pa.DataType) -> bool:
    checks = (
        kinds.is_string, kinds.is_large_string, kinds.is_integer, kinds.is_boolean, kinds.is_date,
        kinds.is_timestamp,
    )  # fmt: skip
    return any(check(kind) for check in checks)
