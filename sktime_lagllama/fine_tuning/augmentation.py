"""Augmentation of windows in the frequency domain (Chen et al., FrAug, arXiv 2302.09292).

Missing values enter the Fourier transform as the mean of their window, and stay missing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor

from sktime_lagllama.fine_tuning.settings import AugmentationName

MASK_RATE = 0.5
MIX_RATE = 0.25

Augmentation = Callable[[Tensor], Tensor]
"""Changes values of shape (windows, steps), NaN where missing."""


def choose_augmentation(
    name: AugmentationName | None, rng: np.random.Generator, generator: torch.Generator
) -> Augmentation | None:
    """Choose at random how a batch is augmented.

    Parameters
    ----------
    name : {"frequency_mask", "frequency_mix", "both"} or None
        None: no batch is augmented.
    rng : np.random.Generator
        Makes the choice.
    generator : torch.Generator
        Used by the augmentation. On the CPU.

    Returns
    -------
    callable or None
        None for half of the batches. "both": each of the two for half of the others.
    """
    if name is None or rng.random() < 0.5:
        return None
    if name == "both":
        name = "frequency_mask" if rng.random() < 0.5 else "frequency_mix"
    augment = mask_frequencies if name == "frequency_mask" else mix_frequencies
    return partial(augment, generator=generator)


def mask_frequencies(values: Tensor, generator: torch.Generator, rate: float = MASK_RATE) -> Tensor:
    """Remove a random share of each window's frequencies.

    Parameters
    ----------
    values : float64 Tensor of shape (windows, steps)
        NaN where missing.
    generator : torch.Generator
        On the CPU.
    rate : float, default=0.5
        Chance that a frequency is removed; the mean stays.

    Returns
    -------
    float64 Tensor of shape (windows, steps)
    """
    spectrum, mean, deviation = _standardised_spectrum(values)
    mask = torch.rand(spectrum.shape, generator=generator) >= rate
    return _inverse(spectrum * mask, mean, deviation, values)


def mix_frequencies(values: Tensor, generator: torch.Generator, rate: float = MIX_RATE) -> Tensor:
    """Take a random share of each window's frequencies from another window of the batch.

    Parameters
    ----------
    values : float64 Tensor of shape (windows, steps)
        NaN where missing.
    generator : torch.Generator
        On the CPU.
    rate : float, default=0.25
        Chance that a frequency is taken from the other window. Windows are standardised before, so
        that the other window's level and deviation do not matter.

    Returns
    -------
    float64 Tensor of shape (windows, steps)
    """
    spectrum, mean, deviation = _standardised_spectrum(values)
    other_spectrum = spectrum[torch.randperm(len(values), generator=generator)]
    mask = torch.rand(spectrum.shape, generator=generator) < rate
    return _inverse(torch.where(mask, other_spectrum, spectrum), mean, deviation, values)


def _standardised_spectrum(values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the Fourier transform of standardised windows, their means and standard deviations.

    Windows are of shape (windows, steps), spectra of shape (windows, steps // 2 + 1), means and
    standard deviations of shape (windows, 1).
    """
    observed = ~values.isnan()
    count = observed.sum(1, keepdim=True).clamp_min(1)
    mean = values.nan_to_num().sum(1, keepdim=True) / count
    differences = torch.where(observed, values - mean, 0.0)
    deviation = (differences.square().sum(1, keepdim=True) / count).sqrt()
    deviation = torch.where(deviation > 0, deviation, 1.0)
    return torch.fft.rfft(differences / deviation, dim=1), mean, deviation


def _inverse(spectrum: Tensor, mean: Tensor, deviation: Tensor, values: Tensor) -> Tensor:
    """Undo ``_standardised_spectrum``; values that were missing are missing again."""
    standardised = torch.fft.irfft(spectrum, n=values.shape[1], dim=1)
    return torch.where(values.isnan(), torch.nan, mean + deviation * standardised)
