"""Surprises: tail probabilities p as ``-log10(p)``, of values, of stretches and of variables."""

from __future__ import annotations

import math

import numpy as np
from scipy.ndimage import rank_filter
from scipy.special import betainc, log_ndtr

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


def surprise_with_neighbours(surprises: Float64Array, window: int) -> Float64Array:
    """Return the surprise of each value alone or of the window around it, whichever is larger.

    A window is as surprising as its median tail probability is small. If the predicted
    distributions were the true ones, the tail probabilities of different times would be
    independent, and their median would have a beta distribution (B. Wilkinson, "A statistical
    consideration in psychological research", 1951). So a single outlier does not make its window
    surprising, but many small surprises do. The smaller of both tail probabilities counts twice
    (Bonferroni).

    Parameters
    ----------
    surprises : float64 array of shape (times,)
        Of one series; NaN where there is none, which counts as no surprise in a window.
    window : int
        Odd number of times, of which half come later than the one in the middle. 1: the surprises
        stay as they are.

    Returns
    -------
    float64 array of shape (times,)
        Not negative, and at most some 300 for a window; NaN where ``surprises`` is.
    """
    if window == 1:
        return surprises
    rank = (window + 1) // 2
    # Its power must not underflow.
    probabilities = np.maximum(10.0 ** -np.nan_to_num(surprises), 10.0 ** (-300 / rank))
    medians = rank_filter(probabilities, rank - 1, size=window, mode="constant", cval=1.0)
    of_windows = -np.log10(betainc(rank, window - rank + 1, medians))
    # The maximum keeps what is NaN.
    return np.maximum(np.maximum(surprises, of_windows) - math.log10(2), 0.0)


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
