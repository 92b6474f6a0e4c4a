"""Augmented windows keep their gaps, their mean and their unit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from sktime_lagllama.fine_tuning.augmentation import (
    choose_augmentation,
    mask_frequencies,
    mix_frequencies,
)
from sktime_lagllama.fine_tuning.settings import AugmentationName

BOTH = pytest.mark.parametrize("augment", [mask_frequencies, mix_frequencies])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def random_windows(windows: int = 6, steps: int = 31, missing: float = 0.0) -> Tensor:
    values = 50 + 3 * torch.randn(windows, steps, generator=seeded(1), dtype=torch.float64)
    values[torch.rand(windows, steps, generator=seeded(2)) < missing] = torch.nan
    return values


@BOTH
@pytest.mark.parametrize("steps", [1, 2, 30, 31])
def test_shape_precision_and_gaps_stay(augment: Callable[..., Tensor], steps: int) -> None:
    values = random_windows(steps=steps, missing=0.3)
    result = augment(values, seeded())
    assert result.shape == values.shape
    assert result.dtype == torch.float64
    assert result.isnan().equal(values.isnan())


@BOTH
def test_windows_without_gaps_keep_their_mean(augment: Callable[..., Tensor]) -> None:
    values = random_windows()
    result = augment(values, seeded())
    assert (abs(result - values) > 0.1).any(dim=1).all()
    torch.testing.assert_close(result.mean(1), values.mean(1))


@BOTH
def test_no_frequency_touched_is_no_change(augment: Callable[..., Tensor]) -> None:
    values = random_windows(missing=0.3)
    torch.testing.assert_close(augment(values, seeded(), rate=0.0), values, equal_nan=True)


@BOTH
def test_windows_without_deviation_stay(augment: Callable[..., Tensor]) -> None:
    values = torch.full((3, 12), 7.5, dtype=torch.float64)
    values[1] = torch.nan
    values[2, 1:] = torch.nan
    torch.testing.assert_close(augment(values, seeded()), values, equal_nan=True)


@BOTH
def test_same_seed_same_windows(augment: Callable[..., Tensor]) -> None:
    values = random_windows()
    assert augment(values, seeded(3)).equal(augment(values, seeded(3)))
    assert not augment(values, seeded(3)).equal(augment(values, seeded(4)))


@BOTH
@given(
    seed=st.integers(0, 100),
    factor=st.floats(0.01, 100) | st.floats(-100, -0.01),
    shift=st.floats(-1e3, 1e3),
)
def test_augmentation_follows_the_unit_of_the_series(
    augment: Callable[..., Tensor], seed: int, factor: float, shift: float
) -> None:
    values = random_windows(missing=0.2)
    # Mixing takes the other window in units of its deviation, which has no sign.
    factor = factor if augment is mask_frequencies else abs(factor)
    torch.testing.assert_close(
        augment(factor * values + shift, seeded(seed)),
        factor * augment(values, seeded(seed)) + shift,
        equal_nan=True,
        rtol=1e-7,
        atol=1e-6,
    )


def test_masking_removes_half_of_the_frequencies_and_leaves_the_others() -> None:
    values = random_windows(windows=20, steps=200)
    before = torch.fft.rfft(values - values.mean(1, keepdim=True))[:, 1:]
    result = mask_frequencies(values, seeded())
    after = torch.fft.rfft(result - result.mean(1, keepdim=True))[:, 1:]
    removed = after.abs() < 1e-9
    assert 0.45 < removed.double().mean() < 0.55
    torch.testing.assert_close(after[~removed], before[~removed])


def test_masking_all_frequencies_leaves_the_mean() -> None:
    values = random_windows()
    result = mask_frequencies(values, seeded(), rate=1.0)
    torch.testing.assert_close(result, values.mean(1, keepdim=True).expand_as(values))


def test_mixing_all_frequencies_shows_the_other_window_in_units_of_this_one() -> None:
    values = random_windows(windows=2, steps=40) * torch.tensor([[1.0], [100.0]])
    # A permutation that exchanges the two.
    seed = next(s for s in range(100) if torch.randperm(2, generator=seeded(s))[0] == 1)
    result = mix_frequencies(values, seeded(seed), rate=1.0)
    mean, deviation = values.mean(1, keepdim=True), values.std(1, correction=0, keepdim=True)
    expected = mean + deviation * ((values - mean) / deviation).flip(0)
    torch.testing.assert_close(result, expected)


def test_mixing_takes_a_quarter_of_the_frequencies() -> None:
    values = random_windows(windows=40, steps=200)
    spectrum, after = (
        torch.fft.rfft(v)[:, 1:] for v in (values, mix_frequencies(values, seeded()))
    )
    changed = (after - spectrum).abs() > 1e-6
    assert 0.2 < changed.double().mean() < 0.3


def names_of_choices(name: AugmentationName | None, size: int) -> list[str]:
    """Return what is chosen for each of several batches, read off what it does to a window."""
    values = random_windows()
    results = {
        "none": values,
        "mask": mask_frequencies(values, seeded()),
        "mix": mix_frequencies(values, seeded()),
    }
    rng = np.random.default_rng(0)
    names: list[str] = []
    for _ in range(size):
        augmentation = choose_augmentation(name, rng, seeded())
        result = values if augmentation is None else augmentation(values)
        names.extend(way for way, expected in results.items() if result.equal(expected))
    assert len(names) == size
    return names


def test_every_other_batch_is_augmented() -> None:
    names = names_of_choices("both", 1000)
    assert 450 < names.count("none") < 550
    assert names.count("mask") == pytest.approx(names.count("mix"), rel=0.3)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (None, {"none"}),
        ("frequency_mask", {"none", "mask"}),
        ("frequency_mix", {"none", "mix"}),
    ],
)
def test_batches_are_augmented_in_the_way_that_is_named(
    name: AugmentationName | None, expected: set[str]
) -> None:
    assert set(names_of_choices(name, 50)) == expected
