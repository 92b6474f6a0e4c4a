"""Which parameters have weight decay, and how the learning rate changes during a training."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from torch import nn

Schedule = Literal["cosine", "linear", "constant"]


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


def learning_rate_factor(
    position: float, warm_up: float, end: float, schedule: Schedule = "cosine"
) -> float:
    """Return the share of the peak learning rate: a linear warm-up from 0, then the schedule.

    Parameters
    ----------
    position : float
        Where the training is, from 0 to ``end``, in any unit (steps, seconds, share of a budget).
    warm_up : float
        Position at which the peak is reached, in the same unit; less than ``end``.
    end : float
        Position at which "cosine" (Loshchilov and Hutter, arXiv 1608.03983) and "linear" are 0.
    schedule : {"cosine", "linear", "constant"}, default="cosine"

    Returns
    -------
    float
        Between 0 and 1.
    """
    if position < warm_up:
        return position / warm_up
    progress = (position - warm_up) / (end - warm_up)
    if schedule == "constant":
        return 1.0
    if schedule == "linear":
        return 1.0 - progress
    return 0.5 * (1.0 + math.cos(math.pi * progress))
