"""What turns series into rows of numbers: our embeddings, and what they are compared with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.embeddings.data_sets import DataSet
from sktime_lagllama import LagLlamaEmbedder

SEED = 0


def embedder(data_set: DataSet) -> Any:
    """Return our embedder with its defaults."""
    return LagLlamaEmbedder()


def catch22(data_set: DataSet) -> Any:
    """Return the 22 features of each column (Lubba et al., 2019)."""
    from sktime.transformations.catch22 import Catch22

    return Catch22(replace_nans=True)


def catch24(data_set: DataSet) -> Any:
    """Return the 22 features, mean and standard deviation of each column."""
    from sktime.transformations.catch22 import Catch22

    return Catch22(catch24=True, replace_nans=True)


def minirocket(data_set: DataSet) -> Any:
    """Return MiniRocket (Dempster et al., 2021) with its defaults, some 10,000 features."""
    from sktime.transformations.rocket import (
        MiniRocketMultivariate,
        MiniRocketMultivariateVariable,
    )

    if _has_one_length(data_set):
        return MiniRocketMultivariate(random_state=SEED)
    # It pads what is shorter than the 9 values of its kernels.
    return MiniRocketMultivariateVariable(pad_value_short_series=0.0, random_state=SEED)


def rocket(data_set: DataSet) -> Any:
    """Return ROCKET (Dempster et al., 2020) with its defaults, 20,000 features.

    None for series of several lengths, which sktime's does not take.
    """
    from sktime.transformations.rocket import Rocket

    return Rocket(random_state=SEED) if _has_one_length(data_set) else None


REPRESENTATIONS: dict[str, Callable[[DataSet], Any]] = {
    "LagLlamaEmbedder": embedder,
    "Catch22": catch22,
    "Catch22, mean, std": catch24,
    "MiniRocket": minirocket,
    "ROCKET": rocket,
}
"""By name: what makes a transformer for a set, or None if it cannot be used for that."""


def _has_one_length(data_set: DataSet) -> bool:
    shortest, longest = data_set.shortest_and_longest
    return shortest == longest
