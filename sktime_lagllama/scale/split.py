"""Rows of parquet files -> files in which each partition's rows lie together.

A file made here, in Arrow's format, has a batch of rows for each partition, in the order of the
partitions, and such a round of batches again for every ``ROWS_OF_ROUND`` rows that were read. So a
partition is read from all of them without reading anything else, and no more than one round of rows
is in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sktime_lagllama.scale.data_set import Columns, Piece
from sktime_lagllama.scale.files import written_whole
from sktime_lagllama.scale.identity import as_labels, partitions_of, series_of_rows

ROWS_OF_ROUND = 2**20
"""Rows that are in memory at a time."""

_ROWS_OF_BATCH = 2**16


def split(
    pieces: Sequence[Piece],
    schema: pa.Schema,
    columns: Columns,
    num_partitions: int,
    target: Path,
) -> None:
    """Write rows into a file that is ordered by partition.

    Parameters
    ----------
    pieces : sequence of Piece
        Where the rows are.
    schema : pa.Schema
        Of the columns.
    columns : Columns
    num_partitions : int
    target : Path
        File to write; it exists only once it is whole.

    Raises
    ------
    ValueError
        If a series or a time is missing in a row.
    """
    with (
        written_whole(target) as file,
        pa.OSFile(str(file), "wb") as sink,
        pa.ipc.new_file(sink, schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer,
    ):
        for table in _rounds(pieces, schema):
            _check_complete(table, columns)
            for batch in _by_partition(table, columns, num_partitions):
                writer.write_batch(batch)


def read_partition(files: Sequence[Path], number: int, num_partitions: int) -> pa.Table:
    """Read a partition's rows.

    Parameters
    ----------
    files : sequence of Path
        That ``split`` wrote.
    number : int
        Of the partition.
    num_partitions : int

    Returns
    -------
    pa.Table
        In the order of the files.
    """
    batches = []
    for file in files:
        with pa.memory_map(str(file)) as source:
            reader = pa.ipc.open_file(source)
            rounds = range(number, reader.num_record_batches, num_partitions)
            batches += [reader.get_batch(index) for index in rounds]
            schema = reader.schema
    return pa.Table.from_batches(batches, schema)


def _rounds(pieces: Sequence[Piece], schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield the rows of pieces in tables of some ``ROWS_OF_ROUND`` rows."""
    waiting: list[pa.Table] = []
    for piece in pieces:
        with pq.ParquetFile(piece.file, memory_map=True) as file:
            size = min(_ROWS_OF_BATCH, ROWS_OF_ROUND)
            for batch in file.iter_batches(size, list(piece.row_groups), schema.names):
                waiting.append(pa.Table.from_batches([batch]).select(schema.names).cast(schema))
                if sum(map(len, waiting)) >= ROWS_OF_ROUND:
                    yield pa.concat_tables(waiting)
                    waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


def _check_complete(table: pa.Table, columns: Columns) -> None:
    """Check that each row has a series and a time."""
    for name in (*columns.series, columns.time):
        if table[name].null_count:
            raise ValueError(
                f"column {name!r} must have no missing entries, but row {_first_null(table, name)} "
                "does: a missing value is a row with null in the column of values, or no row"
            )


def _first_null(table: pa.Table, name: str) -> dict[str, object]:
    row = int(np.flatnonzero(table[name].is_null().to_numpy())[0])
    return table.slice(row, 1).to_pylist()[0]


def _by_partition(
    table: pa.Table, columns: Columns, num_partitions: int
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of each partition, none for some."""
    series, labels = series_of_rows([table[name] for name in columns.series])
    partitions = partitions_of(as_labels(labels), num_partitions)[series]
    order = np.argsort(partitions, kind="stable")
    bounds = np.searchsorted(partitions[order], np.arange(num_partitions + 1))
    ordered = table.take(order).combine_chunks().to_batches()[0]
    for first, stop in pairwise(bounds):
        yield ordered.slice(first, stop - first)
