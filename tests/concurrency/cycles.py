"""Fit and forecast over and over, and open checkpoints: what a process holds afterwards.

The numbers are Linux's own, from ``/proc``.
"""

from __future__ import annotations

import gc
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.support.sharing import months, small, write_small_checkpoint

FH = range(1, 13)
PROCESS = Path("/proc/self")
NUM_PARTS = 4
"""The numbers of a run are taken after each of so many parts of it."""


class Held(NamedTuple):
    """What a process holds.

    Attributes
    ----------
    mebibytes : float
        Resident memory.
    handles : int
        Open files and sockets.
    threads : int
    """

    mebibytes: float
    handles: int
    threads: int


def held_now() -> Held:
    gc.collect()
    status = (PROCESS / "status").read_text()
    resident, threads = (
        int(status.split(f"{name}:")[1].split()[0]) for name in ("VmRSS", "Threads")
    )
    return Held(resident / 2**10, len(list((PROCESS / "fd").iterdir())), threads)


def held_along(action: Callable[[int], object], repeats: int) -> list[Held]:
    """Repeat an action, which gets the number of the repeat, and return what is held.

    Parameters
    ----------
    action : callable
    repeats : int
        At least ``NUM_PARTS``.

    Returns
    -------
    list of Held
        After each of ``NUM_PARTS`` equal parts.
    """
    held = []
    for number in range(repeats):
        action(number)
        if (number + 1) % (repeats // NUM_PARTS) == 0:
            held.append(held_now())
    return held


def cycles_of_fit_and_predict(repeats: int) -> list[Held]:
    """Fit a new forecaster to other series each time, and forecast them."""
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = write_small_checkpoint(Path(folder))

        def cycle(number: int) -> None:
            forecaster = small(checkpoint, num_samples=20, random_state=number)
            forecaster.fit(months(seed=number))
            forecaster.predict(FH)
            forecaster.predict_quantiles(FH, alpha=[0.1, 0.9])

        return held_along(cycle, repeats)


def opened_checkpoints(repeats: int) -> list[Held]:
    """Open another checkpoint each time, and forecast with it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = write_small_checkpoint(folder / "first")

        def open_checkpoint(number: int) -> None:
            copy = shutil.copytree(first, folder / str(number))
            small(copy).fit(months()).predict(FH)
            shutil.rmtree(copy)

        return held_along(open_checkpoint, repeats)
