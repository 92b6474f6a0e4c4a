"""How the learning rate changes along a training."""

from __future__ import annotations

import math
from typing import Literal

Schedule = Literal["cosine", "linear", "constant"]


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


def cooldown_factor(position: float, warm_up: float, end: float, cooldown: float) -> float:
    """Return the share of the peak learning rate: a linear warm-up, the peak, and a fall to 0.

    It falls as one minus a square root (Hägele et al., arXiv 2405.18392). Up to there a training
    does not depend on its length, so that one run can be cooled down at several lengths.

    Parameters
    ----------
    position, warm_up, end : float
        As in ``learning_rate_factor``.
    cooldown : float
        Share of all positions, at their end, over which the rate falls; positive, at most 1. It
        does not fall before the end of the warm-up.

    Returns
    -------
    float
        Between 0 and 1.
    """
    start = max(warm_up, end - cooldown * end)
    if position < start:
        return learning_rate_factor(position, warm_up, end, "constant")
    return 1.0 - math.sqrt((position - start) / (end - start))
