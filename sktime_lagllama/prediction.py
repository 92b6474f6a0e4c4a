"""Sample paths of a batch of series, ahead of the cutoff and in sample."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from sktime_lagllama.model.features import Window
from sktime_lagllama.model.network import LagLlama
from sktime_lagllama.model.sampling import SamplingOptions, sample_paths
from sktime_lagllama.series import SeriesBatch, ValueArray
from sktime_lagllama.time_grid import IntArray

WINDOWS_AT_ONCE = 4096


def predict_paths(
    model: LagLlama, history: SeriesBatch, cutoff: int, steps: IntArray, options: SamplingOptions
) -> ValueArray:
    """Draw sample paths of every series.

    A step ahead of the cutoff is the last of a path that starts at the cutoff. A step at or before
    the cutoff is predicted one step ahead: by a path of one step that starts right before it, from
    a window that ends there, so that nothing from that time on is seen, the scaling included.

    A series whose last value lies further back than a window reaches is forecast from that value
    on, as if no time had passed since.

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
    float64 array of shape (series, num_samples, steps), in data units
    """
    num_series = history.num_series
    paths = np.empty((num_series, options.num_samples, len(steps)))
    ahead = steps > 0
    if ahead.any():
        series = np.arange(num_series)
        origins = np.full(num_series, cutoff)
        horizon = int(steps.max())
        drawn = paths_from(model, history, series, origins, horizon, options, first_row=0)
        paths[:, :, ahead] = drawn[:, :, steps[ahead] - 1]
    for run in _consecutive(np.unique(steps[~ahead])[::-1]):
        # Rows are numbered by their distance to the cutoff, so that the paths of a step do not
        # depend on which other steps are asked for.
        series = np.tile(np.arange(num_series), len(run))
        origins = np.repeat(cutoff + run - 1, num_series)
        first_row = num_series * (1 - int(run[0]))
        drawn = paths_from(model, history, series, origins, 1, options, first_row)
        by_step = drawn[:, :, 0].reshape(len(run), num_series, options.num_samples)
        wanted = (run[-1] <= steps) & (steps <= run[0])
        paths[:, :, wanted] = np.moveaxis(by_step, 0, -1)[:, :, run[0] - steps[wanted]]
    return paths


def _consecutive(steps: IntArray) -> Iterator[IntArray]:
    """Split falling steps where one is left out."""
    if len(steps):
        yield from np.split(steps, np.flatnonzero(np.diff(steps) != -1) + 1)


def paths_from(
    model: LagLlama,
    history: SeriesBatch,
    series: IntArray,
    origins: IntArray,
    horizon: int,
    options: SamplingOptions,
    first_row: int = 0,
) -> ValueArray:
    """Draw paths, each row from an origin of its own.

    Parameters
    ----------
    model : LagLlama
    history : SeriesBatch
        Nothing after a row's origin is looked at.
    series, origins : int64 arrays of shape (rows,)
        Number of the series, and grid position of the forecast origin.
    horizon : int
        Steps ahead.
    options : SamplingOptions
    first_row : int, default=0
        Number of the first row; the paths of a row depend on its number.

    Returns
    -------
    float64 array of shape (rows, num_samples, horizon), in data units
    """
    context_length = options.context(model.config)
    length = model.config.max_lag + context_length
    paths = np.empty((len(series), options.num_samples, horizon))
    for start in range(0, len(series), WINDOWS_AT_ONCE):
        rows = slice(start, start + WINDOWS_AT_ONCE)
        values = history.windows(series[rows], origins[rows], length)
        observed = ~np.isnan(values)
        if not observed.any(axis=1).all():
            # Not even the scale is known of what lies further back than the window.
            lost = ~observed.any(axis=1)
            ends = history.last_observed(series[rows][lost], origins[rows][lost])
            values[lost] = history.windows(series[rows][lost], ends, length)
            observed = ~np.isnan(values)
        window = Window(
            torch.from_numpy(np.where(observed, values, 0.0)), torch.from_numpy(observed)
        )
        calendar = history.calendars(series[rows], origins[rows], context_length, horizon - 1)
        paths[rows] = sample_paths(
            model, window, torch.from_numpy(calendar), horizon, options, first_row + start
        )
    return paths
