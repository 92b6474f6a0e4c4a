"""What the scores of values see, and what they must not see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.detection import spans
from sktime_lagllama.detection.one_step_ahead import one_step_scores
from sktime_lagllama.detection.spans import Spans, plan_spans
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.network.student_t import normal_scores
from sktime_lagllama.sampling.options import SamplingOptions
from tests.support.models import (
    BUNDLED_LIKE,
    PUBLISHED_LIKE,
    one_step_distribution,
    random_model,
    window_of,
)

CONFIGS = pytest.mark.parametrize("config", [PUBLISHED_LIKE, BUNDLED_LIKE])
CONTEXT = 8


def walk(length: int, seed: int = 0) -> np.ndarray:
    values = 50 + np.random.default_rng(seed).standard_normal(length).cumsum()
    values[20:23] = np.nan
    return values


def batch_of(*values: np.ndarray) -> SeriesBatch:
    each = {
        number: pd.Series(row, pd.date_range("2020-01-01", periods=len(row), freq="D"))
        for number, row in enumerate(values)
    }
    return to_series_batch(pd.concat(each).to_frame())


def plan_of(series: SeriesBatch, skipped: int = 0) -> list[Spans]:
    return plan_spans(series, series.starts + skipped, CONTEXT, shorten_context=False)


def scores_of(model: LagLlama, *values: np.ndarray, batch_size: int | None = None) -> np.ndarray:
    series = batch_of(*values)
    plan = plan_of(series)
    return one_step_scores(model, series, series.values, plan, batch_size).normal_scores


@CONFIGS
def test_scores_are_those_of_a_forecast_that_starts_right_before(
    config: LagLlamaConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spans, "MAX_SPAN_LENGTH", 1)
    model, values = random_model(config), walk(45)
    series = batch_of(values)
    scores, log_densities = one_step_scores(model, series, series.values, plan_of(series))
    for time in (1, 5, 19, 24, 44):
        length = config.max_lag + CONTEXT
        past = np.concatenate((np.full(length, np.nan), values[:time]))[-length:]
        calendar = series.calendars(np.array([0]), series.starts + time - 1, CONTEXT, 0)
        distribution, loc, scale = one_step_distribution(
            model,
            window_of(past),
            torch.from_numpy(calendar),
            SamplingOptions(context_length=CONTEXT),
        )
        standardised = (torch.tensor(values[time]) - loc) / scale
        expected = normal_scores(
            (standardised - distribution.loc) / distribution.scale, distribution.df.double()
        )
        assert scores[time] == pytest.approx(float(expected), abs=2e-4)
        density = torch.distributions.StudentT(
            distribution.df, loc + scale * distribution.loc, scale * distribution.scale
        ).log_prob(torch.tensor(values[time]))
        assert log_densities[time] == pytest.approx(float(density), abs=2e-3)


@CONFIGS
def test_a_score_depends_on_nothing_after_its_time(config: LagLlamaConfig) -> None:
    model, values = random_model(config), walk(90)
    changed = values.copy()
    changed[60:] = 1e6
    np.testing.assert_allclose(
        scores_of(model, changed)[:60], scores_of(model, values)[:60], atol=1e-4
    )


@CONFIGS
def test_all_values_within_the_context_matter(config: LagLlamaConfig) -> None:
    model, values = random_model(config), walk(90)
    before = scores_of(model, values)
    for earlier in (1, 5):
        changed = values.copy()
        changed[80 - earlier] += 5
        assert abs(scores_of(model, changed)[80] - before[80]) > 1e-3


def test_a_score_rises_with_its_own_value() -> None:
    model, values = random_model(BUNDLED_LIKE), walk(60)
    series = batch_of(values)
    found = [
        one_step_scores(model, series, values + shift, plan_of(series)).normal_scores[1:]
        for shift in (-1e9, -3.0, 0.0, 3.0, 1e9)
    ]
    rises = np.diff(found, axis=0)
    assert (rises[~np.isnan(rises)] > 0).all()
    assert np.isfinite(found)[:, 30:].all()


def test_missing_values_and_those_without_a_past_have_no_score() -> None:
    values = walk(60)
    values[:4] = np.nan
    found = scores_of(random_model(BUNDLED_LIKE), values)
    expected = np.isnan(values)
    expected[4] = True  # nothing was observed before
    np.testing.assert_array_equal(np.isnan(found), expected)
    assert np.isnan(scores_of(random_model(BUNDLED_LIKE), np.full(5, np.nan))).all()


def test_a_value_after_a_long_gap_is_scored_from_the_values_before_it() -> None:
    values = np.concatenate((walk(40), np.full(60, np.nan), [50.0, 1e4]))
    scores = scores_of(random_model(BUNDLED_LIKE), values)
    assert np.isfinite(scores[-2:]).all()
    assert abs(scores[-1]) > abs(scores[-2])


def test_series_do_not_disturb_each_other() -> None:
    model = random_model(BUNDLED_LIKE)
    rows = [walk(90, 1), walk(33, 2), walk(400, 3)]
    alone = np.concatenate([scores_of(model, row) for row in rows])
    np.testing.assert_allclose(scores_of(model, *rows), alone, atol=1e-4)


def test_batch_size_does_not_matter() -> None:
    model, values = random_model(BUNDLED_LIKE), walk(700)
    np.testing.assert_allclose(
        scores_of(model, values, batch_size=20), scores_of(model, values), atol=1e-4
    )


@pytest.mark.parametrize("unit", [1e-8, 1e9])
def test_the_unit_of_a_series_does_not_matter(unit: float) -> None:
    model, values = random_model(BUNDLED_LIKE), walk(90)
    np.testing.assert_allclose(scores_of(model, unit * values), scores_of(model, values), atol=1e-3)


def test_only_what_comes_from_first_on_is_scored() -> None:
    model, series = random_model(BUNDLED_LIKE), batch_of(walk(90))
    found = one_step_scores(model, series, series.values, plan_of(series, 50)).normal_scores
    assert np.isnan(found[:50]).all()
    assert np.isfinite(found[50:]).all()


def test_masked_values_are_scored_themselves() -> None:
    model, series = random_model(BUNDLED_LIKE), batch_of(walk(90))
    masked = replace(series, values=np.where(np.arange(90) == 60, np.nan, series.values))
    found, before = (
        one_step_scores(model, known, series.values, plan_of(series)).normal_scores
        for known in (masked, series)
    )
    np.testing.assert_allclose(found[:61], before[:61], atol=1e-4)
    assert not np.allclose(found[61:66], before[61:66], atol=1e-3)
