"""Attention of paths, in products of any number of steps."""

from __future__ import annotations

import pytest

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.sampling import path_attention
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampler import sample_paths
from tests.support.models import (
    BUNDLED_LIKE,
    PUBLISHED_LIKE,
    assert_same_paths,
    inputs_of,
    random_model,
)

HORIZON = 10


@pytest.mark.parametrize("steps_per_product", [0, 2, 3])
@pytest.mark.parametrize("config", [PUBLISHED_LIKE, BUNDLED_LIKE])
def test_paths_do_not_depend_on_how_many_steps_share_a_product(
    config: LagLlamaConfig, steps_per_product: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, calendar = inputs_of(config, HORIZON)
    model, options = random_model(config), SamplingOptions(num_samples=7)
    in_one_product = sample_paths(model, window, calendar, HORIZON, options)
    bytes_per_step = 4 * config.width * len(window.values) * options.num_samples
    monkeypatch.setattr(path_attention, "MAX_PRODUCT_BYTES", steps_per_product * bytes_per_step)
    monkeypatch.setattr(path_attention, "MIN_STEPS_CHUNK", 2)
    found = sample_paths(model, window, calendar, HORIZON, options)
    assert_same_paths(found, in_one_product, window, config)
