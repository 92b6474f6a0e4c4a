"""Augmentation in the frequency domain (Chen et al., FrAug, arXiv 2302.09292), as the paper has it.

Windows keep their missing values: a gap enters the transform as the mean, and is a gap again after.
"""

from __future__ import annotations

import torch
from torch import Tensor

MASK_RATE = 0.5
MIX_RATE = 0.25


def mask_frequencies(values: Tensor, generator: torch.Generator, rate: float = MASK_RATE) -> Tensor:
    """Remove a random share of each window's frequencies.

    Parameters
    ----------
    values : float64 Tensor of shape (windows, steps)
        NaN where missing.
    generator : torch.Generator
        On the CPU.
    rate : float, default=0.5
        Chance of a frequency to be removed; the mean stays.

    Returns
    -------
    float64 Tensor of shape (windows, steps)
    """
    spectrum, mean, deviation = _spectrum(values)
    kept = torch.rand(spectrum.shape, generator=generator) >= rate
    return _restored(spectrum * kept, mean, deviation, values)


def mix_frequencies(values: Tensor, generator: torch.Generator, rate: float = MIX_RATE) -> Tensor:
    """Take a random share of each window's frequencies from another window of the batch.

    Parameters
    ----------
    values : float64 Tensor of shape (windows, steps)
        NaN where missing.
    generator : torch.Generator
        On the CPU.
    rate : float, default=0.25
        Chance of a frequency to be taken from the other window, in units of its deviation.

    Returns
    -------
    float64 Tensor of shape (windows, steps)
    """
    spectrum, mean, deviation = _spectrum(values)
    other = spectrum[torch.randperm(len(values), generator=generator)]
    taken = torch.rand(spectrum.shape, generator=generator) < rate
    return _restored(torch.where(taken, other, spectrum), mean, deviation, values)


def _spectrum(values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the spectrum of the standardised windows, and what undoes the standardisation."""
    observed = ~values.isnan()
    count = observed.sum(1, keepdim=True).clamp_min(1)
    mean = values.nan_to_num().sum(1, keepdim=True) / count
    deviations = torch.where(observed, values - mean, 0.0)
    deviation = (deviations.square().sum(1, keepdim=True) / count).sqrt()
    deviation = torch.where(deviation > 0, deviation, 1.0)
    return torch.fft.rfft(deviations / deviation, dim=1), mean, deviation


def _restored(spectrum: Tensor, mean: Tensor, deviation: Tensor, values: Tensor) -> Tensor:
    steps = values.shape[1]
    restored = mean + deviation * torch.fft.irfft(spectrum, n=steps, dim=1)
    return torch.where(values.isnan(), torch.nan, restored)
