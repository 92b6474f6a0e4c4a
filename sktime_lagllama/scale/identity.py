"""What depends on a series' label alone: its random numbers and its partition."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from datetime import date
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sktime_lagllama._typing import IntArray

Label = tuple[Hashable, ...]
"""Names a series: one entry for each column that does."""

_LARGEST_SEED = np.iinfo(np.int32).max


def series_random_state(label: Hashable, random_state: int) -> int:
    """Return the ``random_state`` with which a forecaster forecasts a series as it was at scale.

    ``LagLlamaForecaster(random_state=series_random_state(label, random_state))``, fitted to this
    series alone, has the forecasts that ``forecast_parquet`` writes for it, up to rounding.

    Parameters
    ----------
    label : str, int, bool, date or datetime, or a tuple of them
        What names the series: a tuple if several columns do.
    random_state : int
        Of the forecaster that was given to ``forecast_parquet``.

    Returns
    -------
    int
        Between 0 and 2**32 - 1; the same for integers of any width.

    Raises
    ------
    TypeError
        If a label is of another type.
    """
    parts = label if isinstance(label, tuple) else (label,)
    return _hash([int(random_state), *map(_plain, parts)], num_bytes=4)


def seeds_of(labels: Sequence[Label], random_state: int) -> IntArray:
    """Return the seed of each series, as a forecaster draws it from ``series_random_state``.

    Parameters
    ----------
    labels : sequence of tuple, of shape (series,)
    random_state : int

    Returns
    -------
    int64 array of shape (series,)
    """
    generator = np.random.RandomState(0)
    seeds = np.empty(len(labels), dtype=np.int64)
    for number, label in enumerate(labels):
        # Seeding one generator again takes a tenth of the time of making a new one.
        generator.seed(series_random_state(label, random_state))
        seeds[number] = generator.randint(_LARGEST_SEED)
    return seeds


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
