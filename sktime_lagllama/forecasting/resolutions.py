"""Sample paths of rows, each with a series and a cutoff, at all resolutions of the series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sktime_lagllama.data.local_clock import by_local_clock, follows_local_clock
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

    Series with a time zone and steps below a day are read by the clock in the zone.

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
    by_clock = by_local_clock(history, rows.cutoffs, horizon)
    if by_clock is None:
        return _draw_on_grid(model, history, rows, horizon, options, progress)
    steps = by_clock.steps_by_clock(rows.cutoffs, horizon)  # (rows, horizon)
    rows = replace(rows, cutoffs=by_clock.cutoffs_by_clock(rows.cutoffs))
    paths = SampledPaths.empty(len(rows), options.num_samples, horizon)
    lengths = steps.max(axis=1)
    for length in np.unique(lengths):
        places = np.flatnonzero(lengths == length)
        drawn = _draw_on_grid(model, by_clock, rows.select(places), int(length), options, progress)
        of_steps = steps[places][:, None] - 1  # (rows, 1, horizon)
        of_grid = (np.take_along_axis(field, of_steps, axis=2) for field in drawn)
        paths.assign(places, SampledPaths(*of_grid))
    return paths


def _draw_on_grid(
    model: LagLlama,
    history: SeriesBatch,
    rows: Rows,
    horizon: int,
    options: SamplingOptions,
    progress: Progress | None,
) -> SampledPaths:
    """Draw what ``draw_paths`` returns, of series whose steps are those of their grid."""
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
    looked_at = max(
        resolution.stride * (config.max_lag + context_length_at(resolution, wanted))
        for resolution in resolutions
    )
    # By the clock, times that it shows twice count once.
    return looked_at + (resolutions_of(grid)[-1].stride if follows_local_clock(grid) else 0)


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
