"""What instruments do to what they measure."""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic.noise import log_uniform
from sktime_lagllama.pretraining.synthetic.scaling import quantiles_of_kept

QUANTISED_SHARE = 0.25
SATURATED_SHARE = 0.04
STUCK_SHARE = 0.03
SPIKED_SHARE = 0.03


def read_by_sensors(
    rng: np.random.Generator, values: Float32Array, counts: IntArray
) -> Float32Array:
    """Quantise 25 % of the series, saturate 4 %, and make 3 % stick for a while or have glitches.

    Parameters
    ----------
    rng : np.random.Generator
    values : float32 array of shape (num_series, length)
        In any unit and series time; changed in place.
    counts : int64 array of shape (num_series,)
        Points of each series that are kept.

    Returns
    -------
    float32 array of shape (num_series, length)
        In the unit of the argument.
    """
    num_series, length = values.shape
    if not num_series:
        return values
    lowest, low, high, highest = quantiles_of_kept(values, counts, [0.0, 0.02, 0.98, 1.0])
    kind = rng.random(num_series)
    steps = np.arange(length)

    rows = np.flatnonzero(kind < SATURATED_SHARE)
    share = rng.uniform(0.6, 0.95, (rows.size, 1)).astype(np.float32)
    ceiling = lowest[rows] + share * (highest[rows] - lowest[rows])
    values[rows] = np.minimum(values[rows], ceiling)

    rows = np.flatnonzero((kind >= 0.1) & (kind < 0.1 + STUCK_SHARE))
    start = (rng.uniform(0, 1, (rows.size, 1)) * counts[rows, None]).astype(np.int64)
    width = (rng.uniform(0.01, 0.1, (rows.size, 1)) * counts[rows, None]).astype(np.int64)
    stuck = (steps >= start) & (steps < start + width)
    values[rows] = np.where(stuck, np.take_along_axis(values[rows], start, axis=1), values[rows])

    rows = np.flatnonzero((kind >= 0.2) & (kind < 0.2 + SPIKED_SHARE))
    glitch = rng.random((rows.size, length), dtype=np.float32) < 3 / length
    height = rng.uniform(0.5, 2.0, (rows.size, 1)) * (highest[rows] - lowest[rows])
    values[rows] += glitch * height.astype(np.float32)

    rows = np.flatnonzero(rng.random(num_series) < QUANTISED_SHARE)
    unit = (high[rows] - low[rows]) / log_uniform(rng, 8.0, 300.0, (rows.size, 1))
    unit = np.where(unit > 0, unit, np.float32(1))
    values[rows] = np.rint(values[rows] / unit) * unit
    return values
