"""Detected values do not disturb those after them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from sktime_lagllama._typing import BoolArray, Float64Array
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.detection.one_step_ahead import one_step_scores
from sktime_lagllama.detection.robust import outliers, robust_scores
from tests.support.models import BUNDLED_LIKE, random_model

MODEL = random_model(BUNDLED_LIKE)
CONTEXT = 8


def series_with_outlier() -> SeriesBatch:
    values = 50 + np.random.default_rng(0).standard_normal(120).cumsum()
    values[100] += 1000
    return to_series_batch(pd.Series(values))


def plain_scores(series: SeriesBatch, masked: BoolArray | bool = False) -> Float64Array:
    known = replace(series, values=np.where(masked, np.nan, series.values))
    return one_step_scores(MODEL, known, series.values, series.starts, CONTEXT).normal_scores


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


def test_detected_values_are_outliers_if_what_follows_is_likelier_without_them() -> None:
    detected = np.zeros(60, dtype=bool)
    detected[[10, 11, 30, 50, 59]] = True
    gains = np.zeros(60)
    gains[12:14] = [-4.0, 1.0]  # after 10 and 11, which are judged together
    gains[31:36] = 0.3
    gains[[9, 29, 49]] = -100.0  # before what was detected
    gains[51:60] = [
        1.0,
        -0.2,
        -0.2,
        -0.1,
        0.0,
        0.0,
        0.0,
        0.0,
        -100.0,
    ]  # the last one comes too late
    found = outliers(detected, gains)
    assert list(np.flatnonzero(found)) == [30, 50, 59]
