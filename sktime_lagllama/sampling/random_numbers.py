"""Uniform numbers that depend on their place alone, and Student-t draws from them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from sktime_lagllama.network.student_t import StudentT

UNIFORMS_PER_DRAW = 2
_PHILOX_BLOCK = 4


def uniforms(seed: int, step: int, start: int, count: int) -> np.ndarray:
    """Return uniform numbers that depend on nothing but the seed and their place.

    Philox is counter-based: any stretch of its stream can be had without what comes before, so that
    paths do not depend on how they are batched, nor on how far ahead the horizon reaches.

    Parameters
    ----------
    seed : int
    step : int
        Step ahead, from 0; each has a stream of its own.
    start : int
        First path, counted through all series.
    count : int
        Number of paths.

    Returns
    -------
    float64 array of shape (count, 2), in [0, 1)
    """
    first = start * UNIFORMS_PER_DRAW
    skipped = first % _PHILOX_BLOCK
    bits = np.random.Philox(np.random.SeedSequence((seed, step)))
    bits.advance(first // _PHILOX_BLOCK)
    stream = np.random.Generator(bits).random(skipped + count * UNIFORMS_PER_DRAW)
    return stream[skipped:].reshape(count, UNIFORMS_PER_DRAW)


def draw(distribution: StudentT, noise: Tensor) -> Tensor:
    """Draw from Student-t distributions by Bailey's polar method (1994, Math. Comp. 62, 779-781).

    ``sqrt(df * (u ** (-2 / df) - 1)) * cos(2 * pi * v)`` for uniform u and v has that distribution:
    no rejection, so that every draw takes two uniforms, on any device.

    Parameters
    ----------
    distribution : StudentT of shape (series, samples) or (series, 1)
    noise : Tensor of shape (series, samples, 2)
        ``log(u)`` and ``cos(2 * pi * v)``.

    Returns
    -------
    Tensor of shape (series, samples)
    """
    log_u, cosine = noise.unbind(-1)
    # expm1 keeps the digits that u ** (-2 / df) - 1 loses for u near 1.
    radius = (distribution.df * torch.expm1(-2.0 / distribution.df * log_u)).sqrt()
    return distribution.loc + distribution.scale * radius * cosine


def noise_of(
    seed: int, horizon: int, first: int, shape: tuple[int, int], device: torch.device
) -> Tensor:
    """Return what ``draw`` takes, for all steps of consecutive paths.

    Parameters
    ----------
    seed : int
    horizon : int
        Steps ahead.
    first : int
        Number of the first path, counted through all series.
    shape : tuple of int
        Series and samples.
    device : torch.device

    Returns
    -------
    float32 Tensor of shape (horizon, series, samples, 2)
        ``log(u)`` and ``cos(2 * pi * v)``.
    """
    count = shape[0] * shape[1]
    numbers = np.stack([uniforms(seed, step, first, count) for step in range(horizon)])
    numbers[..., 0] = np.log1p(-numbers[..., 0])  # 1 - u is never 0
    numbers[..., 1] = np.cos(2 * np.pi * numbers[..., 1])
    noise = torch.from_numpy(numbers.astype(np.float32)).to(device)
    return noise.view(horizon, *shape, UNIFORMS_PER_DRAW)
