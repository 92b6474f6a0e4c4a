"""Scores that outliers before do not disturb."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sktime_lagllama._typing import BoolArray, Float64Array, IntArray
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.detection.one_step_ahead import OneStepScores, one_step_scores
from sktime_lagllama.detection.spans import Piece, Spans, group_spans, plan_spans
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
    the first value after a shift, without which they would be wrong. It is an outlier if the next
    eight values are likelier when all that was detected is masked, as if it were missing. Values in
    reach of an outlier are scored a second time, with the outliers masked, and no others.

    Parameters
    ----------
    model : LagLlama
        On the device that computes.
    series : SeriesBatch
    first : int64 array of shape (series,)
        Grid position from which on the values of each series are scored.
    is_detected : callable
        Takes the normal scores of one series, NaN where there is none, and returns which of them
        are detected.
    context_length : int
        Tokens before a span.
    batch_size : int, optional
        As in ``one_step_scores``.

    Returns
    -------
    float64 array of shape (total length,)
        As ``one_step_scores`` returns them. Where a value has no score as all values before it are
        masked, it is that of the first pass.
    """

    def scores(masked: BoolArray | bool, plan: list[Spans]) -> OneStepScores:
        known = replace(series, values=np.where(masked, np.nan, series.values))
        return one_step_scores(model, known, series.values, plan, batch_size)

    shorten = model.config.mask_padding
    plan = plan_spans(series, first, context_length, shorten)
    plain = scores(False, plan).normal_scores
    runs, is_outlier = [], np.zeros(len(plain), dtype=bool)
    for number, part in enumerate(np.split(plain, series.offsets[1:])):
        runs += runs_of_detected(number, is_detected(part))
    detected = np.zeros(len(plain), dtype=bool)
    for run in runs:
        detected[run.places(series)] = True
    judges = [run.judges for run in runs if run.judges.length]
    judged = group_spans(series, judges, context_length, shorten)
    gains = scores(detected, judged).log_densities - scores(False, judged).log_densities
    for run in runs:
        offset = series.offsets[run.series] + run.judges.place
        is_outlier[run.places(series)] = np.nansum(gains[offset : offset + run.judges.length]) >= 0
    disturbed = [spans.reached_by(is_outlier, series, model.config.max_lag) for spans in plan]
    final = scores(is_outlier, disturbed).normal_scores
    return np.where(np.isnan(final), plain, final)


class Run(NamedTuple):
    """Values of a series that were detected one after the other; they are judged together.

    Attributes
    ----------
    series : int
        Number of the series.
    start, stop : int
        Places in the series, ``stop`` exclusive.
    judges : Piece
        The values after the run that tell whether it is an outlier.
    """

    series: int
    start: int
    stop: int
    judges: Piece

    def places(self, series: SeriesBatch) -> slice:
        """Return the places of the run in ``series.values``."""
        offset = int(series.offsets[self.series])
        return slice(offset + self.start, offset + self.stop)


def runs_of_detected(series: int, detected: BoolArray) -> list[Run]:
    """Find the runs of detected values of a series.

    Parameters
    ----------
    series : int
        Number of the series.
    detected : bool array of shape (times,)

    Returns
    -------
    list of Run
        Judges end before the next run.
    """
    edges = np.diff(np.concatenate(([False], detected, [False])).astype(np.int8))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    next_starts = np.append(starts[1:], len(detected))
    return [
        Run(
            series,
            int(start),
            int(stop),
            Piece(series, int(stop), min(NUM_JUDGES, int(end - stop))),
        )
        for start, stop, end in zip(starts, stops, next_starts, strict=False)
    ]
