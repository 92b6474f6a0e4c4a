"""Sample paths of windows, drawn in blocks of series and chunks of paths, in several threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.network.features import Window
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling import buffers
from sktime_lagllama.sampling.decoder import Decoder
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.path_layers import LayerWeights, layer_weights
from sktime_lagllama.sampling.prefill import Context, prefill
from sktime_lagllama.sampling.random_numbers import student_t_noise
from sktime_lagllama.sampling.threads import in_threads, num_threads_for
from sktime_lagllama.sampling.work_plan import SeriesBlock, plan_blocks


def sample_paths(
    model: LagLlama,
    window: Window,
    calendar: Tensor,
    horizon: int,
    options: SamplingOptions,
    first_series: int = 0,
    progress: Callable[[int], object] | None = None,
) -> Float64Array:
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
    first_series : int, default=0
        Number of the first series, where these series are part of a larger panel: they then have
        the same paths as in the panel.
    progress : callable, optional
        Called with the number of values that were drawn since its last call.

    Returns
    -------
    float64 array of shape (series, num_samples, horizon)
        In data units.
    """
    num_series, device = len(window.values), model.head.weight.device
    paths = np.empty((num_series, options.num_samples, horizon))
    with torch.inference_mode():
        weights = layer_weights(model) if horizon > 1 else None
    forecast = _Forecast(
        model, weights, window, calendar, horizon, options, first_series, progress, paths
    )
    num_threads = num_threads_for(device)
    blocks = plan_blocks(num_series, horizon, options, model.config, device, num_threads)
    try:
        if len(blocks) >= num_threads:
            in_threads(num_threads, forecast.draw_block, [(block,) for block in blocks])
        else:
            for block in blocks:
                context = forecast.prefill(block.series)
                chunks = [(context, block.series, samples) for samples in block.chunks]
                in_threads(num_threads, forecast.draw_chunk, chunks)
    finally:
        buffers.POOL.trim(buffers.MAX_IDLE_BYTES)
    return paths


@dataclass(frozen=True)
class _Forecast:
    """What the threads of one forecast share; each of them writes its own part of ``paths``.

    Parameters
    ----------
    model, window, calendar, horizon, options, first_series, progress
        As in ``sample_paths``.
    weights : LayerWeights, optional
        Of the model. None if the horizon is 1.
    paths : float64 array of shape (series, num_samples, horizon)
        Overwritten.
    """

    model: LagLlama
    weights: LayerWeights | None
    window: Window
    calendar: Tensor
    horizon: int
    options: SamplingOptions
    first_series: int
    progress: Callable[[int], object] | None
    paths: Float64Array

    def draw_block(self, block: SeriesBlock) -> None:
        """Draw all paths of a block of series."""
        context = self.prefill(block.series)
        for samples in block.chunks:
            self.draw_chunk(context, block.series, samples)

    def prefill(self, series: slice) -> Context:
        """Run the context of a block of series through the network."""
        window = Window(self.window.values[series], self.window.observed[series])
        calendar = self.calendar if self.calendar.shape[0] == 1 else self.calendar[series]
        with torch.inference_mode():
            return prefill(self.model, window, calendar, self.horizon, self.options)

    def draw_chunk(self, context: Context, series: slice, samples: slice) -> None:
        """Draw some of the paths of a block of series."""
        options = self.options
        num_series, num_samples = series.stop - series.start, samples.stop - samples.start
        first_path = (self.first_series + series.start) * options.num_samples + samples.start
        with torch.inference_mode(), buffers.POOL.lend() as lent_buffers:
            noise = student_t_noise(
                options.seed,
                self.horizon,
                first_path,
                (num_series, num_samples),
                context.hidden.device,
            )
            decoder = Decoder(context, self.weights, num_samples, options.nonnegative, lent_buffers)
            drawn = decoder.draw(noise)
        self.paths[series, samples] = drawn
        if self.progress is not None:
            self.progress(drawn.size)
