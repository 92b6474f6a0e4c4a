"""The autoregressive head: a shift-equivariant autoregression on the lags of a token.

It is an extension of this package; the published model does not have it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.features import Lags

UNOBSERVED_LOGIT = -1e4
"""Added to the logit of an unobserved lag: its softmax weight is then 0 if any lag is observed."""


def num_coefficients(config: LagLlamaConfig) -> int:
    """Return how many numbers per token ``autoregression`` needs.

    Parameters
    ----------
    config : LagLlamaConfig

    Returns
    -------
    int
        Three logits per lag, and one number for the gain.
    """
    return 3 * len(config.lags) + 1


def autoregression(raw: Tensor, lags: Lags) -> Tensor:
    """Return ``sum_k (p_k + g (q_k - r_k)) lag_k``, a shift-equivariant autoregression.

    ``p``, ``q`` and ``r`` are softmax weights over the observed lags. The gain ``g`` lies between
    -1 and 1. The coefficients therefore sum to 1, and their absolute values to at most 3. A
    seasonal random walk, ``x[t - 1] + x[t - 12] - x[t - 13]``, is one of these autoregressions.

    Parameters
    ----------
    raw : float32 Tensor of shape (..., 3 * lags + 1)
        Logits of p, q and r, and the inverse hyperbolic tangent of g.
    lags : Lags of shape (..., lags)
        In scaled units.

    Returns
    -------
    float32 Tensor of shape (...)
        In scaled units.
    """
    logits = raw[..., :-1].unflatten(-1, (3, -1)) + UNOBSERVED_LOGIT * (
        1 - lags.observed[..., None, :]
    )
    level, added, subtracted = (logits.softmax(-1) @ lags.values[..., None]).squeeze(-1).unbind(-1)
    return level + torch.tanh(raw[..., -1]) * (added - subtracted)
