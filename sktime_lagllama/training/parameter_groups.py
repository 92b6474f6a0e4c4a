"""Which parameters are optimised with weight decay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch import nn


def parameter_groups(parameters: Iterable[nn.Parameter]) -> list[dict[str, Any]]:
    """Group parameters for an optimizer: weight decay is for matrices, not for norms and biases.

    Parameters
    ----------
    parameters : iterable of nn.Parameter

    Returns
    -------
    list of two dict
        In the form that ``torch.optim`` takes: the matrices, then the vectors.
    """
    parameters = list(parameters)
    return [
        {"params": [parameter for parameter in parameters if parameter.dim() > 1]},
        {
            "params": [parameter for parameter in parameters if parameter.dim() <= 1],
            "weight_decay": 0.0,
        },
    ]
