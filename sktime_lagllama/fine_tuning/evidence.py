"""How sure it is that weights improve on others: paired gains on the same held-out values."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from sktime_lagllama._typing import Float64Array, IntArray


def independent_gains(gains: Float64Array, series: IntArray, blocks: IntArray) -> Float64Array:
    """Average the gains that are not independent of each other.

    Forecasts of one series from cutoffs in one block, a horizon long, are of the same values: they
    count as one. Those of neighbouring blocks have some values in common too, and count as
    independent all the same: the confidence of few series is somewhat lower than it is said to be.

    Parameters
    ----------
    gains : float64 array of shape (windows,)
        By how much the loss on each window has fallen; NaN where it has no observed value.
    series, blocks : int64 arrays of shape (windows,)
        Windows of the same series and block are averaged.

    Returns
    -------
    float64 array of shape (independent gains,)
    """
    known = np.isfinite(gains)
    means = pd.Series(gains[known]).groupby([series[known], blocks[known]]).mean()
    return np.asarray(means, dtype=np.float64)


def lower_bound(gains: Float64Array, confidence: float) -> float:
    """Return what the expected gain is above with some confidence.

    It is Student's: below the mean by a multiple of the standard error that is large for few gains,
    whose spread is uncertain.

    Parameters
    ----------
    gains : float64 array of shape (independent gains,)
    confidence : float
        Between 0.5 and 1.

    Returns
    -------
    float
        In the unit of the gains; minus infinity for fewer than two gains.
    """
    count = len(gains)
    if count < 2:
        return -math.inf
    standard_error = gains.std(ddof=1) / math.sqrt(count)
    return float(gains.mean() - stats.t.ppf(confidence, count - 1) * standard_error)
