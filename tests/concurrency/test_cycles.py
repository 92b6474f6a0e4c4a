"""A process that fits, forecasts and opens checkpoints for long holds no more than after a while.

``python -m tests.concurrency`` does the same at full length.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.concurrency.cycles import PROCESS, Held, cycles_of_fit_and_predict, opened_checkpoints

MAX_MEBIBYTES = 8.0
"""Of noise: the allocator's, and what modules that are imported late take."""


@pytest.mark.slow
@pytest.mark.skipif(not PROCESS.exists(), reason="only Linux has /proc")
@pytest.mark.parametrize(
    ("run", "repeats"), [(cycles_of_fit_and_predict, 200), (opened_checkpoints, 40)]
)
def test_memory_files_and_threads_stay_level(
    run: Callable[[int], list[Held]], repeats: int
) -> None:
    _, early, *_, late = run(repeats)
    assert late.mebibytes < early.mebibytes + MAX_MEBIBYTES
    assert late.handles <= early.handles
    assert late.threads <= early.threads
