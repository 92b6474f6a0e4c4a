"""Between sktime's containers and embeddings: the order of rows, and the names of columns."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float32Array, Float64Array, IntArray
from sktime_lagllama.data.series import SeriesBatch

LEVEL_NAMES = ("loc", "scale")


def grouped_by_instance(X: pd.DataFrame) -> tuple[pd.DataFrame, IntArray]:
    """Put the rows of each instance together, the instance first that comes first.

    Parameters
    ----------
    X : pd.DataFrame
        Of sktime's mtypes ``pd.DataFrame``, ``pd-multiindex`` or ``pd_multiindex_hier``.

    Returns
    -------
    grouped : pd.DataFrame
    order : int64 array of shape (rows,)
        Number in ``X`` of each row.
    """
    if not isinstance(X.index, pd.MultiIndex):
        return X, np.arange(len(X))
    instances, _ = pd.factorize(X.index.droplevel(-1))
    order = np.argsort(instances, kind="stable")
    return X.iloc[order], order


def table_frame(
    series: SeriesBatch,
    pooled: Float64Array,
    statistics: Sequence[str],
    of_level: Float64Array | None,
) -> pd.DataFrame:
    """Arrange what was pooled of each series, a row for each instance.

    Parameters
    ----------
    series : SeriesBatch
    pooled : float64 array of shape (series, statistics * width)
    statistics : sequence of str
        Their names.
    of_level : float64 array of shape (series, 2), optional
        Location and scale.

    Returns
    -------
    pd.DataFrame of shape (instances, columns * (statistics * width + 2))
        All numbers of the first column of ``series``, then those of the second. A column is named
        after the variable, the statistic and the number, such as "var_0__mean_0".
    """
    width = pooled.shape[1] // len(statistics)
    names = [f"{name}_{number}" for name in statistics for number in range(width)]
    if of_level is not None:
        pooled = np.concatenate([pooled, of_level], axis=1)
        names += LEVEL_NAMES
    by_column = pooled.reshape(len(series.columns), -1, len(names))
    rows = np.moveaxis(by_column, 0, 1).reshape(by_column.shape[1], -1)
    index = pd.RangeIndex(1) if series.instances is None else series.instances
    return pd.DataFrame(rows, index=index, columns=_column_names(series.columns, names))


def states_frame(
    series: SeriesBatch, states: Float32Array, order: IntArray, index: pd.Index
) -> pd.DataFrame:
    """Arrange hidden states, a row for each row of what was embedded.

    Parameters
    ----------
    series : SeriesBatch
    states : float32 array of shape (total length, width)
        In the order of ``series.values``.
    order : int64 array of shape (rows,)
        As ``grouped_by_instance`` returns it.
    index : pd.Index of shape (rows,)
        Of what was embedded.

    Returns
    -------
    pd.DataFrame of shape (rows, columns * width)
        Float32. A column is named after the variable and the number, such as "var_0__state_0".
    """
    num_columns, width = len(series.columns), states.shape[1]
    by_column = states.reshape(num_columns, -1, width)
    rows = np.empty((len(index), num_columns * width), dtype=np.float32)
    rows[order] = np.moveaxis(by_column, 0, 1).reshape(len(index), -1)
    names = [f"state_{number}" for number in range(width)]
    return pd.DataFrame(rows, index=index, columns=_column_names(series.columns, names))


def _column_names(columns: Iterable[Hashable], names: Sequence[str]) -> list[str]:
    """Return the names of all numbers of all variables; scikit-learn takes strings only."""
    return [f"{column}__{name}" for column in columns for name in names]
