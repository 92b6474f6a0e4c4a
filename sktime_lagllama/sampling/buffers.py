"""Memory for the buffers of paths, which one block of paths leaves to the next.

Fresh memory is dear: the system clears a page when it is first written to, and a virtual machine
may have to ask its host for it, which can take longer than what is computed there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

_idle: list[Memory] = []


class Memory:
    """Uninitialised tensors by name, whose memory stays where it is."""

    def __init__(self) -> None:
        self._kept: dict[str, Tensor] = {}

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return sum(part.nbytes for part in self._kept.values())

    def empty(self, name: str, shape: tuple[int, ...], like: Tensor) -> Tensor:
        """Return an uninitialised tensor, which overwrites the earlier one of that name.

        Parameters
        ----------
        name : str
        shape : tuple of int
        like : Tensor
            Gives precision and device. Accelerators' memory is torch's to keep.

        Returns
        -------
        Tensor
        """
        if like.device.type != "cpu":
            return like.new_empty(shape)
        size = math.prod(shape) * like.element_size()
        if name not in self._kept or self._kept[name].nbytes < size:
            # numpy asks for large pages, which torch does not.
            self._kept[name] = torch.from_numpy(np.empty(size, dtype=np.uint8))
        return self._kept[name][:size].view(like.dtype).view(shape)


@contextmanager
def borrowed() -> Iterator[Memory]:
    """Lend memory that nobody else uses until it is given back.

    Yields
    ------
    Memory
    """
    # Lists are safe to take from and add to in several threads.
    try:
        memory = _idle.pop()
    except IndexError:
        memory = Memory()
    try:
        yield memory
    finally:
        _idle.append(memory)


def release(most_bytes: int) -> None:
    """Free idle memory, each borrower's as a whole, until no more than this many bytes are left.

    Parameters
    ----------
    most_bytes : int
    """
    kept = []
    left = most_bytes
    # What is taken out cannot be lent, and grow, while it is measured.
    while True:
        try:
            memory = _idle.pop()
        except IndexError:
            break
        if memory.nbytes <= left:
            left -= memory.nbytes
            kept.append(memory)
    _idle.extend(reversed(kept))
