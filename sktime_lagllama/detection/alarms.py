"""Which surprises are alarms, if false ones shall be rare."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.stats import false_discovery_control

from sktime_lagllama._typing import BoolArray, Float64Array

Correction = Literal["bonferroni", "benjamini-hochberg"]


def alarms(
    surprises: Float64Array, false_alarm_rate: float, correction: Correction | None
) -> BoolArray:
    """Decide which times are anomalies.

    Parameters
    ----------
    surprises : float64 array of shape (times,)
        ``-log10`` of tail probabilities.
    false_alarm_rate : float
        Between 0 and 1.
    correction : {"bonferroni", "benjamini-hochberg"}, optional
        What the rate is a rate of. None: of false alarms among the times that have no anomaly.
        "bonferroni": it bounds the probability that there is any false alarm. "benjamini-hochberg":
        it bounds the expected share of false alarms among the alarms (Y. Benjamini and Y. Hochberg,
        "Controlling the false discovery rate", 1995).

    Returns
    -------
    bool array of shape (times,)
    """
    threshold = -np.log10(false_alarm_rate)
    if correction == "bonferroni":
        threshold += np.log10(max(len(surprises), 1))
    elif correction == "benjamini-hochberg" and len(surprises):
        surprises = -np.log10(false_discovery_control(10.0**-surprises) + np.finfo(float).tiny)
    return surprises >= threshold
