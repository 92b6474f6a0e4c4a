"""The share of a forecast's time that draws sample paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any
from unittest.mock import patch

from sktime_lagllama.forecasting import subseries
from sktime_lagllama.sampling.sampled_paths import SampledPaths


@contextmanager
def seconds_of_sampling(
    seconds: list[float], sampler: Callable[..., SampledPaths] | None = None
) -> Iterator[None]:
    """Time how long the forecasts inside the context draw sample paths, features included.

    Parameters
    ----------
    seconds : list of float
        The total of all calls is appended at the end of the context.
    sampler : callable, optional
        Is called in place of ``sampling.sampler.sample_paths``, with its arguments.

    Raises
    ------
    AssertionError
        If no path was drawn.
    """
    calls: list[float] = []
    draw = sampler or subseries.sample_paths

    def stopwatch(*args: Any, **kwargs: Any) -> SampledPaths:
        start = perf_counter()
        paths = draw(*args, **kwargs)
        calls.append(perf_counter() - start)
        return paths

    # Where forecasts look the sampler up.
    with patch.object(subseries, "sample_paths", stopwatch):
        yield
    if not calls:
        raise AssertionError("no sample path was drawn, so that there is nothing to time")
    seconds.append(sum(calls))
