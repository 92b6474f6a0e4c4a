from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sktime_lagllama.forecasting.cache import PathCache


class Source:
    """Something that paths are drawn from."""


class Draws:
    """Counts how often paths are drawn."""

    def __init__(self, size: int = 10) -> None:
        self.size = size
        self.count = 0

    def __call__(self) -> np.ndarray:
        self.count += 1
        return np.full(self.size, float(self.count))


def test_the_same_sources_and_settings_are_drawn_once() -> None:
    cache, source, draws = PathCache(1000), Source(), Draws()
    first = cache.get((source,), "a", draws)
    assert cache.get((source,), "a", draws) is first
    assert draws.count == 1


def test_other_settings_and_other_sources_are_drawn_anew() -> None:
    cache, source, other, draws = PathCache(1000), Source(), Source(), Draws()
    for sources, settings in [((source,), "a"), ((source,), "b"), ((other,), "a")]:
        cache.get(sources, settings, draws)
    assert draws.count == 3


def test_cached_paths_cannot_be_written_to() -> None:
    cache, source = PathCache(1000), Source()
    with pytest.raises(ValueError, match="read-only"):
        cache.get((source,), "a", Draws())[0] = 1.0


def test_the_paths_used_longest_ago_go_first() -> None:
    cache, source, draws = PathCache(2 * 80), Source(), Draws()
    for settings in ("a", "b", "a", "c"):
        cache.get((source,), settings, draws)
    assert draws.count == 3
    cache.get((source,), "a", draws)
    assert draws.count == 3
    cache.get((source,), "b", draws)
    assert draws.count == 4


def test_paths_larger_than_the_cache_are_not_kept() -> None:
    cache, source, draws = PathCache(79), Source(), Draws()
    cache.get((source,), "a", draws)
    cache.get((source,), "a", draws)
    assert draws.count == 2


def test_paths_go_with_what_they_were_drawn_from() -> None:
    cache, source = PathCache(1000), Source()
    cache.get((source,), "a", Draws())
    assert len(cache._entries) == 1
    del source
    gc.collect()
    assert len(cache._entries) == 0


def test_an_identity_that_another_object_got_is_no_hit() -> None:
    cache, first, network, draws = PathCache(1000), Source(), Source(), Draws()
    cache.get((first, network), "a", draws)
    (key,) = cache._entries
    network = Source()
    cache._entries[((id(first), id(network)), "a")] = cache._entries.pop(key)
    cache.get((first, network), "a", draws)
    assert draws.count == 2


def test_threads_get_equal_paths() -> None:
    cache, sources = PathCache(10_000), [Source() for _ in range(4)]

    def ask(number: int) -> float:
        place = number % 4
        return float(cache.get((sources[place],), place, lambda: np.full(5, float(place)))[0])

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(400)))
    assert found == [float(number % 4) for number in range(400)]
