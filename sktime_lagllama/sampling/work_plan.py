"""How a forecast is divided: into blocks of series, and a block's contexts and paths into parts.

The contexts of a piece of a block are computed together, and so are the paths of a chunk. Both
bound memory. The numbers below were measured: with fewer rows the overhead of operator calls
dominates; more rows need more memory and gain little. A row is a path, or a token of a context.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from sktime_lagllama._typing import IntArray
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.path_attention import slots_for

MAX_ROWS_ON_CPU = 1024
"""Paths in one chunk on one CPU core."""

MAX_ROWS_ON_ACCELERATOR = 16_384
"""Paths in one chunk on any other device."""

MIN_ROWS_PER_THREAD = 256
"""Chunks are not made smaller than this to give every thread its share."""

CONTEXT_CHUNK = 1024
"""Context tokens of one piece; more if a chunk has more paths than this."""

MAX_BYTES = 2**30
"""Buffers of all threads together, in bytes."""


@dataclass(frozen=True)
class SeriesBlock:
    """Series whose paths are drawn together, and how their contexts and paths are divided.

    Parameters
    ----------
    rows : int64 array of shape (series,)
        Of the window, in any order.
    pieces : list of slice
        Of ``rows``, without gaps or overlaps: contexts that are computed together.
    chunks : list of slice
        Of each series' samples, without gaps or overlaps. Only a block of a single series has more
        than one.
    """

    rows: IntArray
    pieces: list[slice]
    chunks: list[slice]


def plan_blocks(
    num_tokens: IntArray,
    horizon: int,
    options: SamplingOptions,
    config: LagLlamaConfig,
    device: torch.device,
    num_threads: int,
) -> list[SeriesBlock]:
    """Divide the paths of a forecast.

    Parameters
    ----------
    num_tokens : int64 array of shape (series,)
        Tokens of context that each series needs.
    horizon : int
        Steps ahead.
    options : SamplingOptions
        A chunk has at most ``batch_size`` paths, or those of a single series; a piece has at most
        ``batch_size`` context tokens, or a single series. None: as many as fit in the limits of
        this module.
    config : LagLlamaConfig
    device : torch.device
    num_threads : int
        Threads that the blocks, or the chunks of one block after another, are shared among.

    Returns
    -------
    list of SeriesBlock
        Of all series, those that need most tokens first: those of a piece need about as many, and
        what the threads do last is short.
    """
    rows = np.argsort(-num_tokens, kind="stable")
    max_rows = max_tokens = options.batch_size
    if max_rows is None or max_tokens is None:
        max_rows = _default_max_rows(num_tokens, horizon, options, config, device, num_threads)
        max_tokens = max(max_rows, CONTEXT_CHUNK)
    if horizon == 1:  # no path passes through the network: a block is a piece, with all samples
        all_samples = slice(0, options.num_samples)
        return [
            SeriesBlock(rows[piece], [slice(0, piece.stop - piece.start)], [all_samples])
            for piece in _pieces(num_tokens[rows], max_tokens, num_threads)
        ]
    series_per_block = max(1, max_rows // options.num_samples)
    num_blocks = _ceil_divide(len(rows), series_per_block)
    if num_blocks >= num_threads:  # otherwise the threads share the chunks of each block
        num_blocks = _round_up(num_blocks, num_threads)
    num_chunks = 1
    if series_per_block == 1:
        num_chunks = _ceil_divide(options.num_samples, max_rows)
    if num_chunks > 1:
        num_chunks = _round_up(num_chunks, num_threads)
    chunks = _even_slices(options.num_samples, num_chunks)
    blocks = [rows[block] for block in _even_slices(len(rows), num_blocks)]
    return [SeriesBlock(block, _pieces(num_tokens[block], max_tokens), chunks) for block in blocks]


def _pieces(num_tokens: IntArray, max_tokens: int, num_threads: int = 1) -> list[slice]:
    """Cut series into pieces of about the same number of tokens.

    Parameters
    ----------
    num_tokens : int64 array of shape (series,)
        Tokens that each series needs, falling.
    max_tokens : int
        Of a piece, where a series counts as much as the longest one of its piece. A piece of a
        single series may have more.
    num_threads : int, default=1
        Threads that the pieces are shared among.

    Returns
    -------
    list of slice
    """
    total = int(num_tokens.sum())
    even_share = _ceil_divide(total, _round_up(_ceil_divide(total, max_tokens), num_threads) or 1)
    pieces, start = [], 0
    while start < len(num_tokens):
        longest = int(num_tokens[start])
        size = min(_ceil_divide(even_share, longest), max_tokens // longest)
        stop = min(start + max(1, size), len(num_tokens))
        pieces.append(slice(start, stop))
        start = stop
    return pieces


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
        Bytes for the keys and values of the path's tokens, for what attention writes, and for
        what else a layer writes.
    """
    slots = slots_for(horizon - 1, config.head_dim)
    keys_values = 2 * config.num_layers * slots * config.width
    attention = 3 * config.num_heads * (context_length + slots)
    layer = 9 * config.width + 2 * config.mlp_width
    return 4 * (keys_values + attention + layer)


def _default_max_rows(
    num_tokens: IntArray,
    horizon: int,
    options: SamplingOptions,
    config: LagLlamaConfig,
    device: torch.device,
    num_threads: int,
) -> int:
    """Return the number of paths of a chunk without a ``batch_size``; parameters as above."""
    longest = int(num_tokens.max(initial=1))
    path_bytes = bytes_per_path(config, longest, horizon)
    # Of the context's keys and values, which all paths of a series share.
    path_bytes += 8 * config.num_layers * config.width * longest // options.num_samples
    fastest = MAX_ROWS_ON_CPU if device.type == "cpu" else MAX_ROWS_ON_ACCELERATOR
    num_paths = len(num_tokens) * options.num_samples
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
