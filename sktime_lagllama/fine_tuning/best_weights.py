"""The weights that are kept when training ends."""

from __future__ import annotations

import math

import numpy as np
from torch import Tensor

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.network.lag_llama import LagLlama


class BestWeights:
    """A copy of the weights that a training has found to be the best so far.

    Parameters
    ----------
    model : LagLlama
        Its present weights are the best until others are kept.

    Attributes
    ----------
    step : int
        Number of optimisation steps that led to the best weights.
    loss : float
        Their validation loss, in nats per value; infinity until weights are kept.
    gains : float64 array of shape (independent gains,)
        By how much their losses on held-out values are lower than those of the first weights;
        empty until others are kept.
    """

    def __init__(self, model: LagLlama) -> None:
        self.step = 0
        self.loss = math.inf
        self.gains: Float64Array = np.empty(0)
        self._state = _copy_of_weights(model)

    def keep(self, model: LagLlama, step: int, loss: float, gains: Float64Array) -> None:
        """Copy the present weights of a network.

        Parameters
        ----------
        model : LagLlama
        step : int
            Number of optimisation steps so far.
        loss : float
            Validation loss, in nats per value.
        gains : float64 array of shape (independent gains,)
            By how much losses on held-out values are lower than those of the first weights.
        """
        self._state = _copy_of_weights(model)
        self.step = step
        self.loss = loss
        self.gains = gains

    def restore(self, model: LagLlama) -> None:
        """Load the best weights.

        Parameters
        ----------
        model : LagLlama
            Its weights are overwritten.
        """
        model.load_state_dict(self._state)


def _copy_of_weights(model: LagLlama) -> dict[str, Tensor]:
    """Return copies of all tensors of a network, by name."""
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
