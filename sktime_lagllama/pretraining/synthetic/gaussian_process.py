"""Draws from Gaussian processes.

For series time see the docstring of this package.
"""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic.noise import log_uniform, noise
from sktime_lagllama.pretraining.synthetic.scaling import standardise
from sktime_lagllama.pretraining.synthetic.seasons import Season

_FOURIER_FEATURES_PER_KERNEL = 10


def gaussian_process(
    rng: np.random.Generator, season: Season, counts: IntArray, length: int
) -> Float32Array:
    """Draw from Gaussian processes with sums and products of kernels by random Fourier features.

    A stationary kernel is the Fourier transform of a density of frequencies (Rahimi and Recht,
    2007, Random features for large-scale kernel machines): normal for the squared exponential,
    multiples of 1 / period for the periodic kernel, and sums of both for their product. The kernel
    bank follows KernelSynth (arXiv 2403.07815, section 4.2).

    Parameters
    ----------
    rng : np.random.Generator
    season : Season
    counts : int64 array of shape (num_series,)
        Points of each series that are kept.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time. Of standard deviation 1 over the kept points, noise not included.
    """
    num_series = counts.size
    shape = (num_series, _FOURIER_FEATURES_PER_KERNEL)
    time = np.arange(length, dtype=np.float32)
    period = season.period[:, None]
    cycles_per_step = np.where(period > 0, 1 / np.maximum(period, 2), 0)
    total_growth = rng.normal(0, 3.0, (num_series, 1)) * (rng.random((num_series, 1)) < 0.4)
    growth = total_growth / counts[:, None]
    values = growth.astype(np.float32) * time
    long_scale = counts[:, None] * log_uniform(rng, 0.1, 1.0, (num_series, 1))
    local_scale = np.maximum(period, 2) * log_uniform(rng, 3.0, 20.0, (num_series, 1))
    short_scale = log_uniform(rng, 2.0, 20.0, (num_series, 1))
    # Whether the kernel is periodic, its bandwidth in radians per step, and its share of series.
    kernels = (
        (False, 1 / long_scale, 0.8),
        (True, np.zeros((num_series, 1)), 0.9),
        (True, 1 / local_scale, 0.3),
        (False, 1 / short_scale, 0.25),
    )
    for periodic, bandwidth, share in kernels:
        harmonics = np.minimum(rng.geometric(0.5, shape), np.maximum(period // 2, 1))
        frequency = float(periodic) * harmonics * cycles_per_step
        frequency = frequency + bandwidth * rng.standard_normal(shape) / (2 * np.pi)
        weight = rng.standard_normal(shape) * (rng.random((num_series, 1)) < share)
        weight *= log_uniform(rng, 0.2, 1.0, (num_series, 1))
        angular_frequency = (2 * np.pi * frequency).astype(np.float32)
        amplitude = (weight / np.sqrt(_FOURIER_FEATURES_PER_KERNEL)).astype(np.float32)
        offset = rng.uniform(0, 2 * np.pi, shape).astype(np.float32)
        rows = np.flatnonzero(amplitude.any(axis=1))
        for index in range(_FOURIER_FEATURES_PER_KERNEL):
            angle = angular_frequency[rows, index, None] * time + offset[rows, index, None]
            values[rows] += amplitude[rows, index, None] * np.cos(angle)
    values, _, _ = standardise(values, counts)
    noise_scale = log_uniform(rng, 0.003, 0.6, (num_series, 1))
    return values + noise_scale * noise(rng, num_series, length)
