"""The networks that a process has loaded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock

from sktime_lagllama.network.lag_llama import LagLlama


class NetworkCache:
    """The networks used last, each of them made once.

    Parameters
    ----------
    max_networks : int
        The network used longest ago goes when there are more.
    """

    def __init__(self, max_networks: int) -> None:
        self.max_networks = max_networks
        self._networks: OrderedDict[Hashable, LagLlama] = OrderedDict()
        # Reentrant: making a network may ask for the one that it is made from.
        self._lock = RLock()

    def __len__(self) -> int:
        return len(self._networks)

    def get(self, key: Hashable, make: Callable[[], LagLlama]) -> LagLlama:
        """Return the network of a key, making it if it is not among those used last.

        Parameters
        ----------
        key : hashable
        make : callable
            Makes the network. Threads that ask for it at the same time wait for the first one's.

        Returns
        -------
        LagLlama
            Shared: it must not be changed.
        """
        with self._lock:
            if key not in self._networks:
                self._networks[key] = make()
            self._networks.move_to_end(key)
            while len(self._networks) > self.max_networks:
                self._networks.popitem(last=False)
            return self._networks[key]

    def clear(self) -> None:
        """Forget all networks; references held elsewhere stay valid."""
        with self._lock:
            self._networks.clear()
