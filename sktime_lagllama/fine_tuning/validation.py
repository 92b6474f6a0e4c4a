"""The loss of a network on batches that it is not trained on at the moment."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.fine_tuning.evidence import independent_gains
from sktime_lagllama.fine_tuning.windows import TrainingWindows
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.training.batches import Batch, loss_of, losses_of

MAX_VALIDATION_WINDOWS = 128


@dataclass(frozen=True)
class HeldOutLosses:
    """The losses of a network on held-out windows.

    Attributes
    ----------
    losses : float64 array of shape (windows,)
        Weighted mean over the targets of each window, in nats per value; NaN without any.
    weights : float64 array of shape (windows,)
        Sum of the weights of each window's targets.
    """

    losses: Float64Array
    weights: Float64Array

    @property
    def mean(self) -> float:
        """Mean over all targets, which count as much as their weights say; NaN without any."""
        counts = self.weights > 0
        if not counts.any():
            return math.nan
        return float(np.average(self.losses[counts], weights=self.weights[counts]))


class Validation:
    """The loss of networks on windows around held-out cutoffs, at all resolutions.

    Parameters
    ----------
    windows : TrainingWindows
    device : torch.device
        Of the networks.
    max_windows : int, default=128
        Largest number of windows; they are spread evenly over all held-out cutoffs.
    """

    def __init__(
        self,
        windows: TrainingWindows,
        device: torch.device,
        max_windows: int = MAX_VALIDATION_WINDOWS,
    ) -> None:
        series, cutoffs = windows.held_out_pairs(max_windows)
        blocks = windows.held_out_blocks(series, cutoffs)
        self._series, self._blocks = (
            np.tile(x, len(windows.resolutions)) for x in (series, blocks)
        )
        self._batches = [b.to(device) for b in windows.held_out_batches(series, cutoffs)]

    @property
    def is_possible(self) -> bool:
        """Whether there is a value to validate on."""
        return any(bool(batch.weights.any()) for batch in self._batches)

    def losses(self, model: LagLlama) -> HeldOutLosses:
        """Compute the loss on each window.

        Parameters
        ----------
        model : LagLlama

        Returns
        -------
        HeldOutLosses
        """
        losses, weights = [np.empty(0)], [np.empty(0)]
        with torch.no_grad():
            for batch in self._batches:
                counts = batch.weights > 0
                # Not only a product: the loss at a missing target may be infinite.
                weighted = torch.where(counts, losses_of(model, batch) * batch.weights, 0.0)
                total_weights = batch.weights.double().sum(1)
                losses.append((weighted.double().sum(1) / total_weights).cpu().numpy())
                weights.append(total_weights.cpu().numpy())
        return HeldOutLosses(np.concatenate(losses), np.concatenate(weights))

    def gains(self, before: HeldOutLosses, after: HeldOutLosses) -> Float64Array:
        """Return by how much losses have fallen, averaged over windows of the same values.

        Parameters
        ----------
        before, after : HeldOutLosses

        Returns
        -------
        float64 array of shape (independent gains,)
            In nats per value.
        """
        return independent_gains(before.losses - after.losses, self._series, self._blocks)


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
