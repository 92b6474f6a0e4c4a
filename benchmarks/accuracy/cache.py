"""The names of the files that forecasts are kept in.

A file is named after everything that its content depends on: the series, the forecaster's
parameters, the versions of the packages that compute, and of ours also the weights and the code. An
outdated file is therefore never read, and its forecasts are computed again.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import sktime_lagllama
from benchmarks.accuracy.competitions import Competition
from benchmarks.accuracy.forecasters import BASELINES, LAG_LLAMA, default_lag_llama
from benchmarks.common.checkpoint import weights_digest
from benchmarks.common.machine import package_version
from sktime_lagllama.evaluation.quantile_loss import REPORTED_LEVELS

ROOMS_WITHOUT_FORECASTS = {"pretraining", "fine_tuning", "training", "evaluation"}
"""The folders of the package that a zero-shot forecast does not depend on."""


def baseline_file(model: str, competition: Competition, start: int) -> str:
    """Return the name of the file with a baseline's forecasts.

    Parameters
    ----------
    model : str
        A key of ``BASELINES``.
    competition : Competition
        The series in the file.
    start : int
        Number of the first of them in the whole set.

    Returns
    -------
    str
    """
    with warnings.catch_warnings(record=True):
        forecaster = BASELINES[model].make(competition.season)
        parameters = {name: repr(value) for name, value in forecaster.get_params().items()}
    digest = _digest(
        competition,
        forecaster=type(forecaster).__name__,
        parameters=parameters,
        versions={name: package_version(name) for name in BASELINES[model].packages},
    )
    return _file_name(competition, model, digest, start)


def lag_llama_file(checkpoint: str, competition: Competition) -> str:
    """Return the name of the file with our forecasts of a set.

    Parameters
    ----------
    checkpoint : str
    competition : Competition

    Returns
    -------
    str
    """
    digest = _digest(competition, **lag_llama_provenance(checkpoint))
    return _file_name(competition, LAG_LLAMA, digest)


def lag_llama_provenance(checkpoint: str) -> dict[str, Any]:
    """Return what our forecasts depend on beside the series.

    Parameters
    ----------
    checkpoint : str

    Returns
    -------
    dict
        Of what JSON can hold: weights, code, parameters and versions.
    """
    parameters = default_lag_llama(checkpoint).get_params()
    # The same weights in another folder give the same forecasts.
    del parameters["checkpoint"]
    code = zero_shot_code(Path(sktime_lagllama.__file__).parent)
    return {
        "weights": weights_digest(checkpoint),
        "code": hashlib.sha256(b"".join(file.read_bytes() for file in code)).hexdigest(),
        "parameters": {name: repr(value) for name, value in parameters.items()},
        "versions": {"torch": package_version("torch")},
    }


def zero_shot_code(package: Path) -> list[Path]:
    """Return the files of code that zero-shot forecasts depend on.

    Parameters
    ----------
    package : Path
        Folder of the package.

    Returns
    -------
    list of Path
        Sorted.
    """
    return [
        file
        for file in sorted(package.rglob("*.py"))
        if file.relative_to(package).parts[0] not in ROOMS_WITHOUT_FORECASTS
    ]


def _file_name(competition: Competition, model: str, digest: str, start: int = 0) -> str:
    """Return the name of a file of the forecasts from series number ``start`` on."""
    return f"{competition.name.replace(' ', '-').lower()}-{model}-{start:04d}-{digest[:16]}.npz"


def _digest(competition: Competition, **provenance: Any) -> str:
    """Return the SHA-256 of the series and of what else their forecasts depend on."""
    digest = hashlib.sha256()
    about = {
        **provenance,
        "levels": REPORTED_LEVELS,
        "horizon": competition.horizon,
        "period": competition.period,
        "end": str(competition.series(0).index[-1]),
        "lengths": [len(history) for history in competition.histories],
    }
    digest.update(json.dumps(about, sort_keys=True).encode())
    for history in competition.histories:
        digest.update(history.tobytes())
    return digest.hexdigest()
