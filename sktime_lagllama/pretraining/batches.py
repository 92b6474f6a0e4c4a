"""Endless batches of synthetic series."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch.utils.data import Dataset, Sampler

from sktime_lagllama._typing import BoolArray, IntArray
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.pretraining.synthetic.corpus import generate
from sktime_lagllama.training.batches import Batch, make_batch

SERIES_PER_CHUNK = 512
MAX_HORIZON = 96
MAX_SLOW_TOKENS = 304
"""Series of a day and longer have no season that would need a longer window."""

MIN_HISTORY = 4


class SyntheticBatches(Dataset[list[Batch]]):
    """Chunks of batches of synthetic series, without an end.

    Chunk ``i`` is a function of the seed and ``i`` alone. A batch has one of several numbers of
    tokens per series. Short series go to the batches with few tokens, so that little of the work is
    spent on padding, and the others to any; those of a day and longer to none of more than 304
    tokens, if there is a smaller one. Series below a day take as many tokens of each number above
    304 as of 304.

    Parameters
    ----------
    config : LagLlamaConfig
    num_tokens : tuple of int
        Numbers of tokens per series, increasing.
    tokens_per_step : int
        Tokens of a batch; rounded down to whole series.
    seed : int
    context_weight : float
        See ``make_batch``.
    fast_horizon : int, default=96
        Largest number of steps after the cutoff for series of steps below a day. For the others it
        is 96.
    frequency_shares : mapping of str to float, optional
        See ``synthetic.corpus.generate``.
    """

    def __init__(
        self,
        config: LagLlamaConfig,
        num_tokens: tuple[int, ...],
        tokens_per_step: int,
        seed: int,
        context_weight: float,
        fast_horizon: int = MAX_HORIZON,
        frequency_shares: Mapping[str, float] | None = None,
    ) -> None:
        self.config = config
        self.num_tokens = num_tokens
        self.tokens_per_step = tokens_per_step
        self.seed = seed
        self.context_weight = context_weight
        self.fast_horizon = fast_horizon
        self.frequency_shares = frequency_shares

    def __getitem__(self, index: int) -> list[Batch]:
        """Generate a chunk of series and make whole batches of them; the other series are dropped.

        Parameters
        ----------
        index : int
            Number of the chunk.

        Returns
        -------
        list of Batch
            In random order.
        """
        rng = np.random.default_rng((self.seed, index))
        max_lag = self.config.max_lag
        length = max_lag + self.num_tokens[-1] + 1
        series = generate(rng, SERIES_PER_CHUNK, length, self.frequency_shares)
        max_horizons = np.where(series.sub_daily, self.fast_horizon, MAX_HORIZON)
        values = torch.from_numpy(series.values).double()
        calendar = torch.from_numpy(series.calendar)
        choice = self._choose_num_tokens(rng, series.counts, series.sub_daily)
        batches = []
        for place, num_tokens in enumerate(self.num_tokens):
            rows = np.flatnonzero(choice == place)
            steps = max_lag + num_tokens + 1
            horizons = torch.from_numpy(
                _draw_horizons(rng, series.counts, max_horizons, num_tokens, steps)
            )
            batch_size = max(1, self.tokens_per_step // num_tokens)
            for start in range(0, rows.size - batch_size + 1, batch_size):
                batch_rows = rows[start : start + batch_size]
                batches.append(
                    make_batch(
                        values[batch_rows, -steps:],
                        calendar[batch_rows, -num_tokens - 1 : -1],
                        horizons[batch_rows],
                        self.config,
                        self.context_weight,
                    )
                )
        return [batches[position] for position in rng.permutation(len(batches))]

    def _choose_num_tokens(
        self, rng: np.random.Generator, counts: IntArray, sub_daily: BoolArray
    ) -> IntArray:
        """Choose each series' place in ``num_tokens``; all arrays have shape (series,)."""
        sizes = np.array(self.num_tokens)
        num_slow = max(1, int(np.searchsorted(sizes, MAX_SLOW_TOKENS, side="right")))
        largest = np.where(sub_daily, len(sizes), num_slow) - 1
        smallest = np.minimum(np.searchsorted(sizes + 1, counts), largest)
        # A long series is seen through short windows too, as a short context shows it. Windows of
        # more than 304 tokens are the rarer the longer they are, or they would take most steps.
        weights = np.minimum(1, MAX_SLOW_TOKENS / sizes).cumsum()
        position = rng.random(counts.size) * weights[largest]
        drawn = np.searchsorted(weights, position, side="right")
        return np.where(smallest < largest, smallest, drawn)


class CountFrom(Sampler[int]):
    """The numbers of chunks, from a start on without an end.

    A resumed run goes on with the first chunk that it has not been through.

    Parameters
    ----------
    start : int
        The first number.
    """

    def __init__(self, start: int) -> None:
        self.start = start

    def __iter__(self) -> Iterator[int]:
        """Count from the start."""
        return itertools.count(self.start)


def _draw_horizons(
    rng: np.random.Generator,
    counts: IntArray,
    max_horizons: IntArray,
    num_tokens: int,
    steps: int,
) -> IntArray:
    """Draw how many steps of a window of series come after the cutoff.

    Parameters
    ----------
    rng : np.random.Generator
    counts : int64 array of shape (series,)
        Points of each series.
    max_horizons : int64 array of shape (series,)
        Largest number of steps for each series.
    num_tokens, steps : int
        Tokens and steps of a window.

    Returns
    -------
    int64 array of shape (series,)
        From 1 to three quarters of the tokens, and so that some points come before the cutoff.
    """
    points_in_window = np.minimum(counts, steps)
    longest = np.minimum(num_tokens * 3 // 4, max_horizons)
    return rng.integers(1, np.minimum(longest, points_in_window - MIN_HISTORY) + 1)
