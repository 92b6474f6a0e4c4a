"""Uniform numbers that depend on the seed and their place only, and Student-t draws from them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.network.student_t import StudentT

UNIFORMS_PER_DRAW = 2

_NUMBERS_PER_COUNTER = 4
"""64-bit numbers that Philox makes of each value of its counter."""


def uniforms(seed: int, step: int, start: int, count: int) -> Float64Array:
    """Return the uniform numbers of consecutive paths at one step.

    Philox (Salmon et al., 2011) is counter-based: any part of its stream can be computed without
    the parts before. Paths therefore depend neither on how they are batched nor on the horizon.

    Parameters
    ----------
    seed : int
    step : int
        Step ahead, from 0; each step has a stream of its own.
    start : int
        Number of the first path, counted through all series.
    count : int
        Number of paths.

    Returns
    -------
    float64 array of shape (count, 2)
        In [0, 1).
    """
    first = start * UNIFORMS_PER_DRAW
    skipped = first % _NUMBERS_PER_COUNTER
    bits = np.random.Philox(np.random.SeedSequence((seed, step)))
    bits.advance(first // _NUMBERS_PER_COUNTER)
    stream = np.random.Generator(bits).random(skipped + count * UNIFORMS_PER_DRAW)
    return stream[skipped:].reshape(count, UNIFORMS_PER_DRAW)


def draw_student_t(distribution: StudentT, noise: Tensor) -> Tensor:
    """Draw from Student-t distributions by Bailey's polar method (1994, Math. Comp. 62, 779-781).

    For uniform u and v, ``sqrt(df * (u ** (-2 / df) - 1)) * cos(2 * pi * v)`` follows the standard
    Student-t distribution. Nothing is rejected, so that each draw takes two uniform numbers.

    Parameters
    ----------
    distribution : StudentT of shape (series, samples) or (series, 1)
    noise : float32 Tensor of shape (series, samples, 2)
        ``log(u)`` and ``cos(2 * pi * v)``, as ``student_t_noise`` returns them.

    Returns
    -------
    float32 Tensor of shape (series, samples)
    """
    log_u, cosine = noise.unbind(-1)
    # expm1 keeps the digits that ``u ** (-2 / df) - 1`` loses for u near 1.
    radius = (distribution.df * torch.expm1(-2.0 / distribution.df * log_u)).sqrt()
    return distribution.loc + distribution.scale * radius * cosine


def student_t_noise(
    seed: int, horizon: int, first_path: int, shape: tuple[int, int], device: torch.device
) -> Tensor:
    """Return the random numbers of consecutive paths, as ``draw_student_t`` takes them.

    Parameters
    ----------
    seed : int
    horizon : int
        Steps ahead.
    first_path : int
        Number of the first path, counted through all series.
    shape : tuple of int
        Number of series and of samples per series.
    device : torch.device
        Of the result. The numbers are computed on the CPU, and are the same for all devices.

    Returns
    -------
    float32 Tensor of shape (horizon, series, samples, 2)
        ``log(u)`` and ``cos(2 * pi * v)``.
    """
    count = shape[0] * shape[1]
    numbers = np.stack([uniforms(seed, step, first_path, count) for step in range(horizon)])
    numbers[..., 0] = np.log1p(-numbers[..., 0])  # of 1 - u, which is never 0
    numbers[..., 1] = np.cos(2 * np.pi * numbers[..., 1])
    noise = torch.from_numpy(numbers.astype(np.float32)).to(device)
    return noise.view(horizon, *shape, UNIFORMS_PER_DRAW)
