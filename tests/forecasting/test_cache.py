"""Paths are drawn once for as long as what they were drawn from is in use."""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sktime_lagllama.forecasting.cache import SamplePathCache
from sktime_lagllama.sampling.sampled_paths import SampledPaths


class Source:
    """Something that paths are drawn from."""


def source_with_identity(identity: int) -> Source:
    """Make objects until one gets the identity of an object that is gone."""
    others = []
    for _ in range(100_000):
        source = Source()
        if id(source) == identity:
            return source
        others.append(source)  # in use, so that the next one has another identity
    pytest.fail("no new object got the identity of the old one, so this test would prove nothing")


def constant_paths(value: float) -> SampledPaths:
    return SampledPaths(*(np.full((1, 5, 2), value) for _ in SampledPaths._fields))


BYTES = constant_paths(0.0).num_bytes


class Draws:
    """Counts how often paths are drawn."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> SampledPaths:
        self.count += 1
        return constant_paths(float(self.count))


def test_the_same_sources_and_settings_are_drawn_once() -> None:
    cache, source, draws = SamplePathCache(10 * BYTES), Source(), Draws()
    first = cache.get((source,), "a", draws)
    assert cache.get((source,), "a", draws) is first
    assert draws.count == 1


def test_other_settings_and_other_sources_are_drawn_anew() -> None:
    cache, source, other, draws = SamplePathCache(10 * BYTES), Source(), Source(), Draws()
    for sources, settings in [((source,), "a"), ((source,), "b"), ((other,), "a")]:
        cache.get(sources, settings, draws)
    assert draws.count == 3


def test_cached_paths_cannot_be_written_to() -> None:
    cache, source = SamplePathCache(10 * BYTES), Source()
    for field in cache.get((source,), "a", Draws()):
        with pytest.raises(ValueError, match="read-only"):
            field[0] = 1.0


def test_the_paths_used_longest_ago_go_first() -> None:
    cache, source, draws = SamplePathCache(2 * BYTES), Source(), Draws()
    for settings in ("a", "b", "a", "c"):
        cache.get((source,), settings, draws)
    assert draws.count == 3
    cache.get((source,), "a", draws)
    assert draws.count == 3
    cache.get((source,), "b", draws)
    assert draws.count == 4


def test_paths_larger_than_the_cache_are_not_kept() -> None:
    cache, source, draws = SamplePathCache(BYTES - 1), Source(), Draws()
    cache.get((source,), "a", draws)
    cache.get((source,), "a", draws)
    assert draws.count == 2


@pytest.mark.parametrize("gone", [0, 1])
def test_paths_go_with_any_of_what_they_were_drawn_from(gone: int) -> None:
    cache, sources = SamplePathCache(10 * BYTES), [Source(), Source()]
    cache.get(tuple(sources), "a", Draws())
    assert cache.num_bytes == BYTES
    del sources[gone]
    gc.collect()
    assert cache.num_bytes == len(cache) == 0


def test_a_source_keeps_no_trace_of_paths_that_are_forgotten() -> None:
    cache, source = SamplePathCache(2 * BYTES), Source()
    for settings in range(100):
        cache.get((source,), settings, Draws())
    assert weakref.getweakrefcount(source) == len(cache) == 2


def test_paths_go_while_other_threads_ask_for_theirs() -> None:
    cache = SamplePathCache(100 * BYTES)

    def come_and_go(number: int) -> None:
        source = Source()
        for settings in range(number % 5):
            cache.get((source,), settings, Draws())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(come_and_go, range(2_000)))
    gc.collect()
    assert len(cache) == 0


def test_an_identity_that_another_object_got_is_no_hit() -> None:
    cache, first, network, draws = SamplePathCache(10 * BYTES), Source(), Source(), Draws()
    cache.get((first, network), "a", draws)
    identity = id(network)
    del network
    cache.get((first, source_with_identity(identity)), "a", draws)
    assert draws.count == 2


def test_threads_get_equal_paths() -> None:
    cache, sources = SamplePathCache(100 * BYTES), [Source() for _ in range(4)]

    def ask(number: int) -> float:
        place = number % 4
        paths = cache.get((sources[place],), place, lambda: constant_paths(float(place)))
        return float(paths.values[0, 0, 0])

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(400)))
    assert found == [float(number % 4) for number in range(400)]
