"""Buffers whose memory one chunk of paths leaves to the next.

Fresh memory is expensive: the system clears a page when it is first written to, and a virtual
machine may have to ask its host for it. Both can take longer than the computation on that page.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

MAX_IDLE_BYTES = 2**29
"""Memory that ``POOL`` keeps between forecasts, in bytes."""


class Buffers:
    """Uninitialised tensors by name, whose memory is reused.

    Attributes
    ----------
    storage : dict of str to uint8 Tensor
        The memory of each name, on the CPU.
    """

    def __init__(self) -> None:
        self.storage: dict[str, Tensor] = {}

    @property
    def nbytes(self) -> int:
        """Size of the memory, in bytes."""
        return sum(memory.nbytes for memory in self.storage.values())

    def empty(self, name: str, shape: tuple[int, ...], like: Tensor) -> Tensor:
        """Return an uninitialised tensor. It shares memory with the previous one of its name.

        Parameters
        ----------
        name : str
            Tensors that are in use at the same time need different names.
        shape : tuple of int
        like : Tensor
            A tensor of the precision and on the device of the result. On an accelerator the result
            is a new tensor, because torch reuses memory there itself.

        Returns
        -------
        Tensor of that shape
        """
        if like.device.type != "cpu":
            return like.new_empty(shape)
        nbytes = math.prod(shape) * like.element_size()
        if name not in self.storage or self.storage[name].nbytes < nbytes:
            # numpy asks the system for large pages; torch does not.
            self.storage[name] = torch.from_numpy(np.empty(nbytes, dtype=np.uint8))
        return self.storage[name][:nbytes].view(like.dtype).view(shape)


class BufferPool:
    """Buffers that are lent to one borrower at a time; safe to use in several threads."""

    def __init__(self) -> None:
        # Taking from a list and adding to it are atomic operations.
        self._idle: list[Buffers] = []

    @property
    def idle(self) -> tuple[Buffers, ...]:
        """The buffers that are not lent at present, the last returned last."""
        return tuple(self._idle)

    @property
    def nbytes(self) -> int:
        """Size of the idle buffers' memory, in bytes."""
        return sum(buffers.nbytes for buffers in self.idle)

    @contextmanager
    def lend(self) -> Iterator[Buffers]:
        """Lend buffers that nobody else uses before the end of the ``with`` statement.

        Yields
        ------
        Buffers
            The last ones that were returned, or new ones.
        """
        try:
            buffers = self._idle.pop()
        except IndexError:
            buffers = Buffers()
        try:
            yield buffers
        finally:
            self._idle.append(buffers)

    def trim(self, max_bytes: int) -> None:
        """Free idle buffers until they have no more than a number of bytes.

        The buffers that were returned last are kept first, each of them as a whole.

        Parameters
        ----------
        max_bytes : int
        """
        kept: list[Buffers] = []
        bytes_left = max_bytes
        # Buffers are taken out of the pool, so that they are not lent, and grow, in the meantime.
        while True:
            try:
                buffers = self._idle.pop()
            except IndexError:
                break
            if buffers.nbytes <= bytes_left:
                bytes_left -= buffers.nbytes
                kept.append(buffers)
        self._idle.extend(reversed(kept))


POOL = BufferPool()
"""The process's pool, which the sampler uses."""
