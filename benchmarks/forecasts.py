"""The forecasters that are compared, and a cache of what they forecast.

A file of the cache is named after everything that its content depends on: the series, the
forecaster's parameters, the versions of the packages that compute, and of ours also the weights and
the code. What has become stale is therefore not found, and computed anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sktime.forecasting.compose import EnsembleForecaster
from sktime.forecasting.naive import NaiveForecaster
from sktime.forecasting.statsforecast import (
    StatsForecastAutoARIMA,
    StatsForecastAutoETS,
    StatsForecastAutoTheta,
)

import sktime_lagllama
from benchmarks.competitions import Competition, seasonal_naive
from benchmarks.machine import package_version
from benchmarks.metrics import FloatArray
from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama.checkpoints.locate import CONFIG_FILE, locate, weights_file

LEVELS = (0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975)
MEDIAN = LEVELS.index(0.5)
SERIES_PER_FILE = 100

OURS, ENSEMBLE = "ours", "ensemble"
BASELINES: dict[str, Callable[[int], Any]] = {
    "naive": lambda season: NaiveForecaster("last", sp=season),
    "theta": lambda season: StatsForecastAutoTheta(season_length=season),
    "ets": lambda season: StatsForecastAutoETS(season_length=season),
    "arima": lambda season: StatsForecastAutoARIMA(sp=season),
}
ENSEMBLE_MEMBERS = (OURS, "theta", "ets")
MODELS = (*BASELINES, OURS, ENSEMBLE)


@dataclass(frozen=True)
class Forecasts:
    """What one forecaster says about some series.

    Parameters
    ----------
    points : array of shape (series, horizon)
        What ``predict`` returned.
    quantiles : array of shape (series, horizon, levels)
        At ``LEVELS``.
    fell_back : bool array of shape (series,)
        Where the forecaster failed and the seasonal naive forecast stands in.
    cpu_seconds : float
        Of ``fit`` and ``predict_quantiles``, all threads together: what a busy machine changes
        least.
    """

    points: FloatArray
    quantiles: FloatArray
    fell_back: NDArray[np.bool_]
    cpu_seconds: float

    @property
    def medians(self) -> FloatArray:
        """The 0.5 quantile, of shape (series, horizon)."""
        return self.quantiles[:, :, MEDIAN]

    def save(self, path: Path) -> None:
        """Write a file, which is there as a whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial_file = path.with_suffix(f".{os.getpid()}.part")
        with partial_file.open("wb") as file:
            np.savez(
                file,
                points=self.points,
                quantiles=self.quantiles,
                fell_back=self.fell_back,
                cpu_seconds=self.cpu_seconds,
            )
        partial_file.replace(path)

    @classmethod
    def read(cls, path: Path) -> Forecasts:
        """Read a file that ``save`` wrote."""
        with np.load(path) as file:
            return cls(
                file["points"], file["quantiles"], file["fell_back"], float(file["cpu_seconds"])
            )

    @classmethod
    def concatenate(cls, parts: Sequence[Forecasts]) -> Forecasts:
        """Join forecasts of series that follow each other."""
        return cls(
            np.concatenate([part.points for part in parts]),
            np.concatenate([part.quantiles for part in parts]),
            np.concatenate([part.fell_back for part in parts]),
            sum(part.cpu_seconds for part in parts),
        )


def baseline(model: str, competition: Competition, cache: Path, jobs: int = 1) -> Forecasts:
    """Forecast each series on its own, or read what is in the cache.

    Parameters
    ----------
    model : str
        A key of ``BASELINES``.
    competition : Competition
    cache : Path
    jobs : int, default=1
        Processes.

    Returns
    -------
    Forecasts
    """
    starts = range(0, len(competition), SERIES_PER_FILE)
    chunks = [competition.part(start, start + SERIES_PER_FILE) for start in starts]
    paths = [
        cache / _file_name(competition, model, _baseline_digest(model, chunk), start)
        for start, chunk in zip(starts, chunks, strict=True)
    ]
    missing = [index for index, path in enumerate(paths) if not path.exists()]
    work = partial(_baseline_chunk, model)
    todo = [chunks[index] for index in missing], [paths[index] for index in missing]
    if jobs == 1 or len(missing) <= 1:
        _report(model, competition, missing, map(work, *todo))
    else:
        # A forked process would inherit torch's threads in whatever state they are.
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            _report(model, competition, missing, pool.map(work, *todo))
    return Forecasts.concatenate([Forecasts.read(path) for path in paths])


