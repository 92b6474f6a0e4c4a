"""Chunks of rows whose sample paths have a bounded size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sktime_lagllama.sampling.sampled_paths import SampledPaths

MAX_WINDOWS_CHUNK = 4096
"""Windows that are cut out of the series at the same time."""

MAX_BYTES_CHUNK = 2**28
"""Size of the sample paths that are drawn before they are reduced."""


def chunks_of_rows(
    num_rows: int, num_samples: int, steps: int, num_windows: int = 1
) -> Iterator[tuple[int, int]]:
    """Split rows into chunks whose windows and sample paths have a bounded size.

    Parameters
    ----------
    num_rows : int
    num_samples : int
        Paths of a row.
    steps : int
        Steps of a path.
    num_windows : int, default=1
        Windows of a row, each of which has paths.

    Yields
    ------
    first, stop : int
        Rows of a chunk, ``stop`` exclusive.
    """
    bytes_per_value = len(SampledPaths._fields) * np.float64().nbytes
    bytes_per_window = bytes_per_value * num_samples * max(steps, 1)
    most_windows = min(MAX_WINDOWS_CHUNK, MAX_BYTES_CHUNK // bytes_per_window)
    chunk = max(1, most_windows // num_windows)
    for first in range(0, num_rows, chunk):
        yield first, min(first + chunk, num_rows)
