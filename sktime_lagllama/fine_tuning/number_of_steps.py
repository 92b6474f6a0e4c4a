"""How many optimisation steps a training has."""

from __future__ import annotations

import math

from sktime_lagllama.fine_tuning.settings import FineTuning


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
