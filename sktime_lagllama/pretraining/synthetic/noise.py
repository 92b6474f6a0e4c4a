"""Random numbers and noise that many parts of synthetic series share."""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import Float32Array


def log_uniform(
    rng: np.random.Generator, low: float, high: float, size: int | tuple[int, ...]
) -> Float32Array:
    """Draw positive numbers whose logarithm is uniform between those of two limits.

    Parameters
    ----------
    rng : np.random.Generator
    low, high : float
        Limits, above 0.
    size : int or tuple of int
        Shape of the result.

    Returns
    -------
    float32 array of shape size
    """
    return np.exp(rng.uniform(np.log(low), np.log(high), size)).astype(np.float32)


def noise(rng: np.random.Generator, num_series: int, length: int) -> Float32Array:
    """Draw white or AR(1) noise: Gaussian, or Student-t for one series in four.

    A Student-t variable is a normal one over the root of a chi-squared one over its degrees of
    freedom, here between 2.5 and 8. The chi-squared variable is the cube of a normal one, after
    the approximation of Wilson and Hilferty (The Distribution of Chi-Square, 1931).

    Parameters
    ----------
    rng : np.random.Generator
    num_series, length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        With a standard deviation of about 1.
    """
    values = rng.standard_normal((num_series, length), dtype=np.float32)
    heavy_tailed_rows = np.flatnonzero(rng.random(num_series) < 0.25)
    df = log_uniform(rng, 2.5, 8.0, (heavy_tailed_rows.size, 1))
    mixing = np.empty((heavy_tailed_rows.size, length), dtype=np.float32)
    rng.standard_normal(out=mixing, dtype=np.float32)
    variance = 2 / (9 * df)
    chi_squared_per_df = np.maximum(1 - variance + np.sqrt(variance) * mixing, 0.15) ** 3
    values[heavy_tailed_rows] *= np.sqrt((df - 2) / df / chi_squared_per_df)

    correlated_rows = np.flatnonzero(rng.random(num_series) < 0.3)
    persistence = rng.uniform(-0.3, 0.9, correlated_rows.size).astype(np.float32)
    innovation = np.sqrt(1 - persistence**2)
    by_step = np.ascontiguousarray(values[correlated_rows].T)
    for step in range(1, length):
        by_step[step] = persistence * by_step[step - 1] + innovation * by_step[step]
    values[correlated_rows] = by_step.T
    return values
