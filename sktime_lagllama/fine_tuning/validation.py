"""The loss of a network on batches that it is not trained on at the moment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.training.batches import Batch, loss_of


def mean_loss(model: LagLlama, batches: Sequence[Batch]) -> float:
    """Return the mean loss over the targets of all batches.

    Parameters
    ----------
    model : LagLlama
    batches : sequence of Batch
        On the device of the network; at least one target has a weight above 0.

    Returns
    -------
    float
        In nats per value; targets count as much as their weights say.
    """
    with torch.no_grad():
        total_weights = [float(batch.weights.sum()) for batch in batches]
        losses = [float(loss_of(model, batch)) for batch in batches]
    return float(np.average(losses, weights=total_weights))


def loss_is_finite(model: LagLlama, batch: Batch) -> bool:
    """Tell whether the loss on one batch is finite.

    Parameters
    ----------
    model : LagLlama
    batch : Batch
        On the device of the network.

    Returns
    -------
    bool
    """
    with torch.no_grad():
        return bool(torch.isfinite(loss_of(model, batch)))
