"""The accuracy of a forecaster on one set and over several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.accuracy.competitions import Competition
from benchmarks.accuracy.forecasts import Forecasts
from benchmarks.common.metrics import coverage, geometric_mean, weighted_quantile_loss
from sktime_lagllama.evaluation.quantile_loss import DECILES, REPORTED_LEVELS


@dataclass(frozen=True)
class Scores:
    """How accurate one forecaster is on one set, or on several.

    Parameters
    ----------
    mase : float
        Of the median.
    predict_mase : float
        Of what ``predict`` returns.
    wql : float
        Weighted quantile loss over the deciles.
    coverage_80, coverage_95 : float
        Shares of the values inside the central intervals.
    cpu_seconds : float
        For 100 series.
    num_failed : int
        Series on which the forecaster failed.
    num_series : int
    """

    mase: float
    predict_mase: float
    wql: float
    coverage_80: float
    coverage_95: float
    cpu_seconds: float
    num_failed: int
    num_series: int


def score(competition: Competition, forecasts: Forecasts) -> Scores:
    """Score the forecasts of a set."""
    by_level = dict(zip(REPORTED_LEVELS, np.moveaxis(forecasts.quantiles, -1, 0), strict=True))
    deciles = np.stack([by_level[level] for level in DECILES], axis=-1)
    actuals = competition.actuals
    return Scores(
        mase=competition.mase(forecasts.medians),
        predict_mase=competition.mase(forecasts.points),
        wql=weighted_quantile_loss(actuals, deciles, DECILES),
        coverage_80=coverage(actuals, by_level[0.1], by_level[0.9]),
        coverage_95=coverage(actuals, by_level[0.025], by_level[0.975]),
        cpu_seconds=100 * forecasts.cpu_seconds / len(competition),
        num_failed=int(forecasts.fell_back.sum()),
        num_series=len(competition),
    )


def degenerate(naive: Forecasts) -> Forecasts:
    """Return the seasonal naive forecast with its median as the quantile of every level.

    That is the seasonal naive forecast of the Chronos evaluation (Ansari et al., arXiv 2403.07815),
    to which its WQLs are relative.
    """
    num_levels = naive.quantiles.shape[-1]
    return replace(naive, quantiles=np.repeat(naive.medians[:, :, None], num_levels, axis=-1))


def aggregate(scores: Sequence[Scores], naive: Sequence[Scores]) -> Scores:
    """Return geometric means of the ratios to the seasonal naive forecast, and plain means.

    Parameters
    ----------
    scores, naive : sequence of Scores
        By set.

    Returns
    -------
    Scores
        With ratios for the errors, means over the sets for the coverage, and the rest over all
        series.
    """

    def mean_ratio(measure: str) -> float:
        return geometric_mean(
            [
                getattr(of_set, measure) / getattr(naive_of_set, measure)
                for of_set, naive_of_set in zip(scores, naive, strict=True)
            ]
        )

    num_series = sum(of_set.num_series for of_set in scores)
    return Scores(
        mase=mean_ratio("mase"),
        predict_mase=mean_ratio("predict_mase"),
        wql=mean_ratio("wql"),
        coverage_80=float(np.mean([of_set.coverage_80 for of_set in scores])),
        coverage_95=float(np.mean([of_set.coverage_95 for of_set in scores])),
        cpu_seconds=sum(of_set.cpu_seconds * of_set.num_series for of_set in scores) / num_series,
        num_failed=sum(of_set.num_failed for of_set in scores),
        num_series=num_series,
    )
