"""Sample paths of a batch of series, ahead of the cutoff and in sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from tqdm.auto import tqdm

from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.network.features import Window
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampler import sample_paths

WINDOWS_AT_ONCE = 4096
BYTES_AT_ONCE = 2**28
SECONDS_BEFORE_BAR = 2.0

Reduce = Callable[[Float64Array], Float64Array]
Progress = Callable[[int], object]


def predict_paths(
    model: LagLlama,
    history: SeriesBatch,
    cutoff: int,
    steps: IntArray,
    options: SamplingOptions,
    reduce: Reduce | None = None,
) -> Float64Array:
    """Draw sample paths of every series, block by block.

    A step ahead of the cutoff is the last of a path that starts at the cutoff. A step at or before
    the cutoff is predicted one step ahead: by a path of one step that starts right before it, from
    a window that ends there, so that nothing from that time on is seen, the scaling included.

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
    reduce : callable, optional
        Takes paths of a block of series, shape (block, num_samples, steps), to whatever is wanted
        of them, shape (block, ...), so that the paths of all series never exist at once.

    Returns
    -------
    float64 array of shape (series, num_samples, steps), in data units, or (series, ...) if reduced
    """
    horizon = max(int(steps.max(initial=0)), 0)
    in_sample = np.unique(steps[steps <= 0])[::-1]
    wide = max(horizon, len(steps))
    blocks = []
    with _bar(history.num_series * options.num_samples * (horizon + len(in_sample))) as bar:
        for first, last in _blocks(history.num_series, options.num_samples, wide):
            series = np.arange(first, last)
            paths = np.empty((len(series), options.num_samples, len(steps)))
            if horizon:
                ahead = steps > 0
                cutoffs = np.full(len(series), cutoff)
                drawn = draw_paths(
                    model, history, series, cutoffs, horizon, options, first, bar.update
                )
                paths[:, :, ahead] = drawn[:, :, steps[ahead] - 1]
            for run in _consecutive(in_sample):
                drawn = _one_step_paths(model, history, series, cutoff, run, options, bar.update)
                wanted = (run[-1] <= steps) & (steps <= run[0])
                paths[:, :, wanted] = drawn[:, :, run[0] - steps[wanted]]
            blocks.append(paths if reduce is None else reduce(paths))
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)


def predict_paths_from_cutoffs(
    model: LagLlama,
    history: SeriesBatch,
    cutoffs: IntArray,
    horizon: int,
    options: SamplingOptions,
    reduce: Reduce,
) -> Float64Array:
    """Draw sample paths of every series from each of many cutoffs, as series of one batch.

    Parameters
    ----------
    model, history, options, reduce
        As in ``predict_paths``.
    cutoffs : int64 array of shape (cutoffs,)
        Grid positions; nothing after a cutoff is looked at by the paths that start there.
    horizon : int
        Steps ahead.

    Returns
    -------
    float64 array of shape (cutoffs, series, ...)
        What was made of paths of shape (block, num_samples, horizon).
    """
    num_series = history.num_series
    series = np.tile(np.arange(num_series), len(cutoffs))
    cutoff_of_row = np.repeat(cutoffs, num_series)
    blocks = []
    with _bar(len(series) * options.num_samples * horizon) as bar:
        for first, last in _blocks(len(series), options.num_samples, horizon):
            rows = slice(first, last)
            drawn = draw_paths(
                model,
                history,
                series[rows],
                cutoff_of_row[rows],
                horizon,
                options,
                first,
                bar.update,
            )
            blocks.append(reduce(drawn))
    reduced = np.concatenate(blocks)
    return reduced.reshape(len(cutoffs), num_series, *reduced.shape[1:])


def draw_paths(
    model: LagLlama,
    history: SeriesBatch,
    series: IntArray,
    cutoffs: IntArray,
    horizon: int,
    options: SamplingOptions,
    first_row: int = 0,
    progress: Progress | None = None,
) -> Float64Array:
    """Draw paths, each row from a cutoff of its own.

    Parameters
    ----------
    model : LagLlama
    history : SeriesBatch
        Nothing after a row's cutoff is looked at.
    series, cutoffs : int64 arrays of shape (rows,)
        Number of the series, and grid position of the cutoff: its last known time.
    horizon : int
        Steps ahead.
    options : SamplingOptions
    first_row : int, default=0
        Number of the first row; the paths of a row depend on its number.
    progress : callable, optional
        Called with the number of values drawn since its last call.

    Returns
    -------
    float64 array of shape (rows, num_samples, horizon), in data units
    """
    context_length = options.context(model.config)
    length = model.config.max_lag + context_length
    paths = np.empty((len(series), options.num_samples, horizon))
    for start in range(0, len(series), WINDOWS_AT_ONCE):
        rows = slice(start, start + WINDOWS_AT_ONCE)
        values = history.windows(series[rows], cutoffs[rows], length)
        observed = ~np.isnan(values)
        if not observed.any(axis=1).all():
            # Not even the scale is known of what lies further back than the window.
            lost = ~observed.any(axis=1)
            ends = history.last_observed(series[rows][lost], cutoffs[rows][lost])
            values[lost] = history.windows(series[rows][lost], ends, length)
            observed = ~np.isnan(values)
        window = Window(
            torch.from_numpy(np.where(observed, values, 0.0)), torch.from_numpy(observed)
        )
        calendar = history.calendars(series[rows], cutoffs[rows], context_length, horizon - 1)
        paths[rows] = sample_paths(
            model,
            window,
            torch.from_numpy(calendar),
            horizon,
            options,
            first_row + start,
            progress,
        )
    return paths


def _one_step_paths(
    model: LagLlama,
    history: SeriesBatch,
    series: IntArray,
    cutoff: int,
    run: IntArray,
    options: SamplingOptions,
    progress: Progress,
) -> Float64Array:
    """Draw paths of one step that end at consecutive, falling steps from the cutoff.

    Rows are numbered by their distance to the cutoff, so that the paths of a step do not depend on
    which other steps are asked for.

    Returns
    -------
    float64 array of shape (series, num_samples, steps of the run)
    """
    num_rows = history.num_series
    first_row = num_rows * (1 - int(run[0])) + int(series[0])
    if len(series) == num_rows:
        everything = np.tile(series, len(run))
        cutoffs = np.repeat(cutoff + run - 1, num_rows)
        drawn = draw_paths(model, history, everything, cutoffs, 1, options, first_row, progress)
        return np.moveaxis(drawn.reshape(len(run), num_rows, options.num_samples), 0, -1)
    paths = np.empty((len(series), options.num_samples, len(run)))
    for place, step in enumerate(run):
        cutoffs = np.full(len(series), cutoff + step - 1)
        number = first_row + num_rows * place
        drawn = draw_paths(model, history, series, cutoffs, 1, options, number, progress)
        paths[:, :, place] = drawn[:, :, 0]
    return paths


def _blocks(num_rows: int, num_samples: int, steps: int) -> Iterator[tuple[int, int]]:
    """Yield the first and the last row (exclusive) of blocks that bound the size of their paths."""
    at_once = max(1, min(WINDOWS_AT_ONCE, BYTES_AT_ONCE // (8 * num_samples * max(steps, 1))))
    for first in range(0, num_rows, at_once):
        yield first, min(first + at_once, num_rows)


def _consecutive(steps: IntArray) -> Iterator[IntArray]:
    """Split falling steps where one is left out."""
    if len(steps):
        yield from np.split(steps, np.flatnonzero(np.diff(steps) != -1) + 1)


def _bar(total: int) -> tqdm:
    """Return a progress bar over drawn values, for a terminal and after a while."""
    # disable=None: no bar where nobody watches a terminal.
    return tqdm(
        total=total,
        desc="forecasting",
        delay=SECONDS_BEFORE_BAR,
        disable=None,
        leave=False,
        unit_scale=True,
    )
