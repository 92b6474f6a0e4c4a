"""Forecasts equal those that the reference implementation wrote to ``official_layout.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama.checkpoints.read import read
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.network.config import RopeScaling
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.random_numbers import stratified_normal_scores
from tests.support.models import one_step_distribution, window_of

DATA = Path(__file__).parents[1] / "data"
CHECKPOINT = DATA / "official_layout.ckpt"
REFERENCE: dict[str, Any] = json.loads((DATA / "official_layout.json").read_text())
REFERENCE_PATHS = 4000
STANDARD_ERRORS = 4.0

FROZEN_SCALE_TOLERANCE = 0.01
"""How much a probability may differ from its nominal level, in addition to the sampling error.

After the first step, the reference estimates loc and scale again from the history and the samples.
Here they stay those of the cutoff.
"""


def name_of(result: dict[str, Any]) -> str:
    case = REFERENCE["cases"][result["case"]]
    return f"{result['case']}-{case['freq']}-h{result['h']}-context{result['context_length']}"


def results(*horizons: int) -> list[Any]:
    found = [result for result in REFERENCE["results"] if result["h"] in horizons]
    return [pytest.param(result, id=name_of(result)) for result in found]


def series_of(result: dict[str, Any]) -> pd.Series:
    case = REFERENCE["cases"][result["case"]]
    index = pd.period_range(case["start"], periods=len(case["y"]), freq=case["freq"])
    return pd.Series(case["y"], index=index, dtype=float)


def options_of(result: dict[str, Any]) -> SamplingOptions:
    scaling: RopeScaling | None = "linear" if result["rope"] else None
    return SamplingOptions(context_length=result["context_length"], rope_scaling=scaling)


def forecaster_of(result: dict[str, Any], num_samples: int) -> LagLlamaForecaster:
    options = options_of(result)
    return LagLlamaForecaster(
        checkpoint=CHECKPOINT,
        context_length=options.context_length,
        rope_scaling=options.rope_scaling,
        num_samples=num_samples,
        device="cpu",
        random_state=0,
    ).fit(series_of(result))


def in_data_units(model: LagLlama, history: SeriesBatch, options: SamplingOptions) -> list[float]:
    """Return df, loc and scale of the distribution one step after a single series."""
    context_length = options.context(model.config)
    series, cutoffs = np.zeros(1, dtype=np.int64), history.starts + history.lengths - 1
    window = window_of(*history.windows(series, cutoffs, model.config.max_lag + context_length))
    calendar = torch.from_numpy(history.calendars(series, cutoffs, context_length, 0))
    with torch.inference_mode():
        distribution, loc, scale = one_step_distribution(model, window, calendar, options)
    df, one_step_loc, one_step_scale = (float(part) for part in distribution)
    return [df, float(loc + scale * one_step_loc), float(scale * one_step_scale)]


@pytest.fixture(scope="module")
def model() -> LagLlama:
    config, tensors = read(CHECKPOINT)
    network = LagLlama(config)
    network.load_state_dict(tensors)
    return network.eval()


def test_the_reference_covers_both_horizons_and_long_contexts() -> None:
    settings = [(result["h"], result["rope"]) for result in REFERENCE["results"]]
    assert len(settings) == 18
    # At one step the rotary factor that both sides use is (context + 1) / 32.
    assert set(settings) == {(1, False), (1, True), (6, False)}


@pytest.mark.parametrize("result", results(1, 6))
def test_one_step_distribution_is_that_of_the_reference(
    result: dict[str, Any], model: LagLlama
) -> None:
    found = in_data_units(model, to_series_batch(series_of(result)), options_of(result))
    assert found == pytest.approx([result["df"], result["loc"], result["scale"]], rel=1e-5)


@pytest.mark.parametrize("result", results(1, 6))
def test_the_forecaster_draws_the_first_step_from_the_distribution_of_the_reference(
    result: dict[str, Any],
) -> None:
    forecaster = forecaster_of(result, num_samples=200)
    history = to_series_batch(series_of(result))
    found = in_data_units(forecaster.model_, history, options_of(result))
    assert found == pytest.approx([result["df"], result["loc"], result["scale"]], rel=1e-5)
    # The noise is known, and with it what the reference's distribution makes of it.
    normal_scores = stratified_normal_scores(forecaster.seed_, 1, np.array([0]), 200)[0, 0]
    deviations = stats.t(result["df"]).ppf(stats.norm.cdf(normal_scores.double()))
    expected = result["loc"] + result["scale"] * deviations
    drawn = forecaster.predict_samples(fh=[1]).to_numpy().ravel()
    tolerance = 1e-5 * (abs(result["loc"]) + result["scale"] * (1 + np.abs(deviations)))
    assert (np.abs(drawn - expected) < tolerance).all()


@pytest.mark.parametrize("result", results(1, 6))
def test_sample_paths_are_distributed_as_those_of_the_reference(result: dict[str, Any]) -> None:
    """Compare, at each reference quantile, the share of our paths below it with its level."""
    num_samples = 20_000 if result["h"] == 1 else 4000
    paths = forecaster_of(result, num_samples).predict_samples(fh=range(1, result["h"] + 1))
    by_step = paths.to_numpy().reshape(num_samples, result["h"])
    for level_name, quantiles in result["q"].items():
        level = float(level_name)
        share_below = (by_step < np.array(quantiles)).mean(axis=0)
        variance = level * (1 - level) * (1 / num_samples + 1 / REFERENCE_PATHS)
        tolerance = np.full(result["h"], STANDARD_ERRORS * np.sqrt(variance))
        tolerance[1:] += FROZEN_SCALE_TOLERANCE
        assert (np.abs(share_below - level) < tolerance).all(), (level, share_below)