def ours(checkpoint: str, competition: Competition, cache: Path) -> Forecasts:
    """Forecast a set as one panel, or read what is in the cache.

    Parameters
    ----------
    checkpoint : str
    competition : Competition
    cache : Path

    Returns
    -------
    Forecasts
    """
    path = cache / _file_name(competition, OURS, _our_digest(checkpoint, competition))
    if not path.exists():
        print(f"{competition.name}, {OURS}: {len(competition)} series ...", file=sys.stderr)
        horizon = np.arange(1, competition.horizon + 1)
        first = competition.part(0, 1)
        with warnings.catch_warnings(record=True):
            # Loads the weights, which all later forecasters share, and imports torch.
            our_forecaster(checkpoint).fit(first.panel(), fh=horizon).predict()
            panel = competition.panel()
            start = process_time()
            forecaster = our_forecaster(checkpoint).fit(panel, fh=horizon)
            frame = forecaster.predict_quantiles(alpha=list(LEVELS))
            seconds = process_time() - start
        instances = frame.index.get_level_values(0)[:: competition.horizon]
        if not instances.equals(panel.index.get_level_values(0).unique()):
            raise AssertionError("forecasts must be in the order of the series")
        quantiles = _checked(frame.to_numpy(dtype=float))
        quantiles = quantiles.reshape(len(competition), competition.horizon, len(LEVELS))
        # predict returns the median of the same paths, so nothing needs to be drawn again.
        medians = quantiles[:, :, MEDIAN]
        Forecasts(medians, quantiles, np.zeros(len(competition), bool), seconds).save(path)
    return Forecasts.read(path)


def ensemble(members: Sequence[Forecasts]) -> Forecasts:
    """Return the mean of forecasters: of their points, and level by level of their quantiles.

    sktime's ``EnsembleForecaster`` averages points and has no quantiles. Averaged quantiles
    (Vincent's average) are those of a distribution with the members' mean location and mean width.

    Parameters
    ----------
    members : sequence of Forecasts

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
    """Compare the mean of cached members with sktime's ``EnsembleForecaster`` on the first series.

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
    make = {**BASELINES, OURS: lambda _season: our_forecaster(checkpoint)}
    horizon = np.arange(1, competition.horizon + 1)
    with warnings.catch_warnings(record=True):
        members = [(name, make[name](competition.season)) for name in ENSEMBLE_MEMBERS]
        points = EnsembleForecaster(members).fit(competition.series(0), fh=horizon).predict()
    # Ours is computed in float32, in a batch of another size.
    tolerance = 1e-4 * np.abs(forecasts.points[0]).max()
    np.testing.assert_allclose(points.to_numpy(), forecasts.points[0], rtol=0, atol=tolerance)


def our_forecaster(checkpoint: str) -> LagLlamaForecaster:
    """Return our forecaster with its default settings, and a seed."""
    return LagLlamaForecaster(checkpoint, random_state=0)


