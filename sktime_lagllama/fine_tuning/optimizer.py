"""An optimisation step of fine-tuning."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from sktime_lagllama.fine_tuning.trainable import trainable_parameters
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.training.batches import Batch, loss_of
from sktime_lagllama.training.parameter_groups import parameter_groups


def make_optimizer(model: LagLlama, weight_decay: float) -> torch.optim.AdamW:
    """Return an optimizer of a network's trainable parameters.

    Parameters
    ----------
    model : LagLlama
    weight_decay : float
        Of the matrices.

    Returns
    -------
    torch.optim.AdamW
        Its learning rate is set by ``update_weights``.
    """
    return torch.optim.AdamW(
        parameter_groups(trainable_parameters(model)),
        weight_decay=weight_decay,
        fused=True,  # passes once over the memory of all weights instead of ten times
    )


def update_weights(
    model: LagLlama,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    learning_rate: float,
    gradient_clip: float | None,
) -> Tensor:
    """Take one optimisation step, unless the gradient is not finite.

    Parameters
    ----------
    model : LagLlama
        Its trainable parameters are changed.
    optimizer : torch.optim.Optimizer
        Of these parameters.
    batch : Batch
        On the device of the network.
    learning_rate : float
    gradient_clip : float or None
        Largest norm of the gradient. None: no limit.

    Returns
    -------
    Tensor (scalar)
        Loss before the step, in nats per value.
    """
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
    optimizer.zero_grad(set_to_none=True)
    loss = loss_of(model, batch)
    loss.backward()
    max_norm = math.inf if gradient_clip is None else gradient_clip
    norm = nn.utils.clip_grad_norm_(trainable_parameters(model), max_norm)
    if torch.isfinite(norm):
        optimizer.step()
    return loss.detach()
