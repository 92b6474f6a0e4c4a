"""Attention of paths, with slots for their tokens that are empty at first."""

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


@pytest.mark.parametrize("slots", [2, 6, 20])
@pytest.mark.parametrize("config", [PUBLISHED_LIKE, BUNDLED_LIKE])
def test_paths_do_not_depend_on_how_many_slots_are_empty(
    config: LagLlamaConfig, slots: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, calendar = inputs_of(config, HORIZON)
    model, options = random_model(config), SamplingOptions(num_samples=7)
    monkeypatch.setattr(path_attention, "MIN_PRODUCT_SIZE", 0)
    without_empty_slots = sample_paths(model, window, calendar, HORIZON, options)
    monkeypatch.setattr(path_attention, "MIN_PRODUCT_SIZE", (slots - 1) * config.head_dim)
    found = sample_paths(model, window, calendar, HORIZON, options)
    assert_same_paths(found, without_empty_slots, window, config)
