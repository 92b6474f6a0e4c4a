"""The seasonal naive forecast, and that its published error is reproduced."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sktime.forecasting.naive import NaiveForecaster

from benchmarks.accuracy.competitions import Competition
from benchmarks.accuracy.published_naive import check_naive_mase, check_naive_wql, seasonal_naive
from sktime_lagllama.evaluation.quantile_loss import REPORTED_LEVELS


@pytest.mark.parametrize(("season", "period"), [(1, "Y"), (4, "Q"), (12, "M")])
def test_seasonal_naive_is_that_of_sktime(season: int, period: str) -> None:
    histories = tuple(np.random.default_rng(0).normal(size=(2, 40)))
    competition = Competition("some", season, period, histories, np.zeros((2, 26)))
    quantiles = seasonal_naive(competition, REPORTED_LEVELS)
    for number in range(2):
        with warnings.catch_warnings(record=True):
            forecaster = NaiveForecaster("last", sp=season)
            forecaster.fit(competition.series(number), fh=np.arange(1, 27))
            expected = forecaster.predict_quantiles(alpha=list(REPORTED_LEVELS))
        # A quantile near 0 is a difference of values near 1, exact to a few of their last digits.
        np.testing.assert_allclose(quantiles[number], expected, rtol=1e-12, atol=1e-15)


def test_published_mase_is_insisted_on(competition: Competition) -> None:
    with pytest.raises(AssertionError, match=r"must have a MASE of 1\.4253"):
        check_naive_mase(competition, competition.actuals + 1)


def test_published_wql_is_insisted_on(competition: Competition) -> None:
    share = 0.101  # of M3 quarterly
    check_naive_wql(competition, competition.actuals * (1 + share))
    with pytest.raises(AssertionError, match=r"must have a WQL of 0\.101, but has 0\.1020"):
        check_naive_wql(competition, competition.actuals * (1 + share + 0.001))
