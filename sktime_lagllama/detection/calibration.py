"""Tail probabilities as often as they say, from the surprises of a training series."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sktime_lagllama._typing import Float64Array

TAIL_SHARE = 0.2
"""Share of the training surprises that the tail is fitted to."""

PRIOR_EXCESSES = 20
"""Weight of the model's own tail, in training surprises."""


@dataclass(frozen=True)
class Calibration:
    """Replaces the model's surprises by those that the training series would have.

    If the model's tail probabilities p were right, surprises ``-log10(p)`` would have an
    exponential distribution. Beyond a high quantile of the training surprises, it is assumed to be
    exponential still, but with a scale of its own, which is the generalised Pareto tail of shape 0
    (J. Pickands, "Statistical inference using extreme order statistics", 1975). Below, the
    distribution is that of the training surprises.

    Attributes
    ----------
    quantiles : float64 array of shape (values,)
        Training surprises up to the tail, rising.
    tail_share : float
        Share of the training surprises beyond.
    tail_scale : float
        What a surprise in the tail is divided by: more than 1 if the model was surprised too often.
    """

    quantiles: Float64Array
    tail_share: float
    tail_scale: float

    def __call__(self, surprises: Float64Array) -> Float64Array:
        """Return calibrated surprises.

        Parameters
        ----------
        surprises : float64 array of any shape

        Returns
        -------
        float64 array of the same shape
            Rises with the surprise; NaN where that is NaN.
        """
        if len(self.quantiles) == 0:
            return surprises
        shares = np.linspace(1.0, self.tail_share, len(self.quantiles) + 1)[1:]
        below = -np.log10(np.interp(surprises, self.quantiles, shares, left=1.0))
        excess = np.maximum(surprises - self.quantiles[-1], 0.0)
        return below + excess / self.tail_scale


def fit_calibration(surprises: Float64Array) -> Calibration:
    """Fit a calibration to the surprises of a training series.

    The scale of the tail follows from the median excess, which anomalies in the training series do
    not change much as long as they are few. It is drawn towards 1, as if 20 excesses more had been
    seen that lie as the model says.

    Parameters
    ----------
    surprises : float64 array of shape (values,)
        NaN where there is none. Without any, the calibration changes nothing.

    Returns
    -------
    Calibration
    """
    ordered = np.sort(surprises[~np.isnan(surprises)])
    if len(ordered) == 0:
        return Calibration(ordered, 1.0, 1.0)
    num_below = max(int((1 - TAIL_SHARE) * len(ordered)), 1)
    quantiles, tail = ordered[:num_below], ordered[num_below:]
    excess = float(np.median(tail - quantiles[-1])) / math.log10(2) if len(tail) else 1.0
    scale = (PRIOR_EXCESSES + len(tail) * excess) / (PRIOR_EXCESSES + len(tail))
    return Calibration(quantiles, max(len(tail), 1) / len(ordered), scale)
