"""Prefill once, then draw paths with a key-value cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.features import Window
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.buffers import borrowed, release
from sktime_lagllama.sampling.decoder import Decoder
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.path_layers import layer_weights
from sktime_lagllama.sampling.threads import in_threads

ROWS_AT_ONCE = {"cpu": 1024}
ROWS_ON_ACCELERATOR = 16_384
SMALLEST_SHARE = 256
CONTEXT_ROWS_AT_ONCE = 1024
AUTO_BYTES = 2**30
KEPT_BYTES = 2**29


def sample_paths(
    model: LagLlama,
    window: Window,
    calendar: Tensor,
    horizon: int,
    options: SamplingOptions,
    first_series: int = 0,
    progress: Callable[[int], object] | None = None,
) -> np.ndarray:
    """Draw sample paths for every series, block by block.

    Location and scale stay those of the cutoff along a path: it is how the network was
    trained, and it keeps the cached keys and values exact.

    Parameters
    ----------
    model : LagLlama
        On the device that shall compute; what goes in and comes out is on the CPU.
    window : Window of shape (series, max_lag + context_length)
    calendar : float32 Tensor of shape (series or 1, context_length + horizon - 1, 6)
        Calendar features of the context's steps and of all forecast steps but the last.
    horizon : int
        Steps ahead.
    options : SamplingOptions
    first_series : int, default=0
        Number of the first series, where these are part of more: the paths are those that it and
        the following ones have there.
    progress : callable, optional
        Called with the number of values drawn since its last call.

    Returns
    -------
    float64 array of shape (series, num_samples, horizon), in data units
    """
    config = model.config
    device = model.head.weight.device
    num_series, num_samples = window.values.shape[0], options.num_samples
    paths = np.empty((num_series, num_samples, horizon))
    with torch.inference_mode():
        weights = layer_weights(model) if horizon > 1 else None

    def decoder_of(series: slice) -> Decoder:
        block = Window(window.values[series], window.observed[series])
        block_calendar = calendar if calendar.shape[0] == 1 else calendar[series]
        with torch.inference_mode():
            return Decoder(model, weights, block, block_calendar, horizon, options)

    def fill(series: slice, samples: slice, decoder: Decoder) -> None:
        first = (first_series + series.start) * num_samples + samples.start
        with torch.inference_mode(), borrowed() as memory:
            drawn = decoder.paths(first, samples.stop - samples.start, memory)
        paths[series, samples] = drawn
        if progress is not None:
            progress(drawn.size)

    def fill_block(series: slice, chunks: list[slice]) -> None:
        decoder = decoder_of(series)
        for samples in chunks:
            fill(series, samples, decoder)

    threads = torch.get_num_threads() if device.type == "cpu" else 1
    blocks = list(_blocks(num_series, horizon, options, config, device, threads))
    try:
        if len(blocks) >= threads:
            in_threads(threads, fill_block, blocks)
        else:
            for series, chunks in blocks:
                decoder = decoder_of(series)
                in_threads(threads, fill, [(series, samples, decoder) for samples in chunks])
    finally:
        release(KEPT_BYTES)
    return paths


def _blocks(
    num_series: int,
    horizon: int,
    options: SamplingOptions,
    config: LagLlamaConfig,
    device: torch.device,
    threads: int,
) -> Iterator[tuple[slice, list[slice]]]:
    """Yield blocks of series, each with its blocks of paths, of at most ``batch_size`` rows.

    What ``batch_size=None`` stands for is measured: fewer rows spend their time on calling
    operators, more of them need more memory and gain little.
    """
    num_samples, context_length = options.num_samples, options.context(config)
    rows = context_rows = options.batch_size
    if rows is None or context_rows is None:
        most = ROWS_AT_ONCE.get(device.type, ROWS_ON_ACCELERATOR)
        share = max(SMALLEST_SHARE, -(-num_series * num_samples // threads))
        fitting = AUTO_BYTES // (threads * _bytes_per_path(config, context_length, horizon))
        rows = max(1, min(most, share, fitting))
        context_rows = max(rows, CONTEXT_ROWS_AT_ONCE)
    at_once = context_rows // context_length
    if horizon > 1:
        at_once = min(at_once, rows // num_samples)
    at_once = max(1, at_once)
    num_blocks = -(-num_series // at_once)
    if num_blocks >= threads:  # otherwise blocks follow each other, and threads share each one
        num_blocks = _in_rounds(num_blocks, threads)
    # Several series at a time take all their paths, so that the paths of a block are consecutive.
    num_chunks = 1 if at_once > 1 or horizon == 1 else -(-num_samples // rows)
    if num_chunks > 1:
        num_chunks = _in_rounds(num_chunks, threads)
    chunks = _shares(num_samples, num_chunks)
    for series in _shares(num_series, num_blocks):
        yield series, chunks


def _in_rounds(number: int, threads: int) -> int:
    """Round up to as many for each thread."""
    return threads * -(-number // threads)


def _shares(count: int, number: int) -> list[slice]:
    """Cut a count into a number of slices, whose sizes differ by one at most; none is empty."""
    number = min(count, number)
    edges = [count * place // number for place in range(number + 1)] if number else []
    return [slice(start, stop) for start, stop in pairwise(edges)]


def _bytes_per_path(config: LagLlamaConfig, context_length: int, horizon: int) -> int:
    """Return what a path needs in float32: its keys and values, and what attention writes."""
    attention = config.num_heads * (3 * context_length + 2 * horizon)
    own = (2 * config.num_layers + 1) * horizon * config.width
    return 4 * (own + attention)
