"""Series -> tokens and targets, scaled by what is before a forecast origin."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from sktime_lagllama.model.config import LagLlamaConfig
from sktime_lagllama.model.features import (
    Window,
    padding_tokens,
    scale_values,
    scale_window,
    tokens,
)
from sktime_lagllama.model.network import LagLlama
from sktime_lagllama.training.corpus import generate
from sktime_lagllama.training.loss import negative_log_likelihood

SERIES_AT_ONCE = 512
LONGEST_FORECAST = 96
SHORTEST_PAST = 4


@dataclass(frozen=True)
class Batch:
    """Training series, each split at a forecast origin of its own.

    Attributes
    ----------
    tokens : float32 Tensor of shape (series, tokens, features)
    padding : bool Tensor of shape (series, tokens)
        True before the first observed value.
    targets : float32 Tensor of shape (series, tokens)
        The value one step after each token, in scaled units.
    weights : float32 Tensor of shape (series, tokens)
        How much each target counts; 0 where it is missing or the series has no past.
    """

    tokens: Tensor
    padding: Tensor
    targets: Tensor
    weights: Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device."""
        return Batch(*(part.to(device) for part in vars(self).values()))


def make_batch(
    values: Tensor,
    calendar: Tensor,
    forecast_lengths: Tensor,
    config: LagLlamaConfig,
    context_weight: float = 1.0,
) -> Batch:
    """Turn series into tokens and targets, scaled by their past as seen from a forecast origin.

    Parameters
    ----------
    values : float64 Tensor of shape (series, max_lag + tokens + 1)
        In data units, NaN where missing.
    calendar : float32 Tensor of shape (series, tokens, 6)
        Of the times of the tokens.
    forecast_lengths : int64 Tensor of shape (series,)
        Steps after each series' forecast origin; they are scaled by what is before it.
    config : LagLlamaConfig
    context_weight : float, default=1.0
        Weight of the targets up to the origin, whose scale has seen them; that of the others is 1.

    Returns
    -------
    Batch
    """
    steps = values.shape[1]
    everything = Window(values.nan_to_num(), ~values.isnan())
    past = torch.arange(steps) < steps - forecast_lengths[:, None]  # (series, steps)
    known = scale_window(Window(everything.values, everything.observed & past), config)
    scaled = known._replace(
        values=scale_values(everything, known.loc, known.scale, config),
        observed=everything.observed,
    )
    inputs = scaled._replace(values=scaled.values[:, :-1], observed=scaled.observed[:, :-1])
    num_tokens = steps - config.max_lag - 1
    padding = padding_tokens(inputs.observed, num_tokens)
    has_past = (everything.observed & past).any(1, keepdim=True)
    counts = scaled.observed[:, -num_tokens:] & ~padding & has_past
    return Batch(
        tokens=tokens(inputs, calendar, config),
        padding=padding,
        targets=scaled.values[:, -num_tokens:],
        weights=counts * torch.where(past[:, -num_tokens:], context_weight, 1.0),
    )


def loss_of(model: LagLlama, batch: Batch) -> Tensor:
    """Return the weighted mean negative log-likelihood of the targets, in nats (a scalar)."""
    padding = batch.padding if model.config.mask_padding else None
    distribution = model(batch.tokens, padding=padding)
    losses = negative_log_likelihood(distribution, batch.targets)
    return (losses * batch.weights).sum() / batch.weights.sum().clamp_min(1.0)


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
