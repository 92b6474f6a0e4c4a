"""Independent calls in threads that use one core each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import torch

_default_lock = Lock()


def num_threads_for(device: torch.device) -> int:
    """Return the number of threads that share the paths of a forecast.

    Parameters
    ----------
    device : torch.device
        That computes.

    Returns
    -------
    int
        On the CPU torch's own number of threads (``torch.set_num_threads``, ``OMP_NUM_THREADS``);
        elsewhere 1, because the accelerator itself works in parallel.
    """
    return torch.get_num_threads() if device.type == "cpu" else 1


def in_threads(
    num_threads: int, function: Callable[..., object], arguments: Iterable[tuple[Any, ...]]
) -> None:
    """Call a function with each of several arguments, in threads whose torch uses one core each.

    Small operators gain nothing from being split over cores, but independent sequences of them do.
    A single call, or a single thread, runs in the caller's thread and may use all cores.

    Parameters
    ----------
    num_threads : int
        Largest number of threads.
    function : callable
        What it returns is not used.
    arguments : iterable of tuple
        The positional arguments of each call.

    Raises
    ------
    Exception
        The first exception that a call raised, in the order of the calls. Calls that have not
        started then are cancelled.
    """
    calls = list(arguments)
    if num_threads == 1 or len(calls) <= 1:
        for call in calls:
            function(*call)
        return
    num_workers = min(num_threads, len(calls))
    with ThreadPoolExecutor(num_workers, initializer=_use_one_core) as executor:
        futures = [executor.submit(function, *call) for call in calls]
        try:
            for future in futures:
                future.result()
        except BaseException:
            for future in futures:
                future.cancel()
            raise


def _use_one_core() -> None:
    """Make torch use one core in the current thread.

    ``torch.set_num_threads`` also changes the number that new threads start with, which is put
    back.
    """
    with _default_lock:
        default = torch.get_num_threads()
        torch.set_num_threads(1)
        _set_default(default)


def _set_default(num_threads: int) -> None:
    """Set the number of cores that new threads start with, from a thread that ends right after."""
    with ThreadPoolExecutor(1) as executor:
        executor.submit(torch.set_num_threads, num_threads).result()
