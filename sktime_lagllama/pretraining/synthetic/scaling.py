"""Statistics of the kept points of series, and scaling by them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sktime_lagllama._typing import Float32Array, IntArray


def standardise(
    values: Float32Array, counts: IntArray
) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Shift and scale each series to mean 0 and standard deviation 1 over its kept points.

    Parameters
    ----------
    values : float32 array of shape (num_series, length)
        In series time.
    counts : int64 array of shape (num_series,)
        Points of each series that are kept: its first ones.

    Returns
    -------
    standardised : float32 array of shape (num_series, length)
    mean, deviation : float32 arrays of shape (num_series, 1)
        In the units of the values. The deviation of a constant series is replaced by 1.
    """
    kept = np.arange(values.shape[1]) < counts[:, None]
    kept_values = np.where(kept, values, np.float32(0))
    mean = kept_values.sum(axis=1, keepdims=True) / counts[:, None].astype(np.float32)
    centred = values - mean
    np.multiply(centred, kept, out=kept_values)
    variance = np.einsum("ij,ij->i", kept_values, kept_values)[:, None] / counts[:, None]
    deviation = np.sqrt(variance).astype(np.float32)
    rounding_error = 1e-6 * np.abs(mean) + 1e-12
    deviation = np.where(deviation > rounding_error, deviation, np.float32(1))
    return centred / deviation, mean, deviation


def quantiles_of_kept(
    values: Float32Array, counts: IntArray, levels: Sequence[float]
) -> list[Float32Array]:
    """Return quantiles of the kept points of each series, without interpolation.

    Parameters
    ----------
    values : float32 array of shape (num_series, length)
        In series time.
    counts : int64 array of shape (num_series,)
        Points of each series that are kept: its first ones.
    levels : sequence of float
        Between 0 and 1.

    Returns
    -------
    list of float32 arrays of shape (num_series, 1)
        One for each level, in the units of the values.
    """
    kept = np.arange(values.shape[1]) < counts[:, None]
    ordered = np.sort(np.where(kept, values, np.float32(np.inf)), axis=1)
    rows = np.arange(counts.size)
    return [ordered[rows, np.rint(level * (counts - 1)).astype(np.int64), None] for level in levels]