def weights_digest(checkpoint: str) -> str:
    """Return the SHA-256 of a checkpoint's weights and of the configuration beside them."""
    weights = weights_file(locate(checkpoint))
    config = weights.with_name(CONFIG_FILE)
    files = [weights, config] if config.is_file() else [weights]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _baseline_chunk(model: str, competition: Competition, path: Path) -> float:
    """Forecast series one by one, write them to the cache, and return the CPU seconds."""
    quantiles = seasonal_naive(competition, LEVELS)
    points = quantiles[:, :, MEDIAN].copy()
    fell_back = np.zeros(len(competition), bool)
    seconds = 0.0
    with suppress(Exception):
        # Imports take longer than the first forecast. If this fails, it does so again below.
        _forecast(model, competition, 0)
    for number in range(len(competition)):
        start = process_time()
        try:
            points[number], quantiles[number], spent = _forecast(model, competition, number)
        # What a library raises for a series that it cannot fit is not documented.
        except Exception as error:
            print(f"{competition.name}, {model}: failed: {error!r}", file=sys.stderr, flush=True)
            fell_back[number] = True
            spent = process_time() - start
        seconds += spent
    Forecasts(points, quantiles, fell_back, seconds).save(path)
    return seconds


def _forecast(
    model: str, competition: Competition, number: int
) -> tuple[FloatArray, FloatArray, float]:
    """Return points, quantiles and the CPU seconds of ``fit`` and ``predict_quantiles``."""
    y, horizon = competition.series(number), np.arange(1, competition.horizon + 1)
    # sktime warns at every call, and sets filters of its own: recording is what silences it.
    with warnings.catch_warnings(record=True):
        start = process_time()
        forecaster = BASELINES[model](competition.season).fit(y, fh=horizon)
        quantiles = forecaster.predict_quantiles(alpha=list(LEVELS))
        seconds = process_time() - start
        points = forecaster.predict()
    return _checked(points.to_numpy(float)), _checked(quantiles.to_numpy(float)), seconds


def _checked(numbers: FloatArray) -> FloatArray:
    if not np.isfinite(numbers).all():
        raise ValueError("forecasts must be finite")
    return numbers


def _report(
    model: str, competition: Competition, missing: Sequence[int], seconds: Iterable[float]
) -> None:
    for done, spent in enumerate(seconds, start=1):
        print(
            f"{competition.name}, {model}: {done} of {len(missing)} missing chunks of "
            f"{SERIES_PER_FILE} series, {spent:.1f} CPU seconds",
            file=sys.stderr,
            flush=True,
        )


def _file_name(competition: Competition, model: str, digest: str, start: int = 0) -> str:
    return f"{competition.name.replace(' ', '-').lower()}-{model}-{start:04d}-{digest[:16]}.npz"


def _baseline_digest(model: str, competition: Competition) -> str:
    with warnings.catch_warnings(record=True):
        forecaster = BASELINES[model](competition.season)
        parameters = {name: repr(value) for name, value in forecaster.get_params().items()}
    packages = ("sktime",) if model == "naive" else ("sktime", "statsforecast")
    return _digest(
        competition,
        forecaster=type(forecaster).__name__,
        parameters=parameters,
        versions={package: package_version(package) for package in packages},
    )


def _our_digest(checkpoint: str, competition: Competition) -> str:
    parameters = our_forecaster(checkpoint).get_params()
    # The same weights elsewhere give the same forecasts.
    del parameters["checkpoint"]
    folder = Path(sktime_lagllama.__file__).parent
    code = [file for file in sorted(folder.rglob("*.py")) if "training" not in file.parts]
    return _digest(
        competition,
        weights=weights_digest(checkpoint),
        code=hashlib.sha256(b"".join(file.read_bytes() for file in code)).hexdigest(),
        parameters={name: repr(value) for name, value in parameters.items()},
        versions={"torch": package_version("torch")},
    )


def _digest(competition: Competition, **provenance: Any) -> str:
    digest = hashlib.sha256()
    about = {
        **provenance,
        "levels": LEVELS,
        "horizon": competition.horizon,
        "period": competition.period,
        "end": str(competition.series(0).index[-1]),
        "lengths": [len(history) for history in competition.histories],
    }
    digest.update(json.dumps(about, sort_keys=True).encode())
    for history in competition.histories:
        digest.update(history.tobytes())
    return digest.hexdigest()
