"""How the paths of a forecast are divided: into blocks of series, and each block into chunks.

The contexts of a block of series are computed together, and so are the paths of a chunk. Both bound
memory. The numbers below were measured: with fewer rows the overhead of operator calls dominates;
more rows need more memory and gain little. A row is a path, or a token of a context.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.sampling.options import SamplingOptions

MAX_ROWS_ON_CPU = 1024
"""Paths in one chunk on one CPU core."""

MAX_ROWS_ON_ACCELERATOR = 16_384
"""Paths in one chunk on any other device."""

MIN_ROWS_PER_THREAD = 256
"""Chunks are not made smaller than this to give every thread its share."""

CONTEXT_CHUNK = 1024
"""Context tokens of one block; more if a chunk has more paths than this."""

MAX_BYTES = 2**30
"""Buffers of all threads together, in bytes."""


@dataclass(frozen=True)
class SeriesBlock:
    """Series whose contexts are computed together, and how their paths are divided.

    Parameters
    ----------
    series : slice
        Of the window's rows.
    chunks : list of slice
        Of each series' samples, without gaps or overlaps. Only a block of a single series has more
        than one, so that the paths of a chunk are always consecutive.
    """

    series: slice
    chunks: list[slice]


def plan_blocks(
    num_series: int,
    horizon: int,
    options: SamplingOptions,
    config: LagLlamaConfig,
    device: torch.device,
    num_threads: int,
) -> list[SeriesBlock]:
    """Divide the paths of a forecast.

    Parameters
    ----------
    num_series : int
    horizon : int
        Steps ahead.
    options : SamplingOptions
        A chunk has at most ``batch_size`` paths. A block has at most ``batch_size`` context tokens
        and paths, or a single series. None: as many as fit in the limits of this module.
    config : LagLlamaConfig
    device : torch.device
    num_threads : int
        Threads that the blocks, or the chunks of one block after another, are shared among.

    Returns
    -------
    list of SeriesBlock
        Of all series in their order.
    """
    num_samples, context_length = options.num_samples, options.context(config)
    max_rows = max_context_rows = options.batch_size
    if max_rows is None or max_context_rows is None:
        bytes_at_horizon = bytes_per_path(config, context_length, horizon)
        max_rows = _default_max_rows(
            num_series * num_samples, bytes_at_horizon, device, num_threads
        )
        max_context_rows = max(max_rows, CONTEXT_CHUNK)
    series_per_block = max_context_rows // context_length
    if horizon > 1:
        series_per_block = min(series_per_block, max_rows // num_samples)
    series_per_block = max(1, series_per_block)
    num_blocks = _ceil_divide(num_series, series_per_block)
    if num_blocks >= num_threads:  # otherwise the threads share the chunks of each block
        num_blocks = _round_up(num_blocks, num_threads)
    # Paths of a single step do not pass through the network: they need no chunks.
    num_chunks = 1
    if series_per_block == 1 and horizon > 1:
        num_chunks = _ceil_divide(num_samples, max_rows)
    if num_chunks > 1:
        num_chunks = _round_up(num_chunks, num_threads)
    chunks = _even_slices(num_samples, num_chunks)
    return [SeriesBlock(series, chunks) for series in _even_slices(num_series, num_blocks)]


def bytes_per_path(config: LagLlamaConfig, context_length: int, horizon: int) -> int:
    """Return how much memory the buffers of a path need in float32.

    Parameters
    ----------
    config : LagLlamaConfig
    context_length : int
        Tokens of context.
    horizon : int
        Steps ahead.

    Returns
    -------
    int
        Bytes for the keys and values of the path's tokens and for what attention writes.
    """
    attention = config.num_heads * (3 * context_length + 2 * horizon)
    keys_values = (2 * config.num_layers + 1) * horizon * config.width
    return 4 * (keys_values + attention)


def _default_max_rows(
    num_paths: int, path_bytes: int, device: torch.device, num_threads: int
) -> int:
    """Return the number of paths of a chunk without a ``batch_size``."""
    fastest = MAX_ROWS_ON_CPU if device.type == "cpu" else MAX_ROWS_ON_ACCELERATOR
    thread_share = max(MIN_ROWS_PER_THREAD, _ceil_divide(num_paths, num_threads))
    fitting = MAX_BYTES // (num_threads * path_bytes)
    return max(1, min(fastest, thread_share, fitting))


def _ceil_divide(dividend: int, divisor: int) -> int:
    """Return the quotient, rounded up."""
    return -(-dividend // divisor)


def _round_up(number: int, factor: int) -> int:
    """Return the smallest multiple of ``factor`` that is not less than a number."""
    return factor * _ceil_divide(number, factor)


def _even_slices(length: int, number: int) -> list[slice]:
    """Cut a range into slices whose sizes differ by at most one.

    Parameters
    ----------
    length : int
        Of the range.
    number : int
        Of slices. No slice is empty: there are no more than ``length``.

    Returns
    -------
    list of slice
    """
    number = min(length, number)
    edges = [length * place // number for place in range(number + 1)] if number else []
    return [slice(start, stop) for start, stop in pairwise(edges)]
