"""How the paths of a forecast are divided among blocks, chunks and threads."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktime_lagllama._typing import IntArray
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


CPU = torch.device("cpu")


@settings(max_examples=200, deadline=None)
@given(
    num_tokens=st.lists(st.integers(1, 40), max_size=30),
    num_samples=st.integers(1, 30),
    batch_size=st.one_of(st.none(), st.integers(1, 200)),
    horizon=st.sampled_from([1, 3]),
    device=st.sampled_from(["cpu", "cuda"]),
    threads=st.integers(1, 4),
)
def test_every_path_lies_in_one_chunk_and_every_context_in_one_piece(
    num_tokens: list[int],
    num_samples: int,
    batch_size: int | None,
    horizon: int,
    device: str,
    threads: int,
) -> None:
    tokens = np.array(num_tokens, dtype=np.int64)
    options = SamplingOptions(num_samples, batch_size=batch_size)
    times_drawn = np.zeros((len(tokens), num_samples), dtype=int)
    times_computed = np.zeros(len(tokens), dtype=int)
    blocks = plan_blocks(tokens, horizon, options, PUBLISHED_LIKE, torch.device(device), threads)
    for block in blocks:
        for chunk in block.chunks:
            times_drawn[block.rows, chunk] += 1
            num_paths = len(block.rows) * (chunk.stop - chunk.start)
            if batch_size is not None and horizon > 1:
                assert num_paths <= max(batch_size, num_samples if len(block.rows) == 1 else 0)
        for piece in block.pieces:
            times_computed[block.rows[piece]] += 1
            of_piece = tokens[block.rows[piece]]
            if batch_size is not None and len(of_piece) > 1:
                assert of_piece.max() * len(of_piece) <= batch_size
    assert (times_drawn == 1).all()
    assert (times_computed == 1).all()


def test_contexts_of_similar_length_are_computed_together() -> None:
    tokens = np.array([2, 40, 3, 39] * 10)
    options = SamplingOptions(num_samples=5, batch_size=200)
    (block,) = plan_blocks(tokens, HORIZON, options, PUBLISHED_LIKE, CPU, num_threads=1)
    pieces = [tokens[block.rows[piece]] for piece in block.pieces]
    assert sum(len(piece) * piece.max() for piece in pieces) < 1.1 * tokens.sum()
    assert len(pieces) < 8


def full_contexts(num_series: int) -> IntArray:
    return np.full(num_series, PUBLISHED_LIKE.context_length)


def max_paths_of_a_chunk(horizon: int) -> int:
    options = SamplingOptions(num_samples=3000)
    blocks = plan_blocks(full_contexts(50), horizon, options, PUBLISHED_LIKE, CPU, num_threads=1)
    return max(
        len(block.rows) * (chunk.stop - chunk.start) for block in blocks for chunk in block.chunks
    )


def test_a_chunk_has_no_more_paths_than_measured_best() -> None:
    assert max_paths_of_a_chunk(HORIZON) == 1000  # a third of the paths
    assert work_plan.MAX_ROWS_ON_CPU == 1024


def test_a_long_horizon_makes_smaller_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    # And a path's share, in whole bytes, of the keys and values of its series' context.
    path_bytes = bytes_per_path(PUBLISHED_LIKE, PUBLISHED_LIKE.context_length, HORIZON) + 3
    monkeypatch.setattr(work_plan, "MAX_BYTES", 10 * path_bytes)
    assert max_paths_of_a_chunk(HORIZON) == 10
    # Not in proportion: products with fewer slots than their smallest size have that many.
    assert max_paths_of_a_chunk(100 * HORIZON) == 1


def test_the_paths_of_one_series_are_shared_evenly_among_threads() -> None:
    options = SamplingOptions(num_samples=100, batch_size=80)
    (block,) = plan_blocks(full_contexts(1), HORIZON, options, PUBLISHED_LIKE, CPU, num_threads=2)
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
    options = SamplingOptions(num_samples=10, batch_size=240)
    tokens = full_contexts(num_series)
    blocks = plan_blocks(tokens, HORIZON, options, PUBLISHED_LIKE, CPU, threads)
    assert [len(block.rows) for block in blocks] == expected


@pytest.mark.parametrize("num_series", [16, 24, 25, 100])
def test_windows_of_one_step_are_shared_evenly_among_threads(num_series: int) -> None:
    options = SamplingOptions(batch_size=64)
    tokens = full_contexts(num_series)
    blocks = plan_blocks(tokens, 1, options, PUBLISHED_LIKE, CPU, num_threads=2)
    first, second = (sum(len(block.rows) for block in blocks[turn::2]) for turn in (0, 1))
    assert abs(first - second) <= 4  # half a block


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
