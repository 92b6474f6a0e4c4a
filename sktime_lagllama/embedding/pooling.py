"""From the hidden states of all times of a series to one row of numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sktime_lagllama._typing import BoolArray, Float64Array, IntArray
from sktime_lagllama.embedding.hidden_states import WindowStates
from sktime_lagllama.embedding.token_windows import TokenWindows

STATISTICS = ("mean", "std", "min", "max", "last")
"""What hidden states can be pooled by, over the observed times of a series."""


def statistics_of(pooling: str) -> tuple[str, ...]:
    """Split what a user has written, such as "mean+std".

    Parameters
    ----------
    pooling : str
        Names of ``STATISTICS``, each at most once, joined by "+".

    Returns
    -------
    tuple of str

    Raises
    ------
    TypeError
        If it is no string.
    ValueError
        If a name is unknown or comes twice.
    """
    message = (
        f"pooling must be None, or one or more of {', '.join(STATISTICS)}, joined by '+', but "
        f"found {pooling!r}"
    )
    if not isinstance(pooling, str):
        raise TypeError(message)
    names = tuple(pooling.split("+"))
    if len(set(names)) < len(names) or not set(names) <= set(STATISTICS):
        raise ValueError(message)
    return names


class Pooling:
    """Pools hidden states window by window, so that those of all times never exist at once.

    Parameters
    ----------
    windows : TokenWindows
        All windows that ``add`` will get.
    width : int
        Numbers of a hidden state.
    """

    def __init__(self, windows: TokenWindows, width: int) -> None:
        shape = (len(windows.series), width)
        self._windows = windows
        self._counts = np.zeros((len(windows.series), 1))
        self._means = np.zeros(shape)
        self._variances = np.zeros(shape)
        self._minima = np.full(shape, np.inf)
        self._maxima = np.full(shape, -np.inf)
        self._lasts = np.zeros(shape)

    def add(self, states: WindowStates) -> None:
        """Take the new tokens of some windows at which the series has a value.

        Several threads may call this at the same time, with different windows.

        Parameters
        ----------
        states : WindowStates
        """
        numbers, hidden = states.numbers, states.hidden.astype(np.float64)
        counted = (states.is_new & states.observed)[..., None]
        counts = counted.sum(axis=1)
        divisors = np.maximum(counts, 1)
        means = np.where(counted, hidden, 0.0).sum(axis=1) / divisors
        deviations = np.where(counted, hidden - means[:, None], 0.0)
        self._counts[numbers] = counts
        self._means[numbers] = means
        self._variances[numbers] = np.square(deviations).sum(axis=1) / divisors
        self._minima[numbers] = np.where(counted, hidden, np.inf).min(axis=1)
        self._maxima[numbers] = np.where(counted, hidden, -np.inf).max(axis=1)
        self._lasts[numbers] = hidden[:, -1]

    def rows(self, statistics: Sequence[str]) -> Float64Array:
        """Return what is pooled over all windows of each series.

        Parameters
        ----------
        statistics : sequence of str
            Of ``STATISTICS``: the mean, the standard deviation (divided by the number of times),
            the smallest and the largest value, and the value at the last observed time.

        Returns
        -------
        float64 array of shape (series, statistics * width)
        """
        starts = np.flatnonzero(_begins_series(self._windows.series))
        counts = np.add.reduceat(self._counts, starts)
        means = np.add.reduceat(self._counts * self._means, starts) / counts
        # The variance of parts of a sample: within the parts, and between their means.
        between = np.square(self._means - means[self._windows.series])
        variances = np.add.reduceat(self._counts * (self._variances + between), starts) / counts
        ends = np.append(starts[1:], len(self._windows.series)) - 1
        pooled = {
            "mean": means,
            "std": np.sqrt(variances),
            "min": np.minimum.reduceat(self._minima, starts),
            "max": np.maximum.reduceat(self._maxima, starts),
            "last": self._lasts[ends],
        }
        return np.concatenate([pooled[name] for name in statistics], axis=1)


def _begins_series(series: IntArray) -> BoolArray:
    """Tell which windows are the first ones of their series."""
    return np.append(True, series[1:] != series[:-1])
