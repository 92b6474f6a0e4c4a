"""Independent work in threads of one core each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import torch

_lock = Lock()


def in_threads(
    num_threads: int, work: Callable[..., object], arguments: Iterable[tuple[Any, ...]]
) -> None:
    """Call a function for each of several arguments, in threads whose torch uses one core each.

    Small operators gain nothing from being split over cores, but whole blocks of them do. With one
    thread, or one call, nothing is started, and torch may use all its threads.

    Parameters
    ----------
    num_threads : int
    work : callable
    arguments : iterable of tuple
        Of each call.
    """
    calls = list(arguments)
    if num_threads == 1 or len(calls) == 1:
        for call in calls:
            work(*call)
        return
    workers = min(num_threads, len(calls))
    with ThreadPoolExecutor(workers, initializer=_use_one_core) as pool:
        futures = [pool.submit(work, *call) for call in calls]
        try:
            for future in futures:
                future.result()
        except BaseException:
            for future in futures:
                future.cancel()
            raise


def _use_one_core() -> None:
    # The number is a thread's own once set; what other threads start with is put back.
    with _lock:
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        _restore_default(before)


def _restore_default(num_threads: int) -> None:
    """Set the number that new threads start with, from a thread that ends right after."""
    with ThreadPoolExecutor(1) as other:
        other.submit(torch.set_num_threads, num_threads).result()
