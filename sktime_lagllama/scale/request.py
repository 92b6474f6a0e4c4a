"""What is asked for, and the file in the target that tells it from other requests."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from sktime_lagllama.network.config import RopeScaling
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.scale.data_set import Columns
from sktime_lagllama.scale.files import written_whole

REQUEST_FILE = "_request.json"
"""In the target. Readers of parquet folders leave out what begins with "_"."""


@dataclass(frozen=True)
class Request:
    """Everything that the numbers of a forecast depend on, and how they are arranged in files.

    Parameters
    ----------
    columns : Columns
    freq : str or None
        Step of the times.
    steps : tuple of int
        Ahead of each series' last time.
    levels : tuple of float
        Of the quantiles.
    seed : int
        That the forecaster draws from its ``random_state``.
    num_samples : int
    context_length : int or None
    rope_scaling : {"linear", "dynamic"} or None
    nonnegative : bool
    point_forecast : {"median", "mean"}
    dtype : str
    weights : str
        Digest of the network's weights and configuration.
    source : str
        Fingerprint of the files.
    num_partitions : int
    version : str
        Of this package.
    """

    columns: Columns
    freq: str | None
    steps: tuple[int, ...]
    levels: tuple[float, ...]
    seed: int
    num_samples: int
    context_length: int | None
    rope_scaling: RopeScaling | None
    nonnegative: bool
    point_forecast: Literal["median", "mean"]
    dtype: str
    weights: str
    source: str
    num_partitions: int
    version: str

    def sampling_options(self, batch_size: int | None) -> SamplingOptions:
        """Return how paths are drawn."""
        return SamplingOptions(
            num_samples=self.num_samples,
            context_length=self.context_length,
            rope_scaling=self.rope_scaling,
            nonnegative=self.nonnegative,
            batch_size=batch_size,
            seed=self.seed,
        )


def agree(request: Request, target: Path, is_seed_free: bool) -> Request:
    """Write a request into a target folder, or compare it with the one that is there.

    Parameters
    ----------
    request : Request
    target : Path
        Made if there is no such folder.
    is_seed_free : bool
        Whether any seed will do, so that an earlier one is taken.

    Returns
    -------
    Request
        With the seed that forecasts in the folder have.

    Raises
    ------
    ValueError
        If the folder has other files, or forecasts of another request.
    """
    file = target / REQUEST_FILE
    if not file.exists():
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise ValueError(
                f"target must be a new or empty folder, or one with forecasts of the same request, "
                f"but {target} has other files"
            )
        target.mkdir(parents=True, exist_ok=True)
        with written_whole(file) as unfinished:
            unfinished.write_text(_text(request), encoding="utf-8")
        return request
    earlier = json.loads(file.read_text(encoding="utf-8"))
    if is_seed_free:
        request = replace(request, seed=earlier["seed"])
    _check_same(json.loads(_text(request)), earlier, target)
    return request


def _text(request: Request) -> str:
    return json.dumps(asdict(request), indent=2) + "\n"


_WORDS = {
    "seed": "random_state",
    "weights": "the checkpoint",
    "source": "the files in source",
    "num_partitions": "rows_per_partition",
    "steps": "fh",
    "levels": "alpha",
}


def _check_same(request: dict[str, Any], earlier: dict[str, Any], target: Path) -> None:
    """Check that a request equals the one that a target was written for."""
    changed = [name for name in request if request[name] != earlier.get(name)]
    if not changed:
        return
    differences = [
        f"{_WORDS[name]} changed"
        if name in ("seed", "weights", "source", "num_partitions")
        else f"{_WORDS.get(name, name)} was {earlier.get(name)!r} and is now {request[name]!r}"
        for name in changed
    ]
    raise ValueError(
        f"{target} has forecasts of another request: {'; '.join(differences)}. Give another "
        "target, or remove this one"
    )
