"""Moments of Student-t distributions that are clipped at zero."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln, stdtr

from sktime_lagllama._typing import Float64Array

MAX_DF = 1e12
"""From here on, distributions are the normal one but for rounding."""

MAX_BOUND = 1e75
"""Its fourth power does not overflow."""


class Moments(NamedTuple):
    """Mean and variance of distributions, in data units and their square."""

    mean: Float64Array
    variance: Float64Array


def clipped_moments(df: Float64Array, loc: Float64Array, scale: Float64Array) -> Moments:
    """Return the moments of ``max(x, 0)`` where x has a Student-t distribution.

    With ``T = (x - loc) / scale``, zero is at the bound ``b = -loc / scale``, and the clipped value
    is ``scale * (max(T, b) - b)``. The moments above the bound follow from
    ``t f(t) dt = -d[(df + t**2) f(t)] / (df - 1)``, where f is the density of T.

    Parameters
    ----------
    df, loc, scale : float64 arrays, all of the same shape
        ``df`` is above 2, and may be infinite.

    Returns
    -------
    Moments of that shape
    """
    df = np.minimum(df, MAX_DF)
    with np.errstate(over="ignore"):
        bound = np.clip(-loc / scale, -MAX_BOUND, MAX_BOUND)
        squared_scale = scale**2
    below, above = stdtr(df, bound), stdtr(df, -bound)
    weighted_density = (1 + bound**2 / df) * _density(df, bound)
    first = weighted_density / (1 - 1 / df)  # of T where it is above the bound
    with np.errstate(divide="ignore"):  # infinite where df is 2 but for rounding
        second = (bound * weighted_density + above) / (1 - 2 / df)
    # Of max(T, b) about 0 or about b, whichever does not cancel.
    is_positive = bound > 0
    excess = first - bound * above
    mean = np.where(is_positive, excess, bound * below + first)
    square = np.where(is_positive, second - bound * (first + excess), bound**2 * below + second)
    clipped_mean = np.where(is_positive, 0.0, loc) + scale * mean
    with np.errstate(over="ignore"):
        variance = squared_scale * np.maximum(square - mean**2, 0.0)
    return Moments(np.maximum(clipped_mean, 0.0), variance)


def _density(df: Float64Array, value: Float64Array) -> Float64Array:
    """Return the density of the standard Student-t distribution."""
    with np.errstate(under="ignore"):
        # The difference of logarithms of gamma functions cancels where they are large.
        ratio = np.where(
            df > 1e3,
            1 - 1 / (4 * df) + 1 / (32 * df**2) + 5 / (128 * df**3),
            np.exp(gammaln((df + 1) / 2) - gammaln(df / 2)) * np.sqrt(2 / df),
        )
        return ratio / np.sqrt(2 * np.pi) * np.exp(-(df + 1) / 2 * np.log1p(value**2 / df))
