"""Seconds of a call."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

MAX_REPEATS = 3
MAX_SECONDS = 10.0
"""No call is repeated after this time."""


def seconds(call: Callable[[], object]) -> float:
    """Return the seconds of a call."""
    start = perf_counter()
    call()
    return perf_counter() - start


def median_seconds(call: Callable[[], object]) -> float:
    """Return the median seconds of a call; a slow one is not repeated."""
    times: list[float] = []
    while len(times) < MAX_REPEATS and sum(times) < MAX_SECONDS:
        times.append(seconds(call))
    return median(times)
