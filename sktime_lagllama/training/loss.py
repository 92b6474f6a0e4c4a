"""The loss of the paper: the negative log-likelihood of observed values."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from sktime_lagllama.network.student_t import StudentT


def negative_log_likelihood(distribution: StudentT, targets: Tensor) -> Tensor:
    """Return the negative log-density of each target (Rasul et al., arXiv 2310.08278, section 4.3).

    Parameters
    ----------
    distribution : StudentT of shape (series, tokens)
    targets : Tensor of shape (series, tokens)
        Scaled, as the parameters of the distribution are.

    Returns
    -------
    Tensor of shape (series, tokens)
        In nats.
    """
    df, loc, scale = distribution
    standardised = (targets - loc) / scale
    normaliser = (
        torch.lgamma(0.5 * df) - torch.lgamma(0.5 * (df + 1)) + 0.5 * torch.log(math.pi * df)
    )
    tail = 0.5 * (df + 1) * torch.log1p(standardised.square() / df)
    return normaliser + tail + scale.log()
