"""Sample paths of windows, drawn in blocks of series and chunks of paths, in several threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sktime_lagllama._typing import IntArray
from sktime_lagllama.network.features import Window
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling import buffers
from sktime_lagllama.sampling.decoder import Decoder
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.prefill import Context, prefill, tokens_needed
from sktime_lagllama.sampling.random_numbers import stratified_normal_scores
from sktime_lagllama.sampling.sampled_paths import SampledPaths
from sktime_lagllama.sampling.threads import in_threads, num_threads_for
from sktime_lagllama.sampling.work_plan import SeriesBlock, plan_blocks


def sample_paths(
    model: LagLlama,
    window: Window,
    calendar: Tensor,
    horizon: int,
    options: SamplingOptions,
    streams: IntArray | None = None,
    progress: Callable[[int], object] | None = None,
) -> SampledPaths:
    """Draw sample paths for every series.

    Location and scale stay those of the window along a path: this is how the network was trained,
    and it keeps the cached keys and values exact.

    Parameters
    ----------
    model : LagLlama
        On the device that computes.
    window : Window of shape (series, max_lag + context_length)
        On the CPU.
    calendar : float32 Tensor of shape (series or 1, context_length + horizon - 1, 6)
        Calendar features of the context's steps and of all forecast steps but the last, on the CPU.
    horizon : int
        Steps ahead.
    options : SamplingOptions
    streams : int64 array of shape (series,), optional
        Number of the stream of random numbers that each series draws from. None: 0, 1, ...
    progress : callable, optional
        Called with the number of values that were drawn since its last call.

    Returns
    -------
    SampledPaths of shape (series, num_samples, horizon)
    """
    num_series, device = len(window.values), model.head.weight.device
    paths = SampledPaths.empty(num_series, options.num_samples, horizon)
    streams = np.arange(num_series) if streams is None else streams
    normal_scores = stratified_normal_scores(options.seed, horizon, streams, options.num_samples)
    forecast = _Forecast(model, window, calendar, horizon, options, normal_scores, progress, paths)
    num_threads = num_threads_for(device)
    num_tokens = tokens_needed(window.observed, options.context(model.config), model.config)
    blocks = plan_blocks(num_tokens.numpy(), horizon, options, model.config, device, num_threads)
    try:
        if len(blocks) >= num_threads:
            in_threads(num_threads, forecast.draw_block, [(block,) for block in blocks])
        else:
            for block in blocks:
                context = forecast.prefill(block)
                chunks = [(context, block, samples) for samples in block.chunks]
                in_threads(num_threads, forecast.draw_chunk, chunks)
    finally:
        buffers.POOL.trim(buffers.MAX_IDLE_BYTES)
    return paths


@dataclass(frozen=True)
class _Forecast:
    """What the threads of one forecast share; each of them writes its own part of ``paths``.

    Parameters
    ----------
    model, window, calendar, horizon, options, progress
        As in ``sample_paths``.
    normal_scores : float32 Tensor of shape (horizon, series, num_samples)
        Of all series, on the CPU.
    paths : SampledPaths of shape (series, num_samples, horizon)
        Overwritten.
    """

    model: LagLlama
    window: Window
    calendar: Tensor
    horizon: int
    options: SamplingOptions
    normal_scores: Tensor
    progress: Callable[[int], object] | None
    paths: SampledPaths

    def draw_block(self, block: SeriesBlock) -> None:
        """Draw all paths of a block of series."""
        context = self.prefill(block)
        for samples in block.chunks:
            self.draw_chunk(context, block, samples)

    def prefill(self, block: SeriesBlock) -> Context:
        """Run the contexts of a block of series through the network."""
        window = Window(*(part[block.rows] for part in self.window))
        calendar = self.calendar if len(self.calendar) == 1 else self.calendar[block.rows]
        with torch.inference_mode():
            return prefill(self.model, window, calendar, self.horizon, self.options, block.pieces)

    def draw_chunk(self, context: Context, block: SeriesBlock, samples: slice) -> None:
        """Draw some of the paths of a block of series."""
        num_samples, nonnegative = samples.stop - samples.start, self.options.nonnegative
        normal_scores = self.normal_scores[:, block.rows, samples].to(context.hidden.device)
        with torch.inference_mode(), buffers.POOL.lend() as lent_buffers:
            decoder = Decoder(context, num_samples, nonnegative, lent_buffers)
            drawn = decoder.draw(normal_scores)
        self.paths.assign((block.rows, samples), drawn)
        if self.progress is not None:
            self.progress(drawn.values.size)
