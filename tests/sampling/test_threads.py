"""Calls in threads use one core each, and leave the number of cores as it was."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from sktime_lagllama.sampling.threads import in_threads


@pytest.fixture(autouse=True)
def four_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


def test_every_call_is_made_with_one_core_each() -> None:
    calls = []
    in_threads(
        2, lambda number: calls.append((number, torch.get_num_threads())), [(1,), (2,), (3,)]
    )
    assert sorted(calls) == [(1, 1), (2, 1), (3, 1)]


def test_a_single_call_keeps_all_cores() -> None:
    calls = []
    in_threads(4, lambda: calls.append(torch.get_num_threads()), [()])
    assert calls == [4]


def test_other_threads_keep_their_cores() -> None:
    in_threads(2, lambda _: None, [(1,), (2,)])
    assert torch.get_num_threads() == 4
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(torch.get_num_threads).result() == 4


def test_an_error_in_a_thread_is_raised() -> None:
    def fail(number: int) -> None:
        raise ValueError(f"no {number}")

    with pytest.raises(ValueError, match="no 1"):
        in_threads(2, fail, [(1,), (2,)])


@pytest.mark.parametrize("num_threads", [1, 2])
def test_no_call_is_nothing_to_do(num_threads: int) -> None:
    in_threads(num_threads, lambda: pytest.fail("called"), [])
