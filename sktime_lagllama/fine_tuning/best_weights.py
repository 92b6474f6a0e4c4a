"""The weights that are kept when training ends."""

from __future__ import annotations

import math

from torch import Tensor

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
    surest_gain : float
        By how much their validation loss is surely lower than that of the first weights.
    """

    def __init__(self, model: LagLlama) -> None:
        self.step = 0
        self.loss = math.inf
        self.surest_gain = 0.0
        self._state = _copy_of_weights(model)

    def keep(self, model: LagLlama, step: int, loss: float, surest_gain: float = 0.0) -> None:
        """Copy the present weights of a network.

        Parameters
        ----------
        model : LagLlama
        step : int
            Number of optimisation steps so far.
        loss : float
            Validation loss, in nats per value.
        surest_gain : float, default=0.0
            By how much it is surely lower than that of the first weights.
        """
        self._state = _copy_of_weights(model)
        self.step = step
        self.loss = loss
        self.surest_gain = surest_gain

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
