"""From normal scores to surprises: the tail probability of a value, as ``-log10(p)``."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import log_ndtr

from sktime_lagllama._typing import Float64Array


def two_sided_surprise(scores: Float64Array) -> Float64Array:
    """Return ``-log10(p)``, where p is the two-sided tail probability of a normal score.

    p is the probability of a value at least as far out, on either side: 3 means one in a thousand.
    It is computed from the logarithm of the distribution function, so that it neither underflows
    nor loses digits far out.

    Parameters
    ----------
    scores : float64 array of any shape

    Returns
    -------
    float64 array of the same shape
        Not negative; NaN where the score is.
    """
    return np.maximum(-(math.log(2) + log_ndtr(-np.abs(scores))) / math.log(10), 0.0)


def joint_surprise(surprises: Float64Array) -> Float64Array:
    """Return the surprise of several variables at the same time.

    The smallest of k tail probabilities, times k (Bonferroni): whatever the variables' dependence,
    it is below a number no more often than that number says.

    Parameters
    ----------
    surprises : float64 array of shape (times, variables)
        NaN where a variable has none.

    Returns
    -------
    float64 array of shape (times,)
        0 where no variable has one: nothing speaks for an anomaly.
    """
    is_known = ~np.isnan(surprises)
    largest = np.where(is_known, surprises, 0.0).max(axis=1)
    return np.maximum(largest - np.log10(np.maximum(is_known.sum(axis=1), 1)), 0.0)
