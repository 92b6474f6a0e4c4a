"""Scores that outliers before do not disturb."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sktime_lagllama._typing import BoolArray, Float64Array, IntArray
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.detection.one_step_ahead import OneStepScores, one_step_scores
from sktime_lagllama.network.lag_llama import LagLlama

NUM_JUDGES = 8
"""Values after a detected one that tell an outlier from the beginning of something new."""


def robust_scores(
    model: LagLlama,
    series: SeriesBatch,
    first: IntArray,
    is_detected: Callable[[Float64Array], BoolArray],
    context_length: int,
    batch_size: int | None = None,
) -> Float64Array:
    """Return the normal score of each value, in a context without outliers.

    What is detected in a first pass may be an outlier, which disturbs the predictions after it, or
    the first value after a shift, without which they would be wrong. In a second pass all that was
    detected is masked, as if it were missing. Where this makes the next eight values likelier, it
    was an outlier. The last pass has those masked, and no others.

    Parameters
    ----------
    model, series, first, context_length, batch_size
        As in ``one_step_scores``.
    is_detected : callable
        Takes the normal scores of one series, NaN where there is none, and returns which of them
        are detected.

    Returns
    -------
    float64 array of shape (total length,)
        As ``one_step_scores`` returns them. Where a value has no score as all values before it are
        masked, it is that of the first pass.
    """

    def scores_without(masked: BoolArray) -> OneStepScores:
        known = replace(series, values=np.where(masked, np.nan, series.values))
        return one_step_scores(model, known, series.values, first, context_length, batch_size)

    plain = one_step_scores(model, series, series.values, first, context_length, batch_size)
    by_series = np.split(plain.normal_scores, series.offsets[1:])
    detected = np.concatenate([is_detected(part) for part in by_series])
    if not detected.any():
        return plain.normal_scores
    masked = scores_without(detected)
    gains = np.nan_to_num(masked.log_densities - plain.log_densities)
    gains_by_series = np.split(np.where(detected, 0.0, gains), series.offsets[1:])
    detected_by_series = np.split(detected, series.offsets[1:])
    is_outlier = np.concatenate(
        [
            outliers(*one_series)
            for one_series in zip(detected_by_series, gains_by_series, strict=True)
        ]
    )
    if not is_outlier.any():
        return plain.normal_scores
    final = masked if (is_outlier == detected).all() else scores_without(is_outlier)
    scores = final.normal_scores
    return np.where(np.isnan(scores), plain.normal_scores, scores)


def outliers(detected: BoolArray, gains: Float64Array) -> BoolArray:
    """Tell which detected values of a series are outliers.

    Detected values that follow each other are judged together.

    Parameters
    ----------
    detected : bool array of shape (times,)
    gains : float64 array of shape (times,)
        How much likelier each value becomes if the detected ones are masked, as a difference of
        logarithms.

    Returns
    -------
    bool array of shape (times,)
    """
    edges = np.diff(np.concatenate(([False], detected, [False])).astype(np.int8))
    found = np.zeros_like(detected)
    for start, stop in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        found[start:stop] = gains[stop : stop + NUM_JUDGES].sum() >= 0
    return found
