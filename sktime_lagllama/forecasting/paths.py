"""Sample paths of a batch of series, ahead of the cutoff and in sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from sktime_lagllama._progress import progress_bar
from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.forecasting.chunks import chunks_of_rows
from sktime_lagllama.forecasting.resolutions import draw_paths
from sktime_lagllama.forecasting.rows import Rows
from sktime_lagllama.forecasting.subseries import Progress
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampled_paths import SampledPaths

_STREAMS_APART = np.int64(5_700_357_409_661_599_241)
"""From the stream of random numbers of a step in sample to that of the step before it.

It is some 2**63, at which the numbers of streams end, divided by the golden ratio: so the streams
of many steps are all far apart.
"""

Reduce = Callable[[SampledPaths], Float64Array]
"""Computes statistics, shape (rows, ...), of sample paths, shape (rows, num_samples, steps)."""

Adjust = Callable[[SampledPaths, slice], SampledPaths]
"""Changes sample paths of some of the series, which a slice tells, before they are reduced."""


def predict_paths(
    model: LagLlama,
    history: SeriesBatch,
    cutoff: int,
    steps: IntArray,
    options: SamplingOptions,
) -> SampledPaths:
    """Draw sample paths of every series.

    A step ahead of the cutoff is a step of a path that starts at the cutoff. A step at or before
    the cutoff is predicted one step ahead: by a path of one step that starts right before it, from
    a window that ends there. So nothing from that time on is seen, the scaling included.

    A series whose last value lies further back than a window reaches is forecast from that value
    on, as if no time had passed since.

    A terminal shows a progress bar if this takes more than two seconds.

    Parameters
    ----------
    model : LagLlama
    history : SeriesBatch
    cutoff : int
        Grid position; later values of the history are not looked at.
    steps : int64 array of shape (steps,)
        Steps from the cutoff, in any order: 1 is the first after it, 0 the cutoff itself.
    options : SamplingOptions

    Returns
    -------
    SampledPaths of shape (series, num_samples, steps)
    """
    return SampledPaths.concatenate(list(_draw_in_chunks(model, history, cutoff, steps, options)))


def predict_statistics(
    model: LagLlama,
    history: SeriesBatch,
    cutoff: int,
    steps: IntArray,
    options: SamplingOptions,
    reduce: Reduce,
    adjust: Adjust | None = None,
) -> Float64Array:
    """Draw sample paths and reduce them chunk by chunk, so that all never exist at the same time.

    Parameters
    ----------
    model, history, cutoff, steps, options
        As in ``predict_paths``.
    reduce : callable
        Reduces paths of a chunk of series, shape (chunk, num_samples, steps), to statistics, shape
        (chunk, ...).
    adjust : callable, optional
        Changes the paths of a chunk of series first.

    Returns
    -------
    float64 array of shape (series, ...)
    """
    statistics, first = [], 0
    for paths in _draw_in_chunks(model, history, cutoff, steps, options):
        series = slice(first, first + len(paths.values))
        statistics.append(reduce(paths if adjust is None else adjust(paths, series)))
        first = series.stop
    return np.concatenate(statistics)


def predict_paths_from_cutoffs(
    model: LagLlama,
    history: SeriesBatch,
    cutoffs: IntArray,
    horizon: int,
    options: SamplingOptions,
    reduce: Reduce,
) -> Float64Array:
    """Draw sample paths of every series from each of several cutoffs, as rows of one batch.

    Parameters
    ----------
    model, history, options
        As in ``predict_paths``.
    cutoffs : int64 array of shape (cutoffs,)
        Grid positions. Paths that start at a cutoff look at nothing after it.
    horizon : int
        Steps ahead.
    reduce : callable
        Reduces paths of a chunk of rows, shape (chunk, num_samples, horizon), to statistics, shape
        (chunk, ...).

    Returns
    -------
    float64 array of shape (cutoffs, series, ...)
    """
    num_series = history.num_series
    series_of_row = np.tile(np.arange(num_series), len(cutoffs))
    cutoff_of_row = np.repeat(cutoffs, num_series)
    rows = Rows(series_of_row, cutoff_of_row, history.random_streams[series_of_row])
    chunks = []
    with progress_bar("forecasting", total=len(rows) * options.num_samples * horizon) as bar:
        for first, stop in chunks_of_rows(len(rows), options.num_samples, horizon):
            chunk = rows.select(slice(first, stop))
            paths = draw_paths(model, history, chunk, horizon, options, bar.update)
            chunks.append(reduce(paths))
    statistics = np.concatenate(chunks)
    return statistics.reshape(len(cutoffs), num_series, *statistics.shape[1:])


def _draw_in_chunks(
    model: LagLlama,
    history: SeriesBatch,
    cutoff: int,
    steps: IntArray,
    options: SamplingOptions,
) -> Iterator[SampledPaths]:
    """Yield what ``predict_paths`` returns, a chunk of series at a time."""
    horizon, in_sample = _split_steps(steps)
    num_values = history.num_series * options.num_samples * (horizon + len(in_sample))
    streams = history.random_streams
    with progress_bar("forecasting", total=num_values) as bar:
        for first, stop in chunks_of_rows(
            history.num_series, options.num_samples, max(horizon, len(steps))
        ):
            series = np.arange(first, stop)
            yield _paths_of_chunk(
                model, history, series, cutoff, steps, options, streams[series], bar.update
            )


def _split_steps(steps: IntArray) -> tuple[int, IntArray]:
    """Return the longest step ahead, or 0, and the steps in sample, each once, falling.

    Parameters
    ----------
    steps : int64 array of shape (steps,)

    Returns
    -------
    horizon : int
    in_sample : int64 array of shape (steps in sample,)
    """
    horizon = max(int(steps.max(initial=0)), 0)
    return horizon, np.unique(steps[steps <= 0])[::-1]


def _paths_of_chunk(
    model: LagLlama,
    history: SeriesBatch,
    series: IntArray,
    cutoff: int,
    steps: IntArray,
    options: SamplingOptions,
    streams: IntArray,
    progress: Progress,
) -> SampledPaths:
    """Draw the paths of some of the series, ahead of the cutoff and in sample.

    Parameters
    ----------
    series : int64 array of shape (chunk,)
        Numbers of the series.
    model, history, cutoff, steps, options
        As in ``predict_paths``.
    streams, progress
        As in ``draw_paths``.

    Returns
    -------
    SampledPaths of shape (chunk, num_samples, steps)
    """
    horizon, in_sample = _split_steps(steps)
    paths = SampledPaths.empty(len(series), options.num_samples, len(steps))
    if horizon:
        is_ahead = steps > 0
        rows = Rows(series, np.full(len(series), cutoff), streams)
        drawn = draw_paths(model, history, rows, horizon, options, progress)
        paths.assign(np.s_[:, :, is_ahead], drawn.select(np.s_[:, :, steps[is_ahead] - 1]))
    for run in _consecutive_runs(in_sample):
        drawn = _one_step_paths(model, history, series, cutoff, run, options, streams, progress)
        is_in_run = (run[-1] <= steps) & (steps <= run[0])
        drawn = drawn.select(np.s_[:, :, run[0] - steps[is_in_run]])
        paths.assign(np.s_[:, :, is_in_run], drawn)
    return paths


def _one_step_paths(
    model: LagLlama,
    history: SeriesBatch,
    series: IntArray,
    cutoff: int,
    run: IntArray,
    options: SamplingOptions,
    streams: IntArray,
    progress: Progress,
) -> SampledPaths:
    """Draw paths of one step for each of several in-sample steps.

    Every step of a series has a stream of random numbers of its own, so that its paths do not
    depend on which other steps are asked for.

    Parameters
    ----------
    series : int64 array of shape (chunk,)
        Numbers of the series.
    run : int64 array of shape (run,)
        Consecutive, falling steps from the cutoff, at most 0.
    model, history, cutoff, options
        As in ``predict_paths``.
    streams, progress
        As in ``draw_paths``.

    Returns
    -------
    SampledPaths of shape (chunk, num_samples, run)
    """
    num_series = len(series)
    streams_of_steps = streams + (1 - run[:, None]) * _STREAMS_APART  # (run, chunk), wraps around
    rows = Rows(
        np.tile(series, len(run)),
        np.repeat(cutoff + run - 1, num_series),
        streams_of_steps.ravel() & np.iinfo(np.int64).max,
    )
    drawn = draw_paths(model, history, rows, 1, options, progress)
    by_step = (len(run), num_series, options.num_samples)
    return SampledPaths(*(np.moveaxis(field.reshape(by_step), 0, -1) for field in drawn))


def _consecutive_runs(steps: IntArray) -> Iterator[IntArray]:
    """Split falling steps, shape (steps,), into runs of consecutive ones."""
    if len(steps):
        yield from np.split(steps, np.flatnonzero(np.diff(steps) != -1) + 1)
