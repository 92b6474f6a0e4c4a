"""Series -> tokens and targets, scaled by what is before a cutoff."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.features import (
    Window,
    padding_tokens,
    scale_values,
    scale_window,
    tokens,
)
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.training.loss import negative_log_likelihood


@dataclass(frozen=True)
class Batch:
    """Training series, each split at a cutoff of its own.

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
    """Turn series into tokens and targets, scaled by their past as seen from a cutoff.

    Parameters
    ----------
    values : float64 Tensor of shape (series, max_lag + tokens + 1)
        In data units, NaN where missing.
    calendar : float32 Tensor of shape (series, tokens, 6)
        Of the times of the tokens.
    forecast_lengths : int64 Tensor of shape (series,)
        Steps after each series' cutoff; they are scaled by what is before it.
    config : LagLlamaConfig
    context_weight : float, default=1.0
        Weight of the targets up to the cutoff, whose scale has seen them; that of the others is 1.

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
