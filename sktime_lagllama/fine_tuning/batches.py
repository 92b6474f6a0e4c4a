"""The batches that fine-tuning learns from."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import torch

from sktime_lagllama.fine_tuning.augmentation import choose_augmentation
from sktime_lagllama.fine_tuning.settings import FineTuning
from sktime_lagllama.fine_tuning.windows import TrainingWindows
from sktime_lagllama.training.batches import Batch


def training_batches(
    windows: TrainingWindows, settings: FineTuning, rng: np.random.Generator
) -> Iterator[Batch]:
    """Draw batches of windows without end, some of them augmented, at all resolutions in turn.

    Parameters
    ----------
    windows : TrainingWindows
        At least one pair of a series and a cutoff.
    settings : FineTuning
        ``batch_size`` and ``augmentation`` are used.
    rng : np.random.Generator

    Yields
    ------
    Batch
        On the CPU.
    """
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    for resolution in itertools.cycle(windows.resolutions):
        augmentation = choose_augmentation(settings.augmentation, rng, generator)
        series, cutoffs = windows.sample_pairs(rng, settings.batch_size)
        yield windows.training_batch(series, cutoffs, augmentation, resolution)
