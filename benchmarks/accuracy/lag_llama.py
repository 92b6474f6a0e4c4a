"""Our forecasts, a set at a time, kept in files; and their ensemble with two baselines."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from time import process_time

import numpy as np

from benchmarks.accuracy.cache import lag_llama_file
from benchmarks.accuracy.competitions import Competition
from benchmarks.accuracy.forecasters import (
    BASELINES,
    ENSEMBLE_MEMBERS,
    LAG_LLAMA,
    default_lag_llama,
)
from benchmarks.accuracy.forecasts import MEDIAN, Forecasts, checked_finite
from benchmarks.common.command_line import print_progress
from sktime_lagllama import QuantileEnsembleForecaster
from sktime_lagllama.evaluation.quantile_loss import REPORTED_LEVELS

ENSEMBLE_TOLERANCE = 1e-4
"""Share of the largest point forecast: ours is computed in float32, in a batch of another size."""


def lag_llama_forecasts(checkpoint: str, competition: Competition, cache: Path) -> Forecasts:
    """Forecast a set as one panel, or read the forecasts that the cache already has.

    Parameters
    ----------
    checkpoint : str
    competition : Competition
    cache : Path
        Folder.

    Returns
    -------
    Forecasts
    """
    file = cache / lag_llama_file(checkpoint, competition)
    if not file.exists():
        print_progress(f"{competition.name}, {LAG_LLAMA}: {len(competition)} series ...")
        _forecast(checkpoint, competition).save(file)
    return Forecasts.read(file)


def _forecast(checkpoint: str, competition: Competition) -> Forecasts:
    """Forecast a set as one panel."""
    horizon = np.arange(1, competition.horizon + 1)
    first_series = competition.part(0, 1)
    with warnings.catch_warnings(record=True):
        # Loads the weights, which all later forecasters share, and imports torch.
        default_lag_llama(checkpoint).fit(first_series.panel(), fh=horizon).predict()
        panel = competition.panel()
        start = process_time()
        forecaster = default_lag_llama(checkpoint).fit(panel, fh=horizon)
        frame = forecaster.predict_quantiles(alpha=list(REPORTED_LEVELS))
        cpu_seconds = process_time() - start
    instances = frame.index.get_level_values(0)[:: competition.horizon]
    if not instances.equals(panel.index.get_level_values(0).unique()):
        raise AssertionError("forecasts must be in the order of the series")
    quantiles = checked_finite(frame.to_numpy(dtype=float)).reshape(
        len(competition), competition.horizon, len(REPORTED_LEVELS)
    )
    # predict returns the median of the same paths, so nothing needs to be drawn again.
    medians = quantiles[:, :, MEDIAN]
    return Forecasts(medians, quantiles, np.zeros(len(competition), bool), cpu_seconds)


def ensemble_forecasts(members: Sequence[Forecasts]) -> Forecasts:
    """Return the means of forecasters: of their points, and level by level of their quantiles.

    This is what ``QuantileEnsembleForecaster`` does.

    Parameters
    ----------
    members : sequence of Forecasts
        Of the same series.

    Returns
    -------
    Forecasts
    """
    return Forecasts(
        np.mean([member.points for member in members], axis=0),
        np.mean([member.quantiles for member in members], axis=0),
        np.any([member.fell_back for member in members], axis=0),
        sum(member.cpu_seconds for member in members),
    )


def check_ensemble(checkpoint: str, competition: Competition, forecasts: Forecasts) -> None:
    """Compare the mean of cached members with ``QuantileEnsembleForecaster`` on the first series.

    Parameters
    ----------
    checkpoint : str
    competition : Competition
    forecasts : Forecasts
        Of the ensemble.

    Raises
    ------
    AssertionError
        If they differ, or a member failed on that series.
    """
    if forecasts.fell_back[0]:
        raise AssertionError(f"a member of the ensemble failed on the first of {competition.name}")
    horizon = np.arange(1, competition.horizon + 1)
    with warnings.catch_warnings(record=True):
        members = [
            (
                name,
                default_lag_llama(checkpoint)
                if name == LAG_LLAMA
                else BASELINES[name].make(competition.season),
            )
            for name in ENSEMBLE_MEMBERS
        ]
        # As a panel, because the label of an instance decides on its random numbers.
        first = competition.part(0, 1).panel()
        ensemble = QuantileEnsembleForecaster(members).fit(first, fh=horizon)
        points = ensemble.predict().to_numpy()[:, 0]
        quantiles = ensemble.predict_quantiles(alpha=list(REPORTED_LEVELS)).to_numpy()
    tolerance = ENSEMBLE_TOLERANCE * np.abs(forecasts.points[0]).max()
    np.testing.assert_allclose(points, forecasts.points[0], rtol=0, atol=tolerance)
    np.testing.assert_allclose(quantiles, forecasts.quantiles[0], rtol=0, atol=tolerance)
