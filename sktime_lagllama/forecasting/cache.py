"""Sample paths that several predictions after one fit share."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock
from typing import NamedTuple

from sktime_lagllama.sampling.sampled_paths import SampledPaths

# Identities of what the paths are drawn from, and the settings.
_Key = tuple[tuple[int, ...], Hashable]


class _Entry(NamedTuple):
    """Paths, and references to what they were drawn from."""

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
        # Reentrant: a source may be garbage-collected in any thread, also while it holds the lock.
        self._lock = RLock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(
        self, sources: tuple[object, ...], settings: Hashable, draw: Callable[[], SampledPaths]
    ) -> SampledPaths:
        """Return paths, drawing them if they are not there.

        Parameters
        ----------
        sources : tuple of object
            What the paths are drawn from, by identity: these objects must never change. When the
            first one is garbage-collected, the paths are forgotten.
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
            if entry is None or any(
                reference() is not source
                for reference, source in zip(entry.sources, sources, strict=True)
            ):
                return None
            self._entries.move_to_end(key)
            return entry.paths

    def _keep(self, key: _Key, sources: tuple[object, ...], paths: SampledPaths) -> None:
        """Keep paths, and forget the ones used longest ago if there is no room for all."""
        references = tuple(weakref.ref(source) for source in sources)
        with self._lock:
            self._entries[key] = _Entry(references, paths)
            while sum(entry.paths.num_bytes for entry in self._entries.values()) > self.max_bytes:
                self._entries.popitem(last=False)
        weakref.finalize(sources[0], self._forget, key).atexit = False

    def _forget(self, key: _Key) -> None:
        """Forget the paths of a key, if they are there."""
        with self._lock:
            self._entries.pop(key, None)
