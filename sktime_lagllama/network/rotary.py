"""Rotary positions: their angles, and vectors that are rotated by them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from sktime_lagllama.network.config import LagLlamaConfig, RopeScaling


class Rotary(NamedTuple):
    """Cosines and sines of rotary angles, each of shape (positions, head_dim)."""

    cos: Tensor
    sin: Tensor


def rotary_angles(
    config: LagLlamaConfig,
    num_positions: int,
    rope_scaling: RopeScaling | None = None,
    device: torch.device | None = None,
    dtype: torch.dtype = torch.float32,
) -> Rotary:
    """Tabulate the rotary angles of positions 0 to ``num_positions - 1``.

    Parameters
    ----------
    config : LagLlamaConfig
        Gives the base, the width of a head, and the context length seen in training.
    num_positions : int
        Context length plus horizon, in tokens.
    rope_scaling : {"linear", "dynamic"}, optional
        What to do with more positions than the checkpoint was trained on, a factor
        ``num_positions / config.context_length`` above 1. "linear" divides positions by that factor
        (Chen et al., arXiv 2306.15595); "dynamic" multiplies the base by
        ``factor ** (head_dim / (head_dim - 2))`` (NTK-aware interpolation: high frequencies stay).
        None extrapolates.
    device, dtype : optional
        Where and in what precision the table is returned; it is computed in float64.

    Returns
    -------
    Rotary
        Tables of shape (num_positions, head_dim).
    """
    head_dim = config.head_dim
    factor = max(1.0, num_positions / config.context_length)
    base = config.rope_base
    positions = torch.arange(num_positions, dtype=torch.float64)
    if rope_scaling == "linear":
        positions = positions / factor
    elif rope_scaling == "dynamic" and head_dim > 2:
        base = base * factor ** (head_dim / (head_dim - 2))
    frequencies = base ** (-torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim)
    angles = torch.outer(positions, frequencies).repeat(1, 2)  # (positions, head_dim)
    # First the precision, then the device: not every device has float64.
    return Rotary(angles.cos().to(dtype).to(device), angles.sin().to(dtype).to(device))


def rotate(vectors: Tensor, rotary: Rotary) -> Tensor:
    """Apply rotary positions in the half-rotation form (Su et al., arXiv 2104.09864).

    Parameters
    ----------
    vectors : Tensor of shape (..., tokens, head_dim)
    rotary : Rotary of shape (tokens, head_dim)

    Returns
    -------
    Tensor of the same shape
    """
    first, second = vectors.chunk(2, dim=-1)
    # The sign of the swapped half goes to the table, which is small.
    minus_sin, sin = (-rotary.sin).chunk(2, dim=-1)[0], rotary.sin.chunk(2, dim=-1)[1]
    swapped = torch.cat((second, first), dim=-1)
    return torch.addcmul(vectors * rotary.cos, swapped, torch.cat((minus_sin, sin), dim=-1))
