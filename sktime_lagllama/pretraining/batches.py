"""Endless batches of synthetic series."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import torch
from torch.utils.data import Dataset, Sampler

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.pretraining.synthetic.corpus import generate
from sktime_lagllama.training.batches import Batch, make_batch

SERIES_AT_ONCE = 512
LONGEST_FORECAST = 96
SHORTEST_PAST = 4


class SyntheticBatches(Dataset[list[Batch]]):
    """Handfuls of batches; handful ``i`` is a function of the seed and ``i`` alone.

    A batch has one of several numbers of tokens a series: short series go to the batches with few,
    so that little of the work is spent on padding, and the others to any.

    Parameters
    ----------
    config : LagLlamaConfig
    num_tokens : tuple of int
        Numbers of tokens a series, increasing.
    tokens_per_step : int
        Tokens of a batch; rounded down to whole series.
    seed : int
    context_weight : float
        See ``make_batch``.
    """

    def __init__(
        self,
        config: LagLlamaConfig,
        num_tokens: tuple[int, ...],
        tokens_per_step: int,
        seed: int,
        context_weight: float,
    ) -> None:
        self.config = config
        self.num_tokens = num_tokens
        self.tokens_per_step = tokens_per_step
        self.seed = seed
        self.context_weight = context_weight

    def __getitem__(self, index: int) -> list[Batch]:
        """Generate series, and make whole batches of them; the rest of the series is dropped."""
        rng = np.random.default_rng((self.seed, index))
        max_lag = self.config.max_lag
        series = generate(rng, SERIES_AT_ONCE, max_lag + self.num_tokens[-1] + 1)
        values = torch.from_numpy(series.values).double()
        calendar = torch.from_numpy(series.calendar)
        counts = values.shape[1] - (~values.isnan()).int().argmax(1).numpy()
        sizes = np.array(self.num_tokens)
        smallest = np.minimum(np.searchsorted(sizes + 1, counts), len(sizes) - 1)
        # A long series is seen through short windows too, as a short context shows it.
        choice = np.where(
            smallest < len(sizes) - 1, smallest, rng.integers(0, len(sizes), counts.size)
        )
        batches = []
        for place, size in enumerate(self.num_tokens):
            rows = np.flatnonzero(choice == place)
            at_once = max(1, self.tokens_per_step // size)
            steps = max_lag + size + 1
            span = np.minimum(counts, steps)
            longest = np.minimum(np.minimum(size * 3 // 4, LONGEST_FORECAST), span - SHORTEST_PAST)
            lengths = torch.from_numpy(rng.integers(1, longest + 1))
            for start in range(0, rows.size - at_once + 1, at_once):
                chosen = rows[start : start + at_once]
                batches.append(
                    make_batch(
                        values[chosen, -steps:],
                        calendar[chosen, -size - 1 : -1],
                        lengths[chosen],
                        self.config,
                        self.context_weight,
                    )
                )
        return [batches[position] for position in rng.permutation(len(batches))]


class From(Sampler[int]):
    """The whole numbers from a start on, without an end."""

    def __init__(self, start: int) -> None:
        self.start = start

    def __iter__(self) -> Iterator[int]:
        """Count."""
        return itertools.count(self.start)
