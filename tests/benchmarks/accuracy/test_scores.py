"""The accuracy of a set of forecasts, and over several sets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.accuracy.competitions import Competition
from benchmarks.accuracy.forecasts import Forecasts
from benchmarks.accuracy.scores import aggregate, score
from sktime_lagllama.evaluation.quantile_loss import REPORTED_LEVELS


def some_forecasts(num_series: int = 5, horizon: int = 6, seed: int = 0) -> Forecasts:
    shape = (num_series, horizon, len(REPORTED_LEVELS))
    quantiles = np.sort(np.random.default_rng(seed).normal(size=shape))
    return Forecasts(quantiles.mean(axis=-1), quantiles, np.zeros(num_series, bool), 2.0)


def test_scores_use_the_levels_that_they_name(competition: Competition) -> None:
    exact = np.repeat(competition.actuals[:, :, None], len(REPORTED_LEVELS), axis=2)
    exact[:, :, [0, -1]] += [-5.0, 5.0]
    forecasts = Forecasts(competition.actuals + 1, exact, np.zeros(5, bool), 1.0)
    scores = score(competition, forecasts)
    assert scores.mase == scores.wql == 0
    assert scores.predict_mase > 0
    assert scores.coverage_80 == scores.coverage_95 == 1
    assert scores.cpu_seconds == 20

    exact[:, :, REPORTED_LEVELS.index(0.1)] += 1
    scores = score(competition, forecasts)
    assert scores.coverage_80 == 0 and scores.coverage_95 == 1
    assert scores.wql > 0


def test_aggregate_is_the_geometric_mean_of_ratios(competition: Competition) -> None:
    naive = [score(competition, some_forecasts(seed=seed)) for seed in (0, 1)]
    better = [
        replace(naive[0], mase=naive[0].mase / 4, coverage_80=0.6, cpu_seconds=1.0, num_series=30),
        replace(
            naive[1],
            wql=naive[1].wql * 9,
            coverage_80=0.8,
            cpu_seconds=5.0,
            num_series=10,
            num_failed=2,
        ),
    ]
    over_sets = aggregate(better, naive)
    assert over_sets.mase == pytest.approx(0.5)
    assert over_sets.predict_mase == pytest.approx(1)
    assert over_sets.wql == pytest.approx(3)
    assert over_sets.coverage_80 == pytest.approx(0.7)
    assert over_sets.cpu_seconds == pytest.approx(2)
    assert (over_sets.num_series, over_sets.num_failed) == (40, 2)
