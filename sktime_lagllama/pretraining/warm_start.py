"""Begin a training with the weights of a network that has fewer lags."""

from __future__ import annotations

from dataclasses import fields

import torch
from torch import Tensor

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.lag_llama import LagLlama

FORECAST_FIELDS = ("context_length_below_a_month", "spread_of_weeks", "subseries")
"""Fields of the configuration that change forecasts, but nothing in a training."""

FREE_FIELDS = ("lags", "context_length", "max_context_length", "dispersion", *FORECAST_FIELDS)
"""In which the two configurations may differ."""


def copy_weights(source: LagLlama, target: LagLlama) -> None:
    """Copy the weights of a network into one that has the same lags and others, in place.

    Tokens do not show the lags that the source does not have at first: their weights are zero, and
    each of their logits in the autoregressive head is the smallest bias of the source's logits of
    that kind. Where those lags are unobserved the two networks predict the same.

    Parameters
    ----------
    source : LagLlama
    target : LagLlama
        Overwritten.

    Raises
    ------
    ValueError
        If the configurations differ in more than ``FREE_FIELDS``,
        or if the source has a lag that the target does not have.
    """
    _check_configurations(source.config, target.config)
    places = _places_of_lags(source.config, target.config)
    weights = {name: weight.clone() for name, weight in source.state_dict().items()}
    embedding = target.embedding.weight.new_zeros(target.embedding.weight.shape)
    embedding[:, _columns(source.config, target.config, places)] = weights["embedding.weight"]
    weights["embedding.weight"] = embedding
    if source.config.autoregressive_head:
        for name in ("coefficients.weight", "coefficients.bias"):
            weights[name] = _coefficients(weights[name], places, len(target.config.lags))
    target.load_state_dict(weights)


def _check_configurations(source: LagLlamaConfig, target: LagLlamaConfig) -> None:
    """Raise a ValueError if weights of one network mean nothing in the other."""
    for field in fields(LagLlamaConfig):
        name = field.name
        values = getattr(source, name), getattr(target, name)
        if name not in FREE_FIELDS and values[0] != values[1]:
            raise ValueError(
                f"a training can only begin with weights of a network with the same {name}: it "
                f"has {values[1]!r}, the weights belong to {values[0]!r}"
            )
    if missing := sorted(set(source.lags) - set(target.lags)):
        raise ValueError(f"lags must contain those of the weights, but {missing} are missing")


def _places_of_lags(source: LagLlamaConfig, target: LagLlamaConfig) -> Tensor:
    """Return where the source's lags stand among the target's, shape (lags of the source,)."""
    return torch.tensor([target.lags.index(lag) for lag in source.lags])


def _columns(source: LagLlamaConfig, target: LagLlamaConfig, places: Tensor) -> Tensor:
    """Return where the source's features stand in the target's tokens, shape (features,)."""
    num_old, num_new = len(source.lags), len(target.lags)
    num_others = source.num_features - num_old * (2 if source.observed_features else 1)
    parts = [places, num_new + torch.arange(num_others)]
    if source.observed_features:
        parts.append(num_new + num_others + places)
    return torch.cat(parts)


def _coefficients(weights: Tensor, places: Tensor, num_lags: int) -> Tensor:
    """Return weights or biases of an autoregressive head for more lags.

    Parameters
    ----------
    weights : Tensor of shape (3 * lags of the source + 1, ...)
    places : int64 Tensor of shape (lags of the source,)
    num_lags : int
        Of the target.

    Returns
    -------
    Tensor of shape (3 * num_lags + 1, ...)
    """
    logits = weights[:-1].unflatten(0, (3, -1))
    fill = logits.amin(1, keepdim=True) if logits.dim() == 2 else torch.zeros_like(logits[:, :1])
    wider = fill.expand(3, num_lags, *logits.shape[2:]).clone()
    wider[:, places] = logits
    return torch.cat((wider.flatten(0, 1), weights[-1:]))
