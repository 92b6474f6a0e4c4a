"""Sample paths that several predictions after one fit share."""

from __future__ import annotations

import weakref
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from threading import Lock
from typing import NamedTuple

from sktime_lagllama.sampling.sampled_paths import SampledPaths

# Identities of what the paths are drawn from, and the settings.
_Key = tuple[tuple[int, ...], Hashable]


class _Entry(NamedTuple):
    """Paths, and references that tell the cache when what they were drawn from is gone."""

    sources: tuple[weakref.ref[object], ...]
    paths: SampledPaths


class SamplePathCache:
    """The sample paths drawn last, kept for as long as what they were drawn from is in use.

    Parameters
    ----------
    max_bytes : int
        Size of all paths together; the ones used longest ago go first.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._entries: OrderedDict[_Key, _Entry] = OrderedDict()
        self._lock = Lock()
        # A source may be garbage-collected in any thread, also in one that holds the lock.
        self._gone: deque[_Key] = deque()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def num_bytes(self) -> int:
        """Size of all paths together."""
        with self._lock:
            return self._num_bytes()

    def get(
        self, sources: tuple[object, ...], settings: Hashable, draw: Callable[[], SampledPaths]
    ) -> SampledPaths:
        """Return paths, drawing them if they are not there.

        Parameters
        ----------
        sources : tuple of object
            What the paths are drawn from, by identity: these objects must never change. When one
            of them is garbage-collected, the paths are forgotten.
        settings : hashable
            Everything else that determines the paths.
        draw : callable
            Draws the paths, of any shape. Threads that ask at the same time may each call it.

        Returns
        -------
        SampledPaths of the shape that ``draw`` returns, not writeable
        """
        key = (tuple(id(source) for source in sources), settings)
        paths = self._find(key, sources)
        if paths is not None:
            return paths
        paths = draw()
        paths.freeze()
        if paths.num_bytes <= self.max_bytes:
            self._keep(key, sources, paths)
        return paths

    def _find(self, key: _Key, sources: tuple[object, ...]) -> SampledPaths | None:
        """Return the paths of a key, None if they are not there."""
        with self._lock:
            entry = self._entries.get(key)
            # A new object may have the identity of one that was garbage-collected.
            is_hit = entry is not None and all(
                reference() is source
                for reference, source in zip(entry.sources, sources, strict=True)
            )
            if is_hit:
                self._entries.move_to_end(key)
        self._forget_gone()
        return entry.paths if entry is not None and is_hit else None

    def _keep(self, key: _Key, sources: tuple[object, ...], paths: SampledPaths) -> None:
        """Keep paths, and forget the ones used longest ago if there is no room for all."""

        def forget(_: weakref.ref[object]) -> None:
            self._gone.append(key)
            self._forget_gone()

        # Nothing is called once the entry, and its references with it, has been forgotten.
        entry = _Entry(tuple(weakref.ref(source, forget) for source in sources), paths)
        with self._lock:
            self._entries[key] = entry
            while self._num_bytes() > self.max_bytes:
                self._entries.popitem(last=False)
        self._forget_gone()

    def _forget_gone(self) -> None:
        """Forget the paths whose sources are gone, unless someone else holds the lock.

        Whoever holds it calls this after giving it back.
        """
        while self._gone and self._lock.acquire(blocking=False):
            try:
                while self._gone:
                    self._entries.pop(self._gone.popleft(), None)
            finally:
                self._lock.release()

    def _num_bytes(self) -> int:
        """Return the size of all paths together, to be called with the lock."""
        return sum(entry.paths.num_bytes for entry in self._entries.values())
