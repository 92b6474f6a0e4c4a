"""Rotary positions are relative, and longer contexts than trained are scaled as documented."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sktime_lagllama.network.config import LagLlamaConfig, RopeScaling
from sktime_lagllama.network.rotary import rotary_angles, rotate


def test_the_product_of_rotated_vectors_depends_on_the_distance_only() -> None:
    generator = torch.Generator().manual_seed(0)
    query, key = torch.randn(2, 16, generator=generator, dtype=torch.float64)
    angles = rotary_angles(LagLlamaConfig(), 60, dtype=torch.float64)
    queries, keys = (rotate(vector.expand(60, 16), angles) for vector in (query, key))
    products = queries @ keys.T
    for distance in (-7, 0, 1, 30):
        diagonal = products.diagonal(distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal))
    assert not torch.allclose(products[0], products[0, :1].expand(60))
    torch.testing.assert_close(queries.norm(dim=1), query.norm().expand(60))


def test_rotation_is_the_half_rotation_by_powers_of_the_base() -> None:
    angles = rotary_angles(LagLlamaConfig(), 5, dtype=torch.float64)
    vector = np.arange(1.0, 17.0)
    found = rotate(torch.from_numpy(vector).expand(5, 16), angles)
    for position in range(5):
        for pair in range(8):
            angle = position * 10000.0 ** (-2 * pair / 16)
            turned = (vector[pair] + 1j * vector[pair + 8]) * np.exp(1j * angle)
            assert found[position, pair].item() == pytest.approx(turned.real)
            assert found[position, pair + 8].item() == pytest.approx(turned.imag)


@pytest.mark.parametrize("num_positions", [10, 32, 33, 96, 102])
def test_linear_scaling_divides_positions_by_how_much_longer_they_are(num_positions: int) -> None:
    config = LagLlamaConfig()
    found = rotary_angles(config, num_positions, "linear", dtype=torch.float64)
    factor = max(1.0, num_positions / 32)
    frequencies = 10000.0 ** (-np.arange(0, 16, 2) / 16)
    expected = np.outer(np.arange(num_positions) / factor, frequencies)
    np.testing.assert_allclose(found.cos, np.tile(np.cos(expected), 2), atol=1e-12)
    np.testing.assert_allclose(found.sin, np.tile(np.sin(expected), 2), atol=1e-12)


@pytest.mark.parametrize("num_positions", [10, 32, 33, 96])
def test_dynamic_scaling_keeps_the_highest_frequency_and_slows_the_lowest(
    num_positions: int,
) -> None:
    found = rotary_angles(LagLlamaConfig(), num_positions, "dynamic", dtype=torch.float64)
    factor = max(1.0, num_positions / 32)
    lowest = 10000.0 ** (-14 / 16)
    positions = np.arange(num_positions)
    np.testing.assert_allclose(found.sin[:, 0], np.sin(positions), atol=1e-12)
    np.testing.assert_allclose(found.sin[:, 7], np.sin(positions * lowest / factor), atol=1e-12)


@pytest.mark.parametrize("rope_scaling", ["linear", "dynamic"])
def test_scaling_changes_nothing_within_the_trained_context(rope_scaling: RopeScaling) -> None:
    plain, scaled = (rotary_angles(LagLlamaConfig(), 32, choice) for choice in (None, rope_scaling))
    assert scaled.cos.equal(plain.cos)
    assert scaled.sin.equal(plain.sin)
