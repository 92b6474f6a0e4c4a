"""How the learning rate changes along a training."""

from __future__ import annotations

import math
from typing import Literal

Schedule = Literal["cosine", "linear", "constant", "cooldown"]


def learning_rate_factor(
    position: float,
    warm_up: float,
    end: float,
    schedule: Schedule = "cosine",
    cooldown: float = 0.2,
) -> float:
    """Return the share of the peak learning rate: a linear warm-up from 0, then the schedule.

    Parameters
    ----------
    position : float
        Where the training is, from 0 to ``end``, in any unit (steps, seconds, share of a budget).
    warm_up : float
        Position at which the peak is reached, in the same unit; less than ``end``.
    end : float
        Position at which all but "constant" are 0.
    schedule : {"cosine", "linear", "constant", "cooldown"}, default="cosine"
        "cosine" is Loshchilov and Hutter's (arXiv 1608.03983). "cooldown" is constant, and falls as
        one minus a square root at the end (Hägele et al., arXiv 2405.18392): up to there a training
        does not depend on its length, so that one run can be cooled down at several lengths.
    cooldown : float, default=0.2
        Share of the positions from the warm-up to the end over which "cooldown" falls.

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
    if schedule == "cooldown":
        return 1.0 - math.sqrt(max(0.0, (progress - (1.0 - cooldown)) / cooldown))
    return 0.5 * (1.0 + math.cos(math.pi * progress))
