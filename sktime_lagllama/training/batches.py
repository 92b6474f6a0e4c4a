"""Batches of tokens and targets, made from series, and the loss of a network on them."""

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
    """Series to train on, each with its own cutoff.

    Attributes
    ----------
    tokens : float32 Tensor of shape (series, tokens, features)
    padding : bool Tensor of shape (series, tokens)
        True before the first observed value.
    targets : float32 Tensor of shape (series, tokens)
        The value one step after each token, as ``(value - loc) / scale`` of its series.
    weights : float32 Tensor of shape (series, tokens)
        Weight of each target in the loss; 0 where the target is missing, where nothing is observed
        before it, and where the series has no value before its cutoff.
    """

    tokens: Tensor
    padding: Tensor
    targets: Tensor
    weights: Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device.

        Parameters
        ----------
        device : torch.device

        Returns
        -------
        Batch
        """
        return Batch(*(part.to(device) for part in vars(self).values()))


def make_batch(
    values: Tensor,
    calendar: Tensor,
    forecast_lengths: Tensor,
    config: LagLlamaConfig,
    context_weight: float = 1.0,
) -> Batch:
    """Turn series into tokens and targets, scaled by the values up to their cutoffs.

    Parameters
    ----------
    values : float64 Tensor of shape (series, max_lag + tokens + 1)
        In data units, NaN where missing.
    calendar : float32 Tensor of shape (series, tokens, 6)
        Calendar features of the tokens' times.
    forecast_lengths : int64 Tensor of shape (series,)
        Steps after each series' cutoff.
    config : LagLlamaConfig
    context_weight : float, default=1.0
        Weight of the targets up to the cutoff, which the scale is computed from. Targets after the
        cutoff have weight 1.

    Returns
    -------
    Batch
    """
    num_steps = values.shape[1]
    window = Window(values.nan_to_num(), ~values.isnan())
    is_past = torch.arange(num_steps) < num_steps - forecast_lengths[:, None]  # (series, steps)
    past = Window(window.values, window.observed & is_past)
    scaled_past = scale_window(past, config)
    scaled = scaled_past._replace(
        values=scale_values(window, scaled_past.loc, scaled_past.scale, config),
        observed=window.observed,
    )
    inputs = scaled._replace(values=scaled.values[:, :-1], observed=scaled.observed[:, :-1])
    num_tokens = num_steps - config.max_lag - 1
    padding = padding_tokens(inputs.observed, num_tokens)
    has_past = past.observed.any(1, keepdim=True)
    counts = scaled.observed[:, -num_tokens:] & ~padding & has_past
    return Batch(
        tokens=tokens(inputs, calendar, config),
        padding=padding,
        targets=scaled.values[:, -num_tokens:],
        weights=counts * torch.where(is_past[:, -num_tokens:], context_weight, 1.0),
    )


def losses_of(model: LagLlama, batch: Batch) -> Tensor:
    """Return the negative log-likelihood of each target.

    Parameters
    ----------
    model : LagLlama
    batch : Batch
        On the device of the network.

    Returns
    -------
    Tensor of shape (series, tokens)
        In nats; without meaning where a target has no weight.
    """
    padding = batch.padding if model.config.mask_padding else None
    return negative_log_likelihood(model(batch.tokens, padding=padding), batch.targets)


def loss_of(model: LagLlama, batch: Batch) -> Tensor:
    """Return the weighted mean negative log-likelihood of the targets.

    Parameters
    ----------
    model : LagLlama
    batch : Batch
        On the device of the network.

    Returns
    -------
    Tensor (scalar)
        In nats per value; 0 if no target has a weight.
    """
    losses = losses_of(model, batch)
    return (losses * batch.weights).sum() / batch.weights.sum().clamp_min(1.0)
