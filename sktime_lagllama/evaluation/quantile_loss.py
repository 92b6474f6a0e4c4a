"""The levels at which quantile forecasts are scored, and their loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sktime_lagllama._typing import Float64Array

DECILES: tuple[float, ...] = tuple(number / 10 for number in range(1, 10))
"""The levels 0.1 to 0.9 that the weighted quantile loss is averaged over."""

REPORTED_LEVELS: tuple[float, ...] = (0.025, *DECILES, 0.975)
"""The deciles, and the ends of the central 95 % interval."""


def pinball_loss(
    actuals: Float64Array, quantiles: Float64Array, levels: Sequence[float]
) -> Float64Array:
    """Return the pinball loss of every quantile forecast (Koenker and Bassett, 1978).

    ``level * error`` where the actual value lies above the quantile, ``(level - 1) * error`` where
    it lies below.

    Parameters
    ----------
    actuals : float64 array of shape (...)
        In data units, NaN where missing.
    quantiles : float64 array of shape (..., levels)
        In data units.
    levels : sequence of float of shape (levels,)
        Between 0 and 1.

    Returns
    -------
    float64 array of shape (..., levels)
        In data units, NaN where the actual value is missing.
    """
    probabilities = np.asarray(levels)
    errors = actuals[..., None] - quantiles
    return np.maximum(probabilities * errors, (probabilities - 1) * errors)
