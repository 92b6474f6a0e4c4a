"""Sample paths that several predictions after one fit share."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock
from typing import NamedTuple

from sktime_lagllama._typing import Float64Array

Key = tuple[tuple[int, ...], Hashable]


class _Entry(NamedTuple):
    sources: tuple[weakref.ref[object], ...]
    paths: Float64Array


class PathCache:
    """The paths drawn last, for as long as what they were drawn from is in use.

    Parameters
    ----------
    max_bytes : int
        Size of all paths together; the ones used longest ago go first.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        # An object that dies may end in any thread, and while this one holds the lock.
        self._lock = RLock()

    def get(
        self, sources: tuple[object, ...], settings: Hashable, draw: Callable[[], Float64Array]
    ) -> Float64Array:
        """Return paths, drawing them if they are not there.

        Parameters
        ----------
        sources : tuple of object
            What the paths are drawn from, by identity: these objects must never change. Paths are
            forgotten with the first one.
        settings : hashable
            Everything else that determines the paths.
        draw : callable
            Draws them. Threads that ask at the same time may each draw the same.

        Returns
        -------
        float64 array, not writeable
        """
        key = (tuple(id(source) for source in sources), settings)
        with self._lock:
            entry = self._entries.get(key)
            # An object that is gone may have left its identity to another one.
            if entry is not None and all(
                reference() is source
                for reference, source in zip(entry.sources, sources, strict=True)
            ):
                self._entries.move_to_end(key)
                return entry.paths
        paths = draw()
        paths.flags.writeable = False
        if paths.nbytes <= self.max_bytes:
            references = tuple(weakref.ref(source) for source in sources)
            with self._lock:
                self._entries[key] = _Entry(references, paths)
                while sum(kept.paths.nbytes for kept in self._entries.values()) > self.max_bytes:
                    self._entries.popitem(last=False)
            weakref.finalize(sources[0], self._forget, key).atexit = False
        return paths

    def clear(self) -> None:
        """Forget all paths."""
        with self._lock:
            self._entries.clear()

    def _forget(self, key: Key) -> None:
        with self._lock:
            self._entries.pop(key, None)
