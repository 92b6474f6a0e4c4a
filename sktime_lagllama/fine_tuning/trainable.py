"""Which parameters of a network are trained."""

from __future__ import annotations

import copy

import torch
from torch import nn

from sktime_lagllama.fine_tuning.settings import Trainable
from sktime_lagllama.network.lag_llama import LagLlama

NUM_LAST_LAYERS = 2
"""Number of transformer layers that "last_layers" trains."""


def trainable_copy(network: LagLlama, trainable: Trainable = "all") -> LagLlama:
    """Copy a network, in float32 and in training mode.

    Parameters
    ----------
    network : LagLlama
        Not changed.
    trainable : {"all", "last_layers", "head"}, default="all"
        Which parameters of the copy have gradients: all; those of the last two transformer layers,
        the last normalisation and the head; or those of the last normalisation and the head. The
        coefficients of an autoregressive head belong to the head.

    Returns
    -------
    LagLlama
        On the device of the network.
    """
    # Tensors that are made in inference mode cannot be trained.
    with torch.inference_mode(mode=False):
        model = copy.deepcopy(network).float().train().requires_grad_(True)
    if trainable == "all":
        return model
    model.requires_grad_(False)
    parts: list[nn.Module] = [model.final_norm, model.head]
    if model.config.autoregressive_head:
        parts.append(model.coefficients)
    if trainable == "last_layers":
        parts.extend(model.layers[-NUM_LAST_LAYERS:])
    for part in parts:
        part.requires_grad_(True)
    return model


def trainable_parameters(model: LagLlama) -> list[nn.Parameter]:
    """Return the parameters of a network that have gradients.

    Parameters
    ----------
    model : LagLlama

    Returns
    -------
    list of nn.Parameter
        In the order of the network.
    """
    return [parameter for parameter in model.parameters() if parameter.requires_grad]
