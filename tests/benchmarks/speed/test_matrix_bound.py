"""The bound that matrix products set to the speed of a forecast."""

from __future__ import annotations

from unittest.mock import patch

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.speed import matrix_bound
from sktime_lagllama.network.lag_llama import LagLlama
from tests.support.models import PUBLISHED_LIKE


def test_operations_are_those_that_torch_counts_on_whole_sequences() -> None:
    model = LagLlama(PUBLISHED_LIKE)
    context, horizon = PUBLISHED_LIKE.context_length, 5
    with (
        FlopCounterMode(display=False) as counter,
        sdpa_kernel(SDPBackend.MATH),  # which it counts on every device
    ):
        model.encode(torch.zeros(3, context + horizon - 1, PUBLISHED_LIKE.num_features))
    operations = matrix_bound.operations(
        PUBLISHED_LIKE, num_series=3, num_samples=1, horizon=horizon
    )
    num_tokens = context + horizon - 1
    embedding = 2 * 3 * num_tokens * PUBLISHED_LIKE.num_features * PUBLISHED_LIKE.width
    # Torch counts attention to all tokens, we count none to later tokens.
    attention = 4 * PUBLISHED_LIKE.num_layers * PUBLISHED_LIKE.width * 3
    to_later_tokens = attention * (num_tokens * num_tokens - num_tokens * (num_tokens + 1) // 2)
    assert operations == counter.get_total_flops() - embedding - to_later_tokens


def test_the_speed_of_products_counts_all_threads() -> None:
    seconds = iter([8.0, 2.0])
    with patch.object(matrix_bound, "seconds", lambda call: next(seconds)):
        speed = matrix_bound.products_per_second(PUBLISHED_LIKE, 10, torch.float32)
    work = 20.0 * sum(rows * inner for rows, inner in matrix_bound.shapes(PUBLISHED_LIKE))
    work *= matrix_bound.PRODUCTS_PER_TIMING
    # Two seconds in which every thread does all of it.
    assert speed == pytest.approx(max(work / 8, work * torch.get_num_threads() / 2))
