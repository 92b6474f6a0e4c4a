"""A process keeps the networks that it used last."""

from __future__ import annotations

from sktime_lagllama.checkpoints.network_cache import NetworkCache
from sktime_lagllama.network.lag_llama import LagLlama
from tests.support.crafted import SMALL


def test_the_network_used_longest_ago_goes_first() -> None:
    cache = NetworkCache(2)
    networks = {key: cache.get(key, lambda: LagLlama(SMALL)) for key in ("a", "b", "a", "c")}
    assert len(cache) == 2
    for key in ("a", "c"):
        assert cache.get(key, lambda: LagLlama(SMALL)) is networks[key]
    assert cache.get("b", lambda: LagLlama(SMALL)) is not networks["b"]


def test_a_network_may_be_made_from_another_one_of_the_cache() -> None:
    cache = NetworkCache(2)
    made = cache.get("moved", lambda: cache.get("loaded", lambda: LagLlama(SMALL)))
    assert cache.get("loaded", lambda: LagLlama(SMALL)) is made


def test_a_cleared_cache_makes_its_networks_again() -> None:
    cache = NetworkCache(2)
    network = cache.get("a", lambda: LagLlama(SMALL))
    cache.clear()
    assert len(cache) == 0
    assert cache.get("a", lambda: LagLlama(SMALL)) is not network
