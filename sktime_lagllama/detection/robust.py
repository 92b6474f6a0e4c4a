"""Scores that detected anomalies do not disturb."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sktime_lagllama._typing import BoolArray, Float64Array, IntArray
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.detection.one_step_ahead import one_step_scores
from sktime_lagllama.network.lag_llama import LagLlama


def robust_scores(
    model: LagLlama,
    series: SeriesBatch,
    first: IntArray,
    is_detected: Callable[[Float64Array], BoolArray],
    context_length: int,
    batch_size: int | None = None,
) -> Float64Array:
    """Return the normal score of each value, of two passes the one closer to zero.

    The first pass sees all values before. Values that are detected then are masked, as if they were
    missing, and all are scored again. So a value must be improbable in both ways: one that only
    looks odd after an outlier is not in the second, and one that follows a shift of the level is
    not in the first, which has seen the shift.

    Parameters
    ----------
    model, series, first, context_length, batch_size
        As in ``one_step_scores``.
    is_detected : callable
        Takes the normal scores of one series, NaN where there is none, and returns which of them
        are masked.

    Returns
    -------
    float64 array of shape (total length,)
        As ``one_step_scores`` returns them.
    """
    scores = one_step_scores(model, series, series.values, first, context_length, batch_size)
    by_series = np.split(scores, series.offsets[1:])
    detected = np.concatenate([is_detected(part) for part in by_series])
    if not detected.any():
        return scores
    masked = replace(series, values=np.where(detected, np.nan, series.values))
    second = one_step_scores(model, masked, series.values, first, context_length, batch_size)
    return np.where(np.abs(second) < np.abs(scores), second, scores)
