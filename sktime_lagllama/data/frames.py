"""Numbers of a batch of series -> data frames in the form of what the user passed."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.data.series import SeriesBatch, product_index


def forecast_frame(
    series: SeriesBatch,
    times: pd.Index,
    numbers: Float64Array,
    columns: pd.Index | list[Hashable],
) -> pd.DataFrame:
    """Arrange numbers of each series and time, a row for each instance and time.

    Parameters
    ----------
    series : SeriesBatch
        Gives the instances and the names of the index levels.
    times : pd.Index of shape (times,)
        The same for every instance.
    numbers : float64 array of shape (series, times, ...)
    columns : pd.Index or list of hashable
        Their number is that of the variables times the trailing sizes of ``numbers``.

    Returns
    -------
    pd.DataFrame of shape (instances * times, columns)
    """
    index = series.to_index(times)
    table = series.to_table(numbers)
    return pd.DataFrame(table.reshape(len(index), -1), index=index, columns=columns)


def sample_frame(
    series: SeriesBatch, times: pd.Index, paths: Float64Array, columns: pd.Index
) -> pd.DataFrame:
    """Arrange sample paths, a row for each sample, instance and time.

    Parameters
    ----------
    series : SeriesBatch
    times : pd.Index of shape (times,)
        The same for every instance.
    paths : float64 array of shape (series, samples, times)
    columns : pd.Index
        Names of the variables.

    Returns
    -------
    pd.DataFrame of shape (samples * instances * times, variables)
        The first index level, "sample", numbers the paths. Shares no memory with ``paths``.
    """
    samples = pd.RangeIndex(paths.shape[1], name="sample")
    index = product_index(samples, series.to_index(times))
    table = series.to_table(np.moveaxis(paths, 1, -1))  # (instances * times, variables, samples)
    values = np.moveaxis(table, -1, 0).reshape(len(index), -1)
    return pd.DataFrame(values, index=index, columns=columns, copy=True)


def observed_frame(series: SeriesBatch, cutoff: int) -> pd.DataFrame:
    """Return the values of all series up to the cutoff, a row for each instance and time.

    Parameters
    ----------
    series : SeriesBatch
    cutoff : int
        Grid position of the last time.

    Returns
    -------
    pd.DataFrame
        An instance has rows from its first value to its last one.
    """
    first = int(series.starts.min())
    positions = np.arange(first, cutoff + 1)
    numbers = np.arange(series.num_series)
    values = series.windows(numbers, np.full_like(numbers, cutoff), len(positions))
    frame = forecast_frame(series, series.grid.times(positions), values, series.columns)
    instances = numbers[: series.num_series // len(series.columns)]
    starts = series.starts[instances][:, None]
    ends = starts + series.lengths[instances][:, None]
    inside = (positions >= starts) & (positions < ends)  # (instances, times)
    return frame[inside.ravel()]
