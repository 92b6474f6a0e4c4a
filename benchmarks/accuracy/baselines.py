"""Forecasts of the baselines, series by series, kept in files."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import process_time

import numpy as np

from benchmarks.accuracy.cache import baseline_file
from benchmarks.accuracy.competitions import Competition
from benchmarks.accuracy.forecasters import BASELINES
from benchmarks.accuracy.forecasts import MEDIAN, Forecasts, checked_finite
from benchmarks.accuracy.published_naive import seasonal_naive
from benchmarks.common.command_line import print_progress
from sktime_lagllama._typing import Float64Array
from sktime_lagllama.evaluation.quantile_loss import REPORTED_LEVELS

SERIES_PER_FILE = 100


def baseline_forecasts(
    model: str, competition: Competition, cache: Path, num_processes: int = 1
) -> Forecasts:
    """Forecast each series on its own, or read the forecasts that the cache already has.

    Parameters
    ----------
    model : str
        A key of ``BASELINES``.
    competition : Competition
    cache : Path
        Folder.
    num_processes : int, default=1

    Returns
    -------
    Forecasts
    """
    starts = range(0, len(competition), SERIES_PER_FILE)
    chunks = [competition.part(start, start + SERIES_PER_FILE) for start in starts]
    files = [
        cache / baseline_file(model, chunk, start)
        for start, chunk in zip(starts, chunks, strict=True)
    ]
    missing = [number for number, file in enumerate(files) if not file.exists()]
    forecast_chunk = partial(_forecast_chunk, model)
    arguments = [chunks[number] for number in missing], [files[number] for number in missing]
    if num_processes == 1 or len(missing) <= 1:
        _print_each(model, competition, len(missing), map(forecast_chunk, *arguments))
    else:
        # A forked process would inherit torch's threads in an unknown state.
        with ProcessPoolExecutor(num_processes, mp_context=get_context("spawn")) as pool:
            _print_each(model, competition, len(missing), pool.map(forecast_chunk, *arguments))
    return Forecasts.concatenate([Forecasts.read(file) for file in files])


def _forecast_chunk(model: str, competition: Competition, file: Path) -> float:
    """Forecast series one by one, write the forecasts to a file, and return the CPU seconds."""
    quantiles = seasonal_naive(competition, REPORTED_LEVELS)
    points = quantiles[:, :, MEDIAN].copy()
    fell_back = np.zeros(len(competition), bool)
    cpu_seconds = 0.0
    with suppress(Exception):
        # Imports take longer than the first forecast. If this fails, it fails again below.
        _forecast(model, competition, 0)
    for number in range(len(competition)):
        start = process_time()
        try:
            points[number], quantiles[number], spent = _forecast(model, competition, number)
        # Which errors a library raises for a series that it cannot fit is not documented.
        except Exception as error:
            print_progress(f"{competition.name}, {model}: failed: {error!r}")
            fell_back[number] = True
            spent = process_time() - start
        cpu_seconds += spent
    Forecasts(points, quantiles, fell_back, cpu_seconds).save(file)
    return cpu_seconds


def _forecast(
    model: str, competition: Competition, number: int
) -> tuple[Float64Array, Float64Array, float]:
    """Forecast one series.

    Returns
    -------
    points : float64 array of shape (horizon,)
    quantiles : float64 array of shape (horizon, levels)
    cpu_seconds : float
        Of ``fit`` and ``predict_quantiles``.
    """
    y, horizon = competition.series(number), np.arange(1, competition.horizon + 1)
    # sktime warns at every call, and sets filters of its own: only recording silences it.
    with warnings.catch_warnings(record=True):
        start = process_time()
        forecaster = BASELINES[model].make(competition.season).fit(y, fh=horizon)
        quantiles = forecaster.predict_quantiles(alpha=list(REPORTED_LEVELS))
        cpu_seconds = process_time() - start
        points = forecaster.predict()
    return (
        checked_finite(points.to_numpy(float)),
        checked_finite(quantiles.to_numpy(float)),
        cpu_seconds,
    )


def _print_each(
    model: str, competition: Competition, num_missing: int, cpu_seconds: Iterable[float]
) -> None:
    """Wait for the chunks, and print a line when each is done."""
    for number, spent in enumerate(cpu_seconds, start=1):
        print_progress(
            f"{competition.name}, {model}: {number} of {num_missing} missing chunks of "
            f"{SERIES_PER_FILE} series, {spent:.1f} CPU seconds"
        )
