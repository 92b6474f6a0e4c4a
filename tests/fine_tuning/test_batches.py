"""The batches of fine-tuning depend on nothing but the seed."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pandas as pd
import pytest
import torch

from sktime_lagllama import FineTuning
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.fine_tuning.batches import training_batches
from sktime_lagllama.fine_tuning.settings import AugmentationName
from sktime_lagllama.fine_tuning.windows import TrainingWindows
from sktime_lagllama.training.batches import Batch
from tests.support.models import SMALL

AUGMENTATIONS: list[AugmentationName | None] = [None, "frequency_mask", "frequency_mix", "both"]


def first_batches(augmentation: AugmentationName | None, seed: int = 0) -> list[Batch]:
    values = np.random.default_rng(0).normal(size=50).cumsum()
    windows = TrainingWindows(to_series_batch(pd.Series(values)), SMALL, 12, 4, 0.2)
    settings = FineTuning(batch_size=5, augmentation=augmentation)
    return list(islice(training_batches(windows, settings, np.random.default_rng(seed)), 4))


def differ(some: list[Batch], others: list[Batch]) -> bool:
    return any(
        not one.targets.equal(other.targets) for one, other in zip(some, others, strict=True)
    )


@pytest.mark.parametrize("augmentation", AUGMENTATIONS)
def test_same_seed_same_batches(augmentation: AugmentationName | None) -> None:
    batches = first_batches(augmentation, seed=1)
    assert {len(batch.targets) for batch in batches} == {5}
    for one, other in zip(batches, first_batches(augmentation, seed=1), strict=True):
        torch.testing.assert_close(vars(one), vars(other), rtol=0, atol=0)
    assert differ(batches, first_batches(augmentation, seed=2))


@pytest.mark.parametrize("augmentation", AUGMENTATIONS[1:])
def test_augmentation_changes_batches(augmentation: AugmentationName) -> None:
    assert differ(first_batches(augmentation), first_batches(None))
