"""Chunks of rows whose sample paths have a bounded size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sktime_lagllama.sampling.sampled_paths import SampledPaths

MAX_WINDOWS_CHUNK = 4096
"""Windows that are cut out of the series at the same time."""

MAX_BYTES_CHUNK = 2**28
"""Size of the sample paths that are drawn before they are reduced."""


def chunks_of_rows(num_rows: int, num_samples: int, steps: int) -> Iterator[tuple[int, int]]:
    """Split rows into chunks whose sample paths have a bounded size.

    Parameters
    ----------
    num_rows : int
    num_samples : int
        Paths of a row.
    steps : int
        Steps of a path.

    Yields
    ------
    first, stop : int
        Rows of a chunk, ``stop`` exclusive.
    """
    bytes_per_value = len(SampledPaths._fields) * np.float64().nbytes
    bytes_per_row = bytes_per_value * num_samples * max(steps, 1)
    chunk = max(1, min(MAX_WINDOWS_CHUNK, MAX_BYTES_CHUNK // bytes_per_row))
    for first in range(0, num_rows, chunk):
        yield first, min(first + chunk, num_rows)
