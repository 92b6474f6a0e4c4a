"""Small files that ask for much memory or time are refused before they get it."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sktime_lagllama.checkpoints.read import read
from sktime_lagllama.network.lag_llama import LagLlama
from tests.support import greedy
from tests.support.crafted import SMALL

MAX_BYTES = 120 * 2**20
MAX_SECONDS = 20.0
"""Of processor time while memory is traced; it takes less than a second without."""


@contextmanager
def little_memory_and_time() -> Iterator[None]:
    started = time.process_time()
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MAX_BYTES
    assert time.process_time() - started < MAX_SECONDS


@pytest.mark.parametrize("kind", greedy.ARCHIVES)
def test_a_greedy_ckpt_is_refused_with_little_memory_and_time(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "greedy.ckpt"
    greedy.ARCHIVES[kind](file)
    with little_memory_and_time(), pytest.raises(ValueError, match=r"greedy\.ckpt") as raised:
        read(file)
    assert len(str(raised.value)) < 2500


@pytest.mark.parametrize("kind", greedy.INERT_CALLS)
def test_a_call_that_takes_much_memory_is_inert(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "greedy.ckpt"
    greedy.INERT_CALLS[kind](file)
    with little_memory_and_time():
        assert read(file)[0] == SMALL


@pytest.mark.parametrize("kind", greedy.FOLDERS)
def test_a_greedy_folder_is_refused_with_little_memory_and_time(tmp_path: Path, kind: str) -> None:
    greedy.save_small(tmp_path)
    greedy.FOLDERS[kind](tmp_path)
    with little_memory_and_time(), pytest.raises(ValueError, match=str(tmp_path)) as raised:
        read(tmp_path)
    assert len(str(raised.value)) < 2500


@pytest.mark.parametrize("kind", ["many layers", "many and wide heads", "sparse weights"])
def test_from_pretrained_refuses_a_greedy_folder_too(tmp_path: Path, kind: str) -> None:
    greedy.save_small(tmp_path)
    greedy.FOLDERS[kind](tmp_path)
    with little_memory_and_time(), pytest.raises(ValueError, match=r"num_|too large"):
        LagLlama.from_pretrained(tmp_path)
