"""Networks of the sizes of Chronos-Bolt."""

from __future__ import annotations

import pytest
import torch

from benchmarks.speed.chronos_bolt import SIZES, random_pipeline


@pytest.mark.slow
@pytest.mark.parametrize(("name", "megabytes"), [("tiny", 34.6), ("small", 190.9)])
def test_a_network_is_as_large_as_the_published_file(name: str, megabytes: float) -> None:
    pytest.importorskip("chronos")
    pipeline = random_pipeline(SIZES[name])
    num_bytes = sum(parameter.nbytes for parameter in pipeline.model.parameters())
    assert num_bytes / 1e6 == pytest.approx(megabytes, abs=0.1)
    quantiles, _ = pipeline.predict_quantiles(torch.randn(2, 144), 12, quantile_levels=[0.1, 0.9])
    assert quantiles.shape == (2, 12, 2)
    assert quantiles.isfinite().all()
