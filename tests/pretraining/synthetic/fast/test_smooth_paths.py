"""Random paths without kinks."""

from __future__ import annotations

import numpy as np
import pytest

from sktime_lagllama.pretraining.synthetic.fast.smooth_paths import smooth_path


@pytest.mark.parametrize("persistence", [0.0, 0.4, 0.85])
def test_paths_have_unit_deviation_and_small_steps(persistence: float) -> None:
    elapsed = np.tile(np.arange(2000, dtype=np.float32), (300, 1))
    path = smooth_path(np.random.default_rng(0), elapsed, 20.0, persistence)
    assert path.dtype == np.float32
    assert path.std() == pytest.approx(1, abs=0.05)
    assert np.abs(np.diff(path, axis=1)).max() < 0.5
    assert np.abs(np.diff(path, n=2, axis=1)).max() < 0.06


def test_every_series_may_have_its_own_distance_of_knots() -> None:
    elapsed = np.tile(np.arange(500, dtype=np.float32), (200, 1))
    distance = np.repeat(np.array([[5.0], [50.0]], dtype=np.float32), 100, axis=0)
    roughness = np.abs(np.diff(smooth_path(np.random.default_rng(0), elapsed, distance), axis=1))
    assert roughness[:100].mean() > 5 * roughness[100:].mean()
