"""Detected values do not disturb those after them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from sktime_lagllama._typing import BoolArray, Float64Array
from sktime_lagllama.checkpoints.weights import SharedNetwork
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.detection.one_step_ahead import one_step_scores
from sktime_lagllama.detection.robust import robust_scores, runs_of_detected
from sktime_lagllama.detection.spans import plan_spans
from tests.support.models import BUNDLED_LIKE, random_model

MODEL = random_model(BUNDLED_LIKE)
CONTEXT = 8


def series_with_outlier() -> SeriesBatch:
    values = 50 + np.random.default_rng(0).standard_normal(120).cumsum()
    values[100] += 1000
    return to_series_batch(pd.Series(values))


def plain_scores(series: SeriesBatch, masked: BoolArray | bool = False) -> Float64Array:
    known = replace(series, values=np.where(masked, np.nan, series.values))
    plan = plan_spans(series, series.starts, CONTEXT, shorten_context=True)
    return one_step_scores(MODEL, known, series.values, plan).normal_scores


def test_outliers_are_in_no_context_but_have_scores_themselves() -> None:
    series = series_with_outlier()
    is_outlier = np.arange(120) == 100
    found = robust_scores(MODEL, series, series.starts, lambda _: is_outlier, CONTEXT)
    np.testing.assert_allclose(found, plain_scores(series, is_outlier), atol=1e-4)
    assert not np.allclose(found[101:110], plain_scores(series)[101:110], atol=1e-2)


def test_where_nothing_is_detected_one_pass_is_enough() -> None:
    series = series_with_outlier()
    found = robust_scores(
        MODEL, series, series.starts, lambda scores: np.zeros(len(scores), dtype=bool), CONTEXT
    )
    np.testing.assert_allclose(found, plain_scores(series), atol=1e-4)


def test_a_value_whose_whole_past_was_masked_keeps_its_score() -> None:
    series = to_series_batch(pd.Series([5.0, 6.0, 7.0]))
    found = robust_scores(
        MODEL, series, series.starts, lambda _: np.array([True, True, False]), CONTEXT
    )
    assert np.isfinite(found[1:]).all()


def test_a_shift_of_the_level_stays_in_the_contexts_after_it() -> None:
    network = SharedNetwork("bundled", "cpu", "float32").network
    values = np.random.default_rng(0).standard_normal(200)
    values[100] += 30
    values[150:] += 30
    series = to_series_batch(pd.Series(values))
    is_detected = np.isin(np.arange(200), [100, 150])
    found = robust_scores(network, series, series.starts, lambda _: is_detected, 64)
    plan = plan_spans(series, series.starts, 64, shorten_context=True)
    known = replace(series, values=np.where(np.arange(200) == 100, np.nan, values))
    expected = one_step_scores(network, known, values, plan).normal_scores
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_runs_are_judged_by_the_values_up_to_the_next_run() -> None:
    detected = np.zeros(30, dtype=bool)
    detected[[0, 1, 15, 18, 29]] = True
    found = runs_of_detected(3, detected)
    assert [(run.start, run.stop) for run in found] == [(0, 2), (15, 16), (18, 19), (29, 30)]
    assert [run.judges for run in found] == [(3, 2, 8), (3, 16, 2), (3, 19, 8), (3, 30, 0)]
