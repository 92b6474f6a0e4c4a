"""Rotary position embeddings (Su et al., arXiv 2104.09864): angles, and rotation by them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from sktime_lagllama.network.config import LagLlamaConfig, RopeScaling


class Rotary(NamedTuple):
    """Cosines and sines of rotary angles.

    Attributes
    ----------
    cos, sin : Tensor of shape (positions, head_dim)
        Both halves of the last axis are equal.
    """

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
        Gives the base, the width of a head, and the context length of the training.
    num_positions : int
        Context length plus horizon, in tokens.
    rope_scaling : {"linear", "dynamic"}, optional
        How positions are rescaled if there are more of them than in the training, that is, if
        ``factor = num_positions / config.context_length`` is above 1. "linear" divides positions
        by the factor (Chen et al., arXiv 2306.15595). "dynamic" multiplies the base by
        ``factor ** (head_dim / (head_dim - 2))`` (NTK-aware interpolation), which leaves the
        highest frequency as it is. None: positions are not rescaled.
    device : torch.device, optional
        None: the CPU.
    dtype : torch.dtype, default=torch.float32
        Precision of the tables. They are computed in float64.

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
    # The precision is changed before the device, because not every device has float64.
    return Rotary(angles.cos().to(dtype).to(device), angles.sin().to(dtype).to(device))


def rotate(vectors: Tensor, rotary: Rotary) -> Tensor:
    """Rotate vectors by their positions, in the half-rotation form.

    Coordinate ``i`` and its partner ``i + head_dim / 2``, ``(x, y)``, become
    ``(x cos - y sin, y cos + x sin)``.

    Parameters
    ----------
    vectors : Tensor of shape (..., tokens, head_dim)
    rotary : Rotary of shape (tokens, head_dim)

    Returns
    -------
    Tensor of shape (..., tokens, head_dim)
    """
    first, second = vectors.chunk(2, dim=-1)
    # The table is smaller than the vectors, so it is the table that changes its sign.
    minus_sin, sin = (-rotary.sin).chunk(2, dim=-1)[0], rotary.sin.chunk(2, dim=-1)[1]
    swapped = torch.cat((second, first), dim=-1)
    return torch.addcmul(vectors * rotary.cos, swapped, torch.cat((minus_sin, sin), dim=-1))
