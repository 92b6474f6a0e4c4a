"""An end in a stated time for calls that may wait for ever."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return what a call returns, or give it up.

    Timeouts of HTTP clients bound the wait for the next byte: a server that sends one a second, or
    a name server that does not answer, is out of their reach.

    Parameters
    ----------
    seconds : float
        How long to wait for the call.
    call : callable
        Takes nothing. It runs in a thread of its own. A call that was given up goes on in the
        background until it ends by itself or the process ends, which does not wait for it.

    Returns
    -------
    object
        What the call returned.

    Raises
    ------
    TimeoutError
        If the call has not returned in time. What it raises itself is raised as it is.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:
            outcome.set_exception(error)

    # A pool's threads are waited for when the process ends: a daemon is not.
    Thread(target=run, name="sktime-lagllama-download", daemon=True).start()
    try:
        return outcome.result(timeout=seconds)
    except TimeoutError:
        if outcome.done():
            raise
        raise TimeoutError(f"given up after {seconds:.0f} s") from None
