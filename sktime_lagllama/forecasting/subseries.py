"""Sample paths at one resolution: of the series themselves, or of their subseries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from sktime_lagllama._typing import BoolArray, Float64Array, IntArray
from sktime_lagllama.data.resolutions import Resolution
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.forecasting.chunks import MAX_WINDOWS_CHUNK, chunks_of_rows
from sktime_lagllama.forecasting.context_length import context_length_at, default_context_length
from sktime_lagllama.forecasting.rows import Rows
from sktime_lagllama.network.features import Window
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampled_paths import SampledPaths
from sktime_lagllama.sampling.sampler import sample_paths

MIN_OBSERVED = 2
"""Observed values with which a subseries can be forecast: with one, its scale is unknown."""

Progress = Callable[[int], object]
"""Is called with the number of values drawn since its last call."""


def draw_at_resolution(
    model: LagLlama,
    history: SeriesBatch,
    rows: Rows,
    horizon: int,
    options: SamplingOptions,
    resolution: Resolution,
    progress: Progress | None = None,
) -> tuple[SampledPaths, BoolArray]:
    """Draw sample paths, where each row has its own series and cutoff.

    Each step ahead belongs to another subseries, up to as many as there are. All subseries of a row
    draw the same random numbers, so that a path is high or low in all of them.

    Parameters
    ----------
    model : LagLlama
    history : SeriesBatch
        Nothing after a row's cutoff is looked at.
    rows : Rows
    horizon : int
        Own steps ahead.
    options : SamplingOptions
        The context length is that at the own step, see ``context_length_at``; None:
        ``default_context_length``.
    resolution : Resolution
    progress : callable, optional
        Called with the number of values drawn since its last call.

    Returns
    -------
    paths : SampledPaths of shape (rows, num_samples, horizon)
    is_known : bool array of shape (rows, horizon)
        Whether the subseries of a step has values enough to be forecast. What is drawn of others
        has no meaning; at the own step there are none.
    """
    default = default_context_length(model.config, history.grid)
    context_length = context_length_at(resolution, options.context_length or default)
    options = replace(options, context_length=context_length)
    num_subseries, num_steps = min(resolution.stride, horizon), -(-horizon // resolution.stride)
    paths = SampledPaths.empty(len(rows), options.num_samples, horizon)
    is_known = np.empty((len(rows), horizon), dtype=bool)
    # The windows of all rows may take more memory than the history that they are cut out of.
    for start, stop in chunks_of_rows(len(rows), options.num_samples, num_steps, num_subseries):
        chunk = slice(start, stop)
        drawn, is_known[chunk] = _draw_chunk(
            model, history, rows.select(chunk), horizon, options, resolution, progress
        )
        paths.assign(chunk, drawn)
    return paths, is_known


def _draw_chunk(
    model: LagLlama,
    history: SeriesBatch,
    rows: Rows,
    horizon: int,
    options: SamplingOptions,
    resolution: Resolution,
    progress: Progress | None,
) -> tuple[SampledPaths, BoolArray]:
    """Draw what ``draw_at_resolution`` returns, of some of the rows at once.

    The context length of the options is that at the resolution.
    """
    stride, context_length = resolution.stride, options.context(model.config)
    num_rows, num_subseries, num_steps = len(rows), min(stride, horizon), -(-horizon // stride)
    windows = subseries_windows(
        history,
        rows.series,
        rows.cutoffs,
        model.config.max_lag + context_length,
        stride,
        num_subseries,
    )
    # From here on, a row is a subseries. The first one is that of the first step ahead.
    ends = ((rows.cutoffs + 1 - stride)[:, None] + np.arange(num_subseries)).ravel()
    rows = replace(rows.select(np.repeat(np.arange(num_rows), num_subseries)), cutoffs=ends)
    if stride == 1:
        _replace_empty(windows, history, rows)
    observed = ~np.isnan(windows)
    paths = SampledPaths.empty(len(rows), options.num_samples, num_steps)
    # Even a single row may have many subseries.
    for start, stop in chunks_of_rows(len(rows), options.num_samples, num_steps):
        places = slice(start, stop)
        some = rows.select(places)
        calendar = history.calendars(
            some.series, some.cutoffs, context_length, num_steps - 1, resolution
        )
        drawn = sample_paths(
            model,
            Window(
                torch.from_numpy(np.where(observed[places], windows[places], 0.0)),
                torch.from_numpy(observed[places]),
            ),
            torch.from_numpy(calendar),
            num_steps,
            options,
            some.streams,
            progress,
        )
        paths.assign(places, drawn)
    is_known = (observed.sum(axis=1) >= MIN_OBSERVED) | (stride == 1)
    is_known = np.tile(is_known.reshape(num_rows, num_subseries), num_steps)[:, :horizon]
    by_subseries = (num_rows, num_subseries, options.num_samples, num_steps)
    all_steps = (num_rows, options.num_samples, num_steps * num_subseries)
    in_order = (field.reshape(by_subseries).transpose(0, 2, 3, 1) for field in paths)
    return (
        SampledPaths(*(field.reshape(all_steps)[:, :, :horizon] for field in in_order)),
        is_known,
    )


def subseries_windows(
    history: SeriesBatch,
    series: IntArray,
    cutoffs: IntArray,
    length: int,
    stride: int,
    num_subseries: int,
) -> Float64Array:
    """Cut windows of the subseries that come next out of the series.

    Parameters
    ----------
    history : SeriesBatch
    series, cutoffs : int64 arrays of shape (rows,)
    length : int
        Values in a window.
    stride : int
        Steps from one of them to the next.
    num_subseries : int
        How many subseries of each row, that of the first step ahead first.

    Returns
    -------
    float64 array of shape (rows * num_subseries, length)
        NaN where missing.
    """
    # Windows are not longer than the history, lest subseries of seconds need gigabytes.
    longest = -(-int((cutoffs + 1 - history.starts[series]).max()) // stride)
    num_cut = min(length, max(1, longest))
    windows = np.full((len(series), num_subseries, length), np.nan)
    size = max(1, MAX_WINDOWS_CHUNK // stride)
    for start in range(0, len(series), size):
        rows = slice(start, start + size)
        whole = history.windows(series[rows], cutoffs[rows], stride * num_cut)
        of_subseries = whole.reshape(-1, num_cut, stride)[:, :, :num_subseries]
        windows[rows, :, length - num_cut :] = of_subseries.swapaxes(1, 2)
    return windows.reshape(-1, length)


def _replace_empty(windows: Float64Array, history: SeriesBatch, rows: Rows) -> None:
    """Let windows without an observed value end at the last one, in place.

    Otherwise not even the scale of the series would be known.

    Parameters
    ----------
    windows : float64 array of shape (rows, length)
    history : SeriesBatch
    rows : Rows
    """
    is_empty = np.isnan(windows).all(axis=1)
    if is_empty.any():
        empty = rows.select(is_empty)
        ends = history.last_observed(empty.series, empty.cutoffs)
        windows[is_empty] = history.windows(empty.series, ends, windows.shape[1])
