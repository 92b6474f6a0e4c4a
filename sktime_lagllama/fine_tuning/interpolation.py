"""Weights between those before and those after fine-tuning.

Such weights keep much of what both ends know (Wortsman et al., arXiv 2109.01903): near the start
there is less to lose, and what is gained falls off more slowly than the way that is gone.
"""

from __future__ import annotations

import torch

from sktime_lagllama.network.lag_llama import LagLlama


def interpolate(model: LagLlama, start: LagLlama, end: LagLlama, share: float) -> None:
    """Set weights to ``(1 - share) * start + share * end``.

    Parameters
    ----------
    model : LagLlama
        Its weights are overwritten.
    start, end : LagLlama
        Networks of the same configuration, which are not changed.
    share : float
        From 0, the start, to 1, the end; both exactly.
    """
    after = end.state_dict()
    mixed = {
        name: torch.lerp(before.to(after[name]), after[name], share)
        for name, before in start.state_dict().items()
    }
    model.load_state_dict(mixed)
