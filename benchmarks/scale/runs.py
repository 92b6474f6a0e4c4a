"""Forecasts of a data set by one process or by the workers of a Dask cluster, timed."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.scale.data_set import FREQ, size_of
from benchmarks.speed.panel_process import peak_memory
from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama.scale import forecast_parquet

HORIZON = 4
SECONDS_BETWEEN_LOOKS = 0.05


@dataclass(frozen=True)
class Task:
    """What is to be forecast.

    Parameters
    ----------
    source, target : Path
    rows_per_partition : int
    num_partitions : int
        How many that makes.
    num_missing : int
        Those of them that the target does not have yet.
    """

    source: Path
    target: Path
    rows_per_partition: int
    num_partitions: int
    num_missing: int


@dataclass(frozen=True)
class Run:
    """What was measured.

    Parameters
    ----------
    what : str
        Who did the work.
    task : Task
    seconds : float
        Of the whole call, workers being there already.
    splitting : float
        Seconds of these until the first partition was forecast, which is most of all the time that
        rows are split.
    peak_memory : float
        GiB of the process or of the largest worker.
    scratch : int
        Bytes of the rows by partition.
    killed_at : int or None
        Partitions that were missing when a worker was killed.
    """

    what: str
    task: Task
    seconds: float
    splitting: float
    peak_memory: float
    scratch: int
    killed_at: int | None = None


class _Watch(threading.Thread):
    """Looks at a target while it is written, and kills a process once half of it is there."""

    def __init__(self, task: Task, victim: int | None) -> None:
        super().__init__(daemon=True)
        self.task, self.victim = task, victim
        self.first_partition: float | None = None
        self.killed_at: int | None = None
        self.scratch = 0
        self.is_over = threading.Event()

    def run(self) -> None:
        while not self.is_over.wait(SECONDS_BETWEEN_LOOKS):
            self.look()

    def look(self) -> None:
        """Note what is there."""
        target, victim = self.task.target, self.victim
        num_missing = self.task.num_partitions - len(list(target.glob("part-*.parquet")))
        if num_missing < self.task.num_missing and self.first_partition is None:
            self.first_partition = perf_counter()
            self.scratch = size_of(target / "_rows")
        is_half_way = 0 < num_missing <= self.task.num_missing / 2
        if victim is not None and self.killed_at is None and is_half_way:
            self.killed_at = num_missing
            os.kill(victim, signal.SIGKILL)


def without_some(task: Task, target: Path, num_missing: int) -> Task:
    """Copy a finished target, except for some of its partitions.

    Parameters
    ----------
    task : Task
        That is done.
    target : Path
        New.
    num_missing : int
        The partitions to leave out, evenly spread.

    Returns
    -------
    Task
        To compute these.
    """
    shutil.copytree(task.target, target)
    files = sorted(target.glob("part-*.parquet"))
    for number in range(num_missing):
        files[number * len(files) // num_missing].unlink()
    return replace(task, target=target, num_missing=num_missing)


def _watched(what: str, task: Task, client: Any, victim: int | None) -> Run:
    """Make a forecast, and look at it meanwhile."""
    watch = _Watch(task, victim)
    start = perf_counter()
    watch.start()
    forecast_parquet(
        LagLlamaForecaster(random_state=0, device="cpu"),
        task.source,
        task.target,
        fh=range(1, HORIZON + 1),
        freq=FREQ,
        client=client,
        rows_per_partition=task.rows_per_partition,
    )
    seconds = perf_counter() - start
    watch.is_over.set()
    watch.join()
    memory = peak_memory() if client is None else max(client.run(peak_memory).values())
    splitting = (watch.first_partition or start + seconds) - start
    return Run(what, task, seconds, splitting, memory, watch.scratch, watch.killed_at)


def in_one_process(task: Task) -> Run:
    """Forecast without Dask, in a new process with one thread."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"  # as Dask does for its workers
    try:
        with get_context("spawn").Pool(1) as pool:
            return pool.apply(_watched, ("one process", task, None, None))
    finally:
        os.environ.pop("OMP_NUM_THREADS")
        if before is not None:
            os.environ["OMP_NUM_THREADS"] = before


def by_workers(task: Task, num_workers: int, kill_one: bool = False) -> Run:
    """Forecast by the processes of a local Dask cluster, one thread each.

    Parameters
    ----------
    task : Task
    num_workers : int
    kill_one : bool, default=False
        Whether one of them is killed when half of the partitions are there.

    Returns
    -------
    Run
    """
    from distributed import Client, LocalCluster

    what = f"{num_workers} worker{'s' if num_workers > 1 else ''}"
    with (
        LocalCluster(
            n_workers=num_workers, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        # Workers that serve for long have imported torch; here it would count against them.
        client.run(_import_everything)
        victim = next(iter(client.run(os.getpid).values())) if kill_one else None
        what += ", one of them killed" if kill_one else ""
        return _watched(what, task, client, victim)


def _import_everything() -> None:
    import sktime_lagllama.scale.forecasts  # noqa: F401
