"""The error that a forecast's deciles have because there are only so many sample paths.

It is the root mean square, over series, steps and deciles, of the distance to the deciles of very
many paths of the same network, in units of the distance between the latter's first and last decile.

There are two ways from paths to deciles. The package's own is stratified draws and the quantiles of
the mixture of what all paths knew. The independent one, which packages for sampling networks have
and this one had at first, is independent draws and their empirical quantiles. It is had by
replacing these two functions, and all else is shared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.forecasting import summary_statistics
from sktime_lagllama.sampling import sampler
from sktime_lagllama.sampling.sampled_paths import SampledPaths

LEVELS = tuple(tenth / 10 for tenth in range(1, 10))
INDEPENDENT_SAMPLES = 100
"""Independent paths whose error is the measure: as many as the published network's users draw."""
NUM_SAMPLES = (8, 16, 20, 25, 32, 50, 64, 100, 200)
REFERENCE_SEED = 1_000_000
"""No repeat has this seed."""

Way = Callable[[], AbstractContextManager[None]]
"""From paths to deciles."""


@dataclass(frozen=True)
class Task:
    """What is forecast, by which network.

    Parameters
    ----------
    y : pd.DataFrame
        One series, or a panel indexed by series and time; one column.
    checkpoint : str or Path
    horizon : int
        Steps ahead.
    """

    y: pd.DataFrame
    checkpoint: str | Path
    horizon: int

    def deciles(self, num_samples: int, seed: int) -> Float64Array:
        """Fit a new forecaster, and return the deciles, shape (series, horizon, 9)."""
        forecaster = LagLlamaForecaster(
            self.checkpoint, num_samples=num_samples, device="cpu", random_state=seed
        )
        forecaster.fit(self.y, fh=np.arange(1, self.horizon + 1))
        quantiles = forecaster.predict_quantiles(alpha=list(LEVELS))
        return quantiles.to_numpy().reshape(-1, self.horizon, len(LEVELS))

    def reference(self, num_samples: int) -> Float64Array:
        """Return the deciles of many paths, shape (series, horizon, 9).

        Their draws are independent, so that the reference has nothing in common with the stratified
        draws that are measured against it. The mixture of independent paths has the same
        limit as their empirical quantiles, and less noise.
        """
        with independent_draws():
            return self.deciles(num_samples, REFERENCE_SEED)


def squared_error(deciles: Float64Array, reference: Float64Array) -> float:
    """Return the mean squared distance of deciles from those of many paths.

    Parameters
    ----------
    deciles : float64 array of shape (series, horizon, 9)
    reference : float64 array of shape (first series, horizon, 9)
        Of all series, or of the first ones alone.

    Returns
    -------
    float
        In squared units of the reference's distance between its first and its last decile.
    """
    spread = reference[..., -1:] - reference[..., :1]
    return float(np.square((deciles[: len(reference)] - reference) / spread).mean())


def error(
    task: Task, reference: Float64Array, num_samples: int, num_repeats: int, way: Way
) -> float:
    """Return the error with a number of paths, over several seeds."""
    with way():
        squares = [
            squared_error(task.deciles(num_samples, seed), reference) for seed in range(num_repeats)
        ]
    return float(np.sqrt(np.mean(squares)))


def samples_worth_independent_ones(
    task: Task, num_samples: Sequence[int], reference_samples: int, num_repeats: int
) -> int:
    """Return the smallest number of paths that are as precise as 100 independent ones.

    Parameters
    ----------
    task : Task
    num_samples : sequence of int
        Numbers of paths to try, rising.
    reference_samples : int
        Paths of the reference.
    num_repeats : int
        Seeds that an error is the root mean square of.

    Returns
    -------
    int

    Raises
    ------
    AssertionError
        If none of them is.
    """
    reference = task.reference(reference_samples)
    most = error(task, reference, INDEPENDENT_SAMPLES, num_repeats, independent_way)
    for number in num_samples:
        if error(task, reference, number, num_repeats, package_way) <= most:
            return number
    raise AssertionError(f"none of {num_samples} paths has an error of {most:.3f} or less")


@contextmanager
def independent_draws() -> Iterator[None]:
    """Let the paths of a series be drawn independently of each other."""
    # Where the sampler looks the function up.
    with patch.object(sampler, "stratified_normal_scores", _independent_normal_scores):
        yield


@contextmanager
def independent_way() -> Iterator[None]:
    """Let forecasts be empirical quantiles of independent paths."""
    with independent_draws(), patch.object(summary_statistics, "quantiles", _empirical_quantiles):
        yield


def package_way() -> AbstractContextManager[None]:
    """Let forecasts be what the package makes them: the mixture of stratified paths."""
    return nullcontext()


def _independent_normal_scores(
    seed: int, horizon: int, streams: IntArray, num_samples: int
) -> Tensor:
    """Return independent normal scores in place of stratified ones; the parameters are the same."""
    shape = (horizon, len(streams), num_samples)
    random = np.random.default_rng((seed, *streams.tolist()))
    return torch.from_numpy(random.standard_normal(shape, dtype=np.float32))


def _empirical_quantiles(
    paths: SampledPaths, levels: Sequence[float], nonnegative: bool = False
) -> Float64Array:
    """Return the quantiles of the drawn values, shape (series, steps, levels)."""
    return np.moveaxis(np.quantile(paths.values, levels, axis=1), 0, -1)
