"""The seasonal naive forecast of a set, and its published errors.

A program that reproduces the published errors has the same series, the same split and the same
scale as the evaluation of Chronos (Ansari et al., arXiv 2403.07815).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.accuracy.competitions import Competition
from benchmarks.common.metrics import weighted_quantile_loss
from sktime_lagllama._typing import Float64Array
from sktime_lagllama.evaluation.seasonal_naive import seasonal_naive_quantiles

PUBLISHED_MASE = {
    "M1 monthly": "1.3144",
    "M1 quarterly": "2.0776",
    "M1 yearly": "4.893",
    "M3 monthly": "1.1461",
    "M3 quarterly": "1.4253",
    "M3 yearly": "3.1717",
    "Tourism monthly": "1.6309",
    "Tourism quarterly": "1.6990",
    "Tourism yearly": "3.0068",
}
"""Rounded as published."""

PUBLISHED_WQL = {
    "M1 monthly": 0.191,
    "M1 quarterly": 0.150,
    "M1 yearly": 0.209,
    "M3 monthly": 0.149,
    "M3 quarterly": 0.101,
    "M3 yearly": 0.167,
    "Tourism monthly": 0.104,
    "Tourism quarterly": 0.119,
}
"""Of the Chronos evaluation, which has no Tourism yearly."""

WQL_TOLERANCE = 0.00055
"""Published with three decimals; a 5 as the fourth may have been rounded up or down."""


def seasonal_naive(competition: Competition, levels: Sequence[float]) -> Float64Array:
    """Return quantiles of the seasonal naive forecast, with the normal errors of sktime.

    Parameters
    ----------
    competition : Competition
    levels : sequence of float
        Between 0 and 1.

    Returns
    -------
    float64 array of shape (series, horizon, levels), in data units
    """
    return np.array(
        [
            seasonal_naive_quantiles(history, competition.season, competition.horizon, levels)
            for history in competition.histories
        ]
    )


def check_naive_wql(competition: Competition, forecasts: Float64Array) -> None:
    """Compare the WQL of a seasonal naive point forecast with the published one, if there is one.

    Parameters
    ----------
    competition : Competition
        All of a set.
    forecasts : float64 array of shape (series, horizon)
        They stand for the quantiles of all levels, so that the WQL is the sum of the absolute
        errors over the sum of the absolute values.

    Raises
    ------
    AssertionError
        If it differs: then no other measurement on this set can be trusted.
    """
    published = PUBLISHED_WQL.get(competition.name)
    wql = weighted_quantile_loss(competition.actuals, forecasts[:, :, None], [0.5])
    if published is not None and abs(wql - published) > WQL_TOLERANCE:
        raise AssertionError(
            f"the seasonal naive forecast of {competition.name} must have a WQL of {published}, "
            f"but has {wql:.4f}"
        )


def check_naive_mase(competition: Competition, forecasts: Float64Array) -> str:
    """Compare the MASE of a seasonal naive forecast with the published one, and return it.

    Parameters
    ----------
    competition : Competition
        All of a set.
    forecasts : float64 array of shape (series, horizon)

    Returns
    -------
    str
        With the published digits.

    Raises
    ------
    AssertionError
        If it differs: then no other measurement on this set can be trusted.
    """
    published = PUBLISHED_MASE[competition.name]
    decimals = len(published.partition(".")[2])
    rounded = f"{competition.mase(forecasts):.{decimals}f}"
    if rounded != published:
        raise AssertionError(
            f"the seasonal naive forecast of {competition.name} must have a MASE of {published}, "
            f"but has {rounded}"
        )
    return rounded
