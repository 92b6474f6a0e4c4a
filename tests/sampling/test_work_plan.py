"""How the paths of a forecast are divided among blocks, chunks and threads."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.features import Window
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling import buffers, work_plan
from sktime_lagllama.sampling.buffers import BufferPool
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampler import sample_paths
from sktime_lagllama.sampling.work_plan import bytes_per_path, plan_blocks
from tests.support.models import PUBLISHED_LIKE, calendar_of

HORIZON = 10


@settings(max_examples=200, deadline=None)
@given(
    num_series=st.integers(1, 30),
    num_samples=st.integers(1, 30),
    batch_size=st.one_of(st.none(), st.integers(1, 200)),
    context_length=st.integers(1, 40),
    horizon=st.sampled_from([1, 3]),
    device=st.sampled_from(["cpu", "cuda"]),
    threads=st.integers(1, 4),
)
def test_every_path_lies_in_one_chunk(
    num_series: int,
    num_samples: int,
    batch_size: int | None,
    context_length: int,
    horizon: int,
    device: str,
    threads: int,
) -> None:
    options = SamplingOptions(num_samples, context_length, batch_size=batch_size)
    times_drawn = np.zeros((num_series, num_samples), dtype=int)
    blocks = plan_blocks(
        num_series, horizon, options, PUBLISHED_LIKE, torch.device(device), threads
    )
    for block in blocks:
        for chunk in block.chunks:
            times_drawn[block.series, chunk] += 1
            # The noise of several series is consecutive only where they take all their paths.
            is_single = block.series.stop - block.series.start == 1
            assert is_single or chunk == slice(0, num_samples)
    assert (times_drawn == 1).all()


def max_paths_of_a_chunk(horizon: int) -> int:
    options = SamplingOptions(num_samples=3000)
    cpu = torch.device("cpu")
    blocks = plan_blocks(50, horizon, options, PUBLISHED_LIKE, cpu, num_threads=1)
    return max(
        (block.series.stop - block.series.start) * (chunk.stop - chunk.start)
        for block in blocks
        for chunk in block.chunks
    )


def test_a_chunk_has_no_more_paths_than_measured_best() -> None:
    assert max_paths_of_a_chunk(HORIZON) == 1000  # a third of the paths
    assert work_plan.MAX_ROWS_ON_CPU == 1024


def test_a_long_horizon_makes_smaller_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    path_bytes = bytes_per_path(PUBLISHED_LIKE, PUBLISHED_LIKE.context_length, HORIZON)
    monkeypatch.setattr(work_plan, "MAX_BYTES", 10 * path_bytes)
    assert max_paths_of_a_chunk(HORIZON) == 10
    assert max_paths_of_a_chunk(10 * HORIZON) == 1


def test_the_paths_of_one_series_are_shared_evenly_among_threads() -> None:
    options = SamplingOptions(num_samples=100, batch_size=80)
    cpu = torch.device("cpu")
    (block,) = plan_blocks(1, HORIZON, options, PUBLISHED_LIKE, cpu, num_threads=2)
    assert block.chunks == [slice(0, 50), slice(50, 100)]


@pytest.mark.parametrize(
    ("num_series", "threads", "expected"),
    [
        (90, 2, [22, 23, 22, 23]),  # blocks of 24 would leave one thread waiting for the other
        (100, 4, [12, 13] * 4),
        (40, 4, [20, 20]),  # too few blocks for the threads, which share each block
        (20, 4, [20]),
        (0, 2, []),
    ],
)
def test_the_series_of_a_panel_are_shared_evenly_among_threads(
    num_series: int, threads: int, expected: list[int]
) -> None:
    options = SamplingOptions(num_samples=10, context_length=8, batch_size=240)
    cpu = torch.device("cpu")
    blocks = plan_blocks(num_series, HORIZON, options, PUBLISHED_LIKE, cpu, threads)
    assert [block.series.stop - block.series.start for block in blocks] == expected


@pytest.mark.parametrize("horizon", [2, 24, 60])
@pytest.mark.parametrize("context_length", [32, 100])
def test_chunks_are_planned_with_the_memory_that_they_need(
    context_length: int, horizon: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = LagLlamaConfig(lags=(0, 1, 2))
    num_samples = 20
    shape = (1, config.max_lag + context_length)
    window = Window(torch.randn(shape).double(), torch.ones(shape, dtype=torch.bool))
    pool = BufferPool()
    monkeypatch.setattr(buffers, "POOL", pool)
    sample_paths(
        LagLlama(config).eval(),
        window,
        calendar_of(1, context_length + horizon - 1),
        horizon,
        SamplingOptions(num_samples=num_samples, context_length=context_length),
    )
    assert len(pool.idle) == 1
    planned = num_samples * bytes_per_path(config, context_length, horizon)
    assert pool.nbytes == pytest.approx(planned, rel=0.2)
