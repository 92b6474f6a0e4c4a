"""Buffers are reused, lent to one borrower at a time, and kept within a limit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling import buffers, path_attention
from sktime_lagllama.sampling.buffers import BufferPool, Buffers
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampler import sample_paths
from tests.support.models import BUNDLED_LIKE, inputs_of, random_model

LIKE = torch.empty(0)
HORIZON = 9


@pytest.fixture(autouse=True)
def pool(monkeypatch: pytest.MonkeyPatch) -> BufferPool:
    """Return an empty pool, which the sampler uses too."""
    empty_pool = BufferPool()
    monkeypatch.setattr(buffers, "POOL", empty_pool)
    return empty_pool


def addresses(pool: BufferPool) -> set[int]:
    return {memory.data_ptr() for idle in pool.idle for memory in idle.storage.values()}


def test_a_name_keeps_its_memory_for_all_shapes_that_fit() -> None:
    kept = Buffers()
    first = kept.empty("keys", (4, 3), LIKE)
    assert first.shape == (4, 3)
    assert first.dtype == torch.float32
    for shape, like in [((2, 5), LIKE), ((4, 6), LIKE.bfloat16())]:
        again = kept.empty("keys", shape, like)
        assert again.shape == shape
        assert again.dtype == like.dtype
        assert again.data_ptr() == first.data_ptr()
    assert kept.nbytes == first.nbytes
    assert kept.empty("values", (4, 3), LIKE).data_ptr() != first.data_ptr()
    kept.empty("keys", (5, 3), LIKE)
    assert kept.nbytes == 5 * 3 * 4 + first.nbytes


def test_lent_buffers_are_nobody_elses_until_they_are_returned(pool: BufferPool) -> None:
    with pool.lend() as first, pool.lend() as second:
        assert first is not second
        assert pool.idle == ()
    with pool.lend() as again:
        assert again in (first, second)


def test_buffers_are_returned_by_work_that_fails(pool: BufferPool) -> None:
    with pytest.raises(RuntimeError, match="failed"), pool.lend() as lent:
        raise RuntimeError("failed")
    with pool.lend() as again:
        assert again is lent


def test_a_trimmed_pool_has_no_more_than_it_may(pool: BufferPool) -> None:
    with pool.lend() as first, pool.lend() as second:
        first.empty("keys", (100,), LIKE)
        second.empty("keys", (100,), LIKE)
    pool.trim(800)
    assert pool.nbytes == 800
    pool.trim(799)
    assert pool.nbytes == 400
    with pool.lend() as last, pool.lend() as third:
        last.empty("keys", (50,), LIKE)
        third.empty("keys", (25,), LIKE)
    pool.trim(399)  # the larger one does not fit, the smaller one still does
    assert [idle.nbytes for idle in pool.idle] == [100]
    pool.trim(0)
    assert pool.idle == ()


def test_a_forecast_leaves_its_memory_to_the_next_within_the_limit(
    pool: BufferPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, calendar = inputs_of(BUNDLED_LIKE, HORIZON)
    model, options = random_model(BUNDLED_LIKE), SamplingOptions(num_samples=3)
    sample_paths(model, window, calendar, HORIZON, options)
    held = addresses(pool)
    assert held
    sample_paths(model, window, calendar, HORIZON, options)
    assert addresses(pool) == held
    monkeypatch.setattr(buffers, "MAX_IDLE_BYTES", 0)
    sample_paths(model, window, calendar, HORIZON, options)
    assert pool.idle == ()


@pytest.mark.slow
@pytest.mark.parametrize("product_size", [0, path_attention.MIN_PRODUCT_SIZE])
@pytest.mark.parametrize("other", [SamplingOptions(num_samples=5), SamplingOptions(batch_size=2)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_paths_do_not_depend_on_what_their_memory_held_before(
    dtype: torch.dtype,
    other: SamplingOptions,
    product_size: int,
    pool: BufferPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(path_attention, "MIN_PRODUCT_SIZE", product_size)
    window, calendar = inputs_of(BUNDLED_LIKE, HORIZON)
    model, options = random_model(BUNDLED_LIKE).to(dtype), SamplingOptions(num_samples=3)
    expected = sample_paths(model, window, calendar, HORIZON, options)
    sample_paths(model, window, calendar, HORIZON, other)
    assert addresses(pool)
    with torch.inference_mode():
        for idle in pool.idle:
            for memory in idle.storage.values():
                memory.fill_(255)  # not a number, in either precision
    found = sample_paths(model, window, calendar, HORIZON, options)
    np.testing.assert_array_equal(found, expected)


def test_forecasts_in_several_threads_do_not_share_memory() -> None:
    window, calendar = inputs_of(BUNDLED_LIKE, HORIZON)
    models = [random_model(BUNDLED_LIKE, seed) for seed in range(4)]
    options = SamplingOptions(num_samples=3)

    def draw(model: LagLlama) -> np.ndarray:
        return sample_paths(model, window, calendar, HORIZON, options).values

    expected = [draw(model) for model in models]
    with ThreadPoolExecutor(len(models)) as pool:
        for _ in range(5):
            for found, paths in zip(pool.map(draw, models), expected, strict=True):
                np.testing.assert_allclose(found, paths, rtol=1e-4, atol=1e-4)
