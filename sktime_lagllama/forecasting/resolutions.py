"""Sample paths of rows, each with a series and a cutoff, at all resolutions of the series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sktime_lagllama.data.resolutions import OWN, Resolution, resolutions_of
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.data.time_grid import TimeGrid
from sktime_lagllama.forecasting.calibration import calibrate
from sktime_lagllama.forecasting.chunks import chunks_of_rows
from sktime_lagllama.forecasting.combination import REACH, Part, combine
from sktime_lagllama.forecasting.context_length import context_length_at, default_context_length
from sktime_lagllama.forecasting.rows import Rows
from sktime_lagllama.forecasting.subseries import Progress, draw_at_resolution
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampled_paths import SampledPaths


def draw_paths(
    model: LagLlama,
    history: SeriesBatch,
    rows: Rows,
    horizon: int,
    options: SamplingOptions,
    progress: Progress | None = None,
) -> SampledPaths:
    """Draw sample paths, where each row has its own series and cutoff.

    Parameters
    ----------
    model : LagLlama
    history : SeriesBatch
        Nothing after a row's cutoff is looked at.
    rows : Rows
    horizon : int
        Steps ahead.
    options : SamplingOptions
    progress : callable, optional
        Called with the number of values drawn since its last call.

    Returns
    -------
    SampledPaths of shape (rows, num_samples, horizon)
    """
    resolutions = _resolutions(history) if model.config.subseries else [OWN]
    if len(resolutions) == 1:
        paths, _ = draw_at_resolution(model, history, rows, horizon, options, OWN, progress)
        none = np.zeros((len(rows), horizon), dtype=bool)
        return calibrate(paths, none, model.config, history.grid, options.nonnegative)
    paths = SampledPaths.empty(len(rows), options.num_samples, horizon)
    # All resolutions are held at the same time, and copies of them.
    for first, stop in chunks_of_rows(len(rows), 8 * options.num_samples, horizon):
        chunk = rows.select(slice(first, stop))
        drawn = _draw_resolutions(model, history, chunk, horizon, options, resolutions, progress)
        paths.assign(slice(first, stop), drawn)
    return paths


def steps_looked_at(config: LagLlamaConfig, grid: TimeGrid, context_length: int | None) -> int:
    """Return how many steps of a history, up to its cutoff, paths can depend on.

    Parameters
    ----------
    config : LagLlamaConfig
        Of the network.
    grid : TimeGrid
        Of the history.
    context_length : int, optional
        As in ``SamplingOptions``.

    Returns
    -------
    int
        In own steps.
    """
    resolutions = resolutions_of(grid) if config.subseries else [OWN]
    wanted = context_length or default_context_length(config, grid)
    return max(
        resolution.stride * (config.max_lag + context_length_at(resolution, wanted))
        for resolution in resolutions
    )


def _resolutions(history: SeriesBatch) -> list[Resolution]:
    """Return the own step, and the coarser ones at which some subseries has two values."""
    longest = int(history.lengths.max())
    return [
        resolution
        for resolution in resolutions_of(history.grid)
        if resolution == OWN or resolution.stride < longest
    ]


def _draw_resolutions(
    model: LagLlama,
    history: SeriesBatch,
    rows: Rows,
    horizon: int,
    options: SamplingOptions,
    resolutions: Sequence[Resolution],
    progress: Progress | None,
) -> SampledPaths:
    """Draw sample paths at several resolutions, the finest first, and combine them.

    A resolution is drawn as far as it has a weight, or where no coarser one is usable.

    Returns
    -------
    SampledPaths of shape (rows, num_samples, horizon)
    """
    parts: list[Part] = []
    has_coarser = np.zeros((len(rows), horizon), dtype=bool)
    is_combined = has_coarser
    for resolution in reversed(resolutions):
        reach = min(horizon, REACH * resolution.stride)
        horizons = np.where(has_coarser.all(axis=1), reach, horizon)
        part = Part.empty(resolution.stride, len(rows), options.num_samples, horizon)
        for length in np.unique(horizons):
            places = np.flatnonzero(horizons == length)
            drawn, is_known = draw_at_resolution(
                model,
                history,
                rows.select(places),
                int(length),
                options,
                resolution,
                # The coarsest resolution is the only one that is always drawn to the end.
                progress if not parts else None,
            )
            part.paths.assign(np.s_[places, :, :length], drawn)
            part.is_known[places, :length] = is_known
        parts.insert(0, part)
        is_combined, has_coarser = has_coarser, has_coarser | part.is_known
    combined = combine(parts)
    return calibrate(combined, is_combined, model.config, history.grid, options.nonnegative)
