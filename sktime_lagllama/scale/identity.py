"""What names a series, and which partition it belongs to by its name."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from datetime import date
from hashlib import blake2b

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from sktime_lagllama._typing import IntArray

Label = tuple[Hashable, ...]
"""Names a series: one entry for each column that does."""


def instances_of(labels: pa.Table) -> pd.Index:
    """Return the labels of series as those of a panel's instances.

    With them, a series draws the random numbers that it has in a panel of sktime's.

    Parameters
    ----------
    labels : pa.Table of shape (series, columns that name them)

    Returns
    -------
    pd.Index of shape (series,)
        A MultiIndex if several columns name a series.
    """
    levels = [_as_pandas_labels(column) for column in labels.columns]
    return pd.Index(levels[0]) if len(levels) == 1 else pd.MultiIndex.from_arrays(levels)


def _as_pandas_labels(column: pa.ChunkedArray) -> pd.Series:
    """Return a column of labels as pandas would have them; its integers have 64 bits."""
    if kinds.is_signed_integer(column.type):
        column = column.cast(pa.int64())
    return column.to_pandas()


def partitions_of(labels: Sequence[Label], num_partitions: int) -> IntArray:
    """Return the number of the partition that each series belongs to.

    Parameters
    ----------
    labels : sequence of tuple, of shape (series,)
    num_partitions : int

    Returns
    -------
    int64 array of shape (series,)
        From 0 on.
    """
    numbers = (_hash(list(map(_plain, label)), num_bytes=8) % num_partitions for label in labels)
    return np.fromiter(numbers, dtype=np.int64, count=len(labels))


def series_of_rows(columns: Sequence[pa.ChunkedArray]) -> tuple[IntArray, pa.Table]:
    """Tell the series of each row, numbered in the order of their labels.

    Parameters
    ----------
    columns : sequence of ChunkedArray of shape (rows,)
        That name the series together.

    Returns
    -------
    numbers : int64 array of shape (rows,)
        Of each row's series, from 0 on.
    labels : pa.Table of shape (series, columns)
        With columns "0", "1" and so on.
    """
    numbers = np.zeros(len(columns[0]), dtype=np.int64)
    dictionaries = []
    for column in columns:
        encoded = pa.chunked_array(column).combine_chunks().dictionary_encode()
        order = pc.sort_indices(encoded.dictionary).to_numpy()
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        # Numbered anew for each column: products of the sizes of several could overflow.
        combined = numbers * len(order) + rank[encoded.indices.to_numpy()]
        _, numbers = np.unique(combined, return_inverse=True)
        dictionaries.append(column)
    _, first_rows = np.unique(numbers, return_index=True)
    names = [str(number) for number in range(len(columns))]
    return numbers, pa.table([column.take(first_rows) for column in dictionaries], names=names)


def as_labels(table: pa.Table) -> list[Label]:
    """Return the rows of a table of labels as tuples."""
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _plain(part: Hashable) -> str | int | bool:
    """Return a label, or a part of one, in a form that JSON writes in one way."""
    if isinstance(part, np.generic):
        part = part.item()
    if isinstance(part, str | int | bool):
        return part
    if isinstance(part, date):  # datetime is one
        return part.isoformat()
    raise TypeError(
        f"series must be named by strings, integers, truth values or dates, but found {part!r}"
    )


def _hash(values: list[str | int | bool], num_bytes: int) -> int:
    """Return a number that depends on nothing but the values, in any process and on any machine."""
    return int.from_bytes(blake2b(json.dumps(values).encode(), digest_size=num_bytes).digest())
