"""The learning rate of each optimisation step."""

from __future__ import annotations

import math

from sktime_lagllama.fine_tuning.settings import FineTuning
from sktime_lagllama.training.learning_rate import learning_rate_factor


def learning_rate(step: int, num_steps: int, settings: FineTuning) -> float:
    """Return the learning rate of an optimisation step.

    Parameters
    ----------
    step : int
        From 1 to ``num_steps``.
    num_steps : int
        Number of steps of the training.
    settings : FineTuning

    Returns
    -------
    float
        Above 0: "cosine" and "linear" would reach 0 one step after the last.
    """
    # At least 1: without a warm-up, the first step has the peak.
    warm_up = max(1, math.ceil(settings.warm_up * num_steps))
    return settings.learning_rate * learning_rate_factor(
        position=step, warm_up=warm_up, end=num_steps + 1, schedule=settings.schedule
    )
