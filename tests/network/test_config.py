"""The numbers of an architecture, and which ones are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sktime_lagllama.network.config import (
    MAX_LAG,
    MAX_NUM_LAGS,
    MAX_NUM_WEIGHTS,
    LagLlamaConfig,
)
from sktime_lagllama.network.lag_llama import LagLlama
from tests.support.models import BUNDLED_LIKE, PUBLISHED_LIKE, SMALL


def test_the_hidden_width_is_that_of_the_published_network() -> None:
    assert LagLlamaConfig().width == 144
    assert LagLlamaConfig().mlp_width == 512
    assert replace(LagLlamaConfig(), hidden_dim=24).mlp_width == 24


@pytest.mark.parametrize("dispersion", [0.0, -1.0, float("inf"), float("nan"), "wide"])
def test_a_dispersion_that_is_no_positive_number_is_refused(dispersion: Any) -> None:
    with pytest.raises(ValueError, match="dispersion must be a positive number"):
        replace(PUBLISHED_LIKE, dispersion=dispersion)


@pytest.mark.parametrize("config", [PUBLISHED_LIKE, BUNDLED_LIKE, SMALL, LagLlamaConfig()])
def test_the_number_of_weights_is_known_before_they_are_made(config: LagLlamaConfig) -> None:
    made = sum(parameter.numel() for parameter in LagLlama(config).parameters())
    assert config.num_weights == made


@pytest.mark.parametrize(
    ("field", "largest"),
    [
        ("context_length", 16_384),
        ("max_context_length", 16_384),
        ("num_layers", 256),
        ("num_heads", 1024),
        ("head_dim", 1024),
        ("hidden_dim", 65_536),
        ("rope_base", 1e12),
        ("dispersion", 1000),
        ("spread_of_weeks", 1000),
    ],
)
def test_sizes_are_bounded_by_what_the_documentation_says(field: str, largest: Any) -> None:
    small = LagLlamaConfig(num_layers=1, num_heads=1, head_dim=2, hidden_dim=2)
    assert getattr(replace(small, **{field: largest}), field) == largest
    with pytest.raises(ValueError, match=f"{field} must be"):
        replace(small, **{field: 2 * largest})


def test_the_number_of_lags_and_the_largest_are_bounded() -> None:
    assert replace(PUBLISHED_LIKE, lags=tuple(range(MAX_NUM_LAGS))).max_lag == MAX_NUM_LAGS - 1
    with pytest.raises(ValueError, match="at most 4,096 lags, but found 4097"):
        replace(PUBLISHED_LIKE, lags=tuple(range(MAX_NUM_LAGS + 1)))
    assert replace(PUBLISHED_LIKE, lags=(MAX_LAG,)).max_lag == MAX_LAG
    with pytest.raises(ValueError, match="lags must be at most 1,000,000, but found 1000001"):
        replace(PUBLISHED_LIKE, lags=(MAX_LAG + 1,))


def test_a_network_is_bounded_by_its_number_of_weights() -> None:
    large = replace(LagLlamaConfig(), num_layers=256, num_heads=16)
    assert 100 * LagLlamaConfig().num_weights < MAX_NUM_WEIGHTS
    assert large.num_weights < MAX_NUM_WEIGHTS
    with pytest.raises(
        ValueError, match=r"at most 268,435,456 weights, but num_layers 256, num_he"
    ):
        replace(large, num_heads=64)


@pytest.mark.parametrize("field", ["rope_base", "dispersion", "spread_of_weeks"])
def test_numbers_that_are_not_finite_are_refused(field: str) -> None:
    for value in ("nan", "inf"):
        changes: dict[str, Any] = {field: float(value)}
        with pytest.raises(ValueError, match=f"{field} must be a positive number"):
            replace(PUBLISHED_LIKE, **changes)


def test_no_default_context_is_longer_than_the_longest() -> None:
    with pytest.raises(ValueError, match="context_length_below_a_month must be at most"):
        LagLlamaConfig(max_context_length=32, context_length_below_a_month=64)
