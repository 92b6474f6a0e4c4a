"""How many optimisation steps a training has, and the learning rate of each."""

from __future__ import annotations

import math

from sktime_lagllama.fine_tuning.settings import FineTuning
from sktime_lagllama.training.optimisation import learning_rate_factor


def number_of_steps(settings: FineTuning, num_pairs: int) -> int:
    """Return the number of optimisation steps.

    Parameters
    ----------
    settings : FineTuning
    num_pairs : int
        Pairs of a series and a cutoff; an epoch draws this many windows.

    Returns
    -------
    int
        The smaller of both limits of the settings, and at least 1.
    """
    limits = []
    if settings.max_steps is not None:
        limits.append(int(settings.max_steps))
    if settings.max_epochs is not None:
        limits.append(math.ceil(settings.max_epochs * num_pairs / settings.batch_size))
    return max(1, min(limits))


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
