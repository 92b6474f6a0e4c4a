"""The progress bar of long computations."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable

from tqdm.auto import tqdm

SECONDS_BEFORE_BAR = 2.0
"""A computation that is done sooner shows no progress bar."""


class _Bar(tqdm):
    """A bar whose lock no other process has.

    tqdm's own lock is shared with forked processes. One that is killed while it holds the lock, if
    only to make a bar that is not shown, would let all others wait for ever.
    """

    _lock = threading.RLock()


def _renew_lock() -> None:
    """Give a forked process a lock that no thread of its parent holds."""
    _Bar.set_lock(threading.RLock())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def progress_bar(
    description: str,
    *,
    iterable: Iterable[object] | None = None,
    total: int | None = None,
    visible: bool = True,
) -> tqdm:
    """Return a progress bar that a terminal shows if the computation takes longer than 2 seconds.

    Nothing is shown where standard error is not a terminal. The bar disappears at the end.

    Parameters
    ----------
    description : str
        Text before the bar.
    iterable : iterable, optional
        What the bar iterates over. None: the caller updates the bar.
    total : int, optional
        Number of updates at the end. None: the length of the iterable.
    visible : bool, default=True
        False: no bar at all.

    Returns
    -------
    tqdm
        A context manager, and an iterator over ``iterable``.
    """
    return _Bar(
        iterable,
        desc=description,
        total=total,
        delay=SECONDS_BEFORE_BAR,
        # tqdm: None disables the bar where standard error is not a terminal.
        disable=None if visible else True,
        leave=False,
        # What the caller counts, such as drawn values, may have many digits: 1.2M, not 1200000.
        unit_scale=iterable is None,
    )
