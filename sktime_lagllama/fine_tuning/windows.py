"""Training windows of a user's series: what is learned from, and what is held out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from sktime_lagllama._typing import IntArray
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.training.batches import Batch, make_batch

Augment = Callable[[Tensor], Tensor]


class TrainingWindows:
    """Windows around the cutoffs of series whose last part is held out.

    Origins are numbered through all series: the first observed value of a series is its first
    cutoff, the step before its last observed value is its last. What is held out is missing to the
    windows that are learned from.

    Parameters
    ----------
    history : SeriesBatch
    config : LagLlamaConfig
    context_length : int
        Tokens up to and with the cutoff.
    horizon : int
        Steps after the cutoff.
    validation_fraction : float
        Share of each series' values, from its first observed to its last, that is held out: rounded
        up, so that a series of three values holds one out; shorter ones hold out none.
    """

    def __init__(
        self,
        history: SeriesBatch,
        config: LagLlamaConfig,
        context_length: int,
        horizon: int,
        validation_fraction: float,
    ) -> None:
        self.history = history
        self.config = config
        first, last = _observed_range(history)
        lengths = last - first + 1
        held_out = np.ceil(validation_fraction * lengths).astype(np.int64)
        held_out = np.where(lengths >= 3, np.minimum(held_out, lengths - 2), 0)
        self.first = first
        self.last_learned = last - held_out
        # A cutoff with nothing but missing values after it teaches nothing.
        last_target = history.last_observed(np.arange(history.num_series), self.last_learned)
        self.num_learned = np.maximum(last_target - first, 0)
        self.num_held_out = held_out
        # No window is longer than the longest series: the rest of it would be missing.
        longest = int(lengths.max(initial=1))
        self.context_length = min(context_length, longest)
        self.horizon = min(horizon, max(longest - 1, 1))
        lowest = int(history.starts.min())
        highest = int((history.starts + history.lengths).max()) + self.horizon
        self._lowest = lowest
        self._calendar = history.grid.calendar(lowest, highest - lowest + 1)

    @property
    def num_pairs(self) -> int:
        """Pairs of a series and a cutoff that can be learned from."""
        return int(self.num_learned.sum())

    def learned(self, rng: np.random.Generator, size: int, augment: Augment | None = None) -> Batch:
        """Sample windows uniformly over all pairs of a series and a cutoff.

        Parameters
        ----------
        rng : numpy.random.Generator
        size : int
            Number of windows.
        augment : callable, optional
            Changes values of shape (windows, steps), NaN where missing.

        Returns
        -------
        Batch
            Every observed position counts the same.
        """
        ends = np.cumsum(self.num_learned)
        numbers = rng.integers(0, ends[-1], size)
        series = np.searchsorted(ends, numbers, side="right")
        cutoffs = self.first[series] + numbers - (ends - self.num_learned)[series]
        return self._batch(series, cutoffs, self.last_learned[series], 1.0, augment)

    def held_out(self, most: int) -> list[Batch]:
        """Return windows whose targets are held out, their past being known.

        Parameters
        ----------
        most : int
            Largest number of windows; they are spread evenly over all.

        Returns
        -------
        list of Batch
            Only what is after the cutoff counts.
        """
        series, cutoffs = self.held_out_pairs(most)
        no_limit = np.full(len(series), np.iinfo(np.int64).max)
        return [
            self._batch(series[part], cutoffs[part], no_limit[part], 0.0)
            for part in (slice(start, start + 64) for start in range(0, len(series), 64))
        ]

    def held_out_pairs(self, most: int) -> tuple[IntArray, IntArray]:
        """Return pairs of a series and a cutoff whose next value is held out.

        Parameters
        ----------
        most : int
            Largest number of pairs; they are spread evenly over all.

        Returns
        -------
        series, cutoffs : int64 arrays of shape (pairs,)
            Number of the series, and grid position.
        """
        ends = np.cumsum(self.num_held_out)
        total = int(ends[-1]) if len(ends) else 0
        numbers = np.unique(np.linspace(0, total - 1, min(most, total)).round().astype(np.int64))
        series = np.searchsorted(ends, numbers, side="right")
        return series, self.last_learned[series] + numbers - (ends - self.num_held_out)[series]

    def _batch(
        self,
        series: IntArray,
        cutoffs: IntArray,
        limits: IntArray,
        context_weight: float,
        augment: Augment | None = None,
    ) -> Batch:
        """Cut windows that see nothing after a limit."""
        num_tokens = self.context_length + self.horizon - 1
        steps = self.config.max_lag + num_tokens + 1
        ends = cutoffs + self.horizon
        values = self.history.windows(series, ends, steps)
        positions = ends[:, None] + np.arange(1 - steps, 1)
        values[positions > limits[:, None]] = np.nan
        tensor = torch.from_numpy(values)
        if augment is not None:
            tensor = augment(tensor)
        times = positions[:, -num_tokens - 1 : -1]
        rows = np.clip(times - self._lowest, 0, len(self._calendar) - 1)
        # 0 before a series' first value, as in forecasts.
        started = times >= self.history.starts[series][:, None]
        calendar = np.where(started[..., None], self._calendar[rows], np.float32(0))
        lengths = torch.full((len(series),), self.horizon)
        return make_batch(tensor, torch.from_numpy(calendar), lengths, self.config, context_weight)


def _observed_range(history: SeriesBatch) -> tuple[IntArray, IntArray]:
    """Return the grid positions of each series' first and last observed values.

    Without any: the position before its start for both, so that there is nothing to learn.
    """
    observed = ~np.isnan(history.values)
    places = np.arange(len(history.values))
    none = len(history.values)
    firsts = np.full(history.num_series, none)
    lasts = np.full(history.num_series, -1)
    series = np.repeat(np.arange(history.num_series), history.lengths)
    np.minimum.at(firsts, series[observed], places[observed])
    np.maximum.at(lasts, series[observed], places[observed])
    empty = lasts < 0
    offsets = history.starts - history.offsets
    first = np.where(empty, history.starts, firsts + offsets)
    last = np.where(empty, history.starts - 1, lasts + offsets)
    return first, last
