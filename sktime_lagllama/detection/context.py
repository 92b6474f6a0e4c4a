"""Values from the time before a series, as the context of its first values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sktime_lagllama.data.series import SeriesBatch


def with_context(series: SeriesBatch, history: SeriesBatch, reach: int) -> SeriesBatch:
    """Return series with what is known from the time right before them.

    Parameters
    ----------
    series : SeriesBatch
    history : SeriesBatch
        On the same grid, with as many columns. Of a panel, instances are matched by their labels.
        Values from the start of a series on are not looked at.
    reach : int
        Steps before the start of a series that matter.

    Returns
    -------
    SeriesBatch
        With the instances and columns of ``series``. A series begins earlier where the history has
        values in reach.
    """
    numbers = _numbers_in_history(series, history)
    parts, starts = [], []
    for number, (offset, length) in enumerate(zip(series.offsets, series.lengths, strict=True)):
        values, start = series.values[offset : offset + length], int(series.starts[number])
        known = numbers[number]
        if known >= 0 and (num_steps := min(start - int(history.starts[known]), reach)) > 0:
            earlier = history.windows(numbers[[number]], np.array([start - 1]), num_steps)[0]
            values = np.concatenate((earlier, values))
            start -= num_steps
        parts.append(values)
        starts.append(start)
    return replace(
        series,
        values=np.concatenate(parts),
        lengths=np.array([len(values) for values in parts]),
        starts=np.array(starts),
    )


def _numbers_in_history(series: SeriesBatch, history: SeriesBatch) -> np.ndarray:
    """Return the number of each series in a history, -1 where that does not have it."""
    num_columns = len(series.columns)
    if series.instances is None or history.instances is None:
        is_same_kind = series.instances is None and history.instances is None
        return np.arange(num_columns) if is_same_kind else np.full(series.num_series, -1)
    places = history.instances.get_indexer(series.instances)
    first_of_column = len(history.instances) * np.arange(num_columns)[:, None]
    return np.where(places < 0, -1, first_of_column + places).ravel()
