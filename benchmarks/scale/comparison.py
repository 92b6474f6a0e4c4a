"""Runs beside each other: how fast, in how much memory, and whether the numbers are the same."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.scale.data_set import NUM_QUARTERS
from benchmarks.scale.runs import HORIZON, Run


def section_of_runs(
    whole: Run, again: list[Run], single: Run, killed: Run, num_series: int
) -> list[str]:
    """Return the lines of the report about the runs.

    Parameters
    ----------
    whole : Run
        Of everything, by the largest number of workers.
    again : list of Run
        Of some partitions, in the order of their numbers of workers.
    single, killed : Run
        Of these partitions: by a single process, and by workers of which one was killed.
    num_series : int

    Returns
    -------
    list of str
    """
    partitions = whole.task.num_partitions
    ratio = again[0].seconds / again[-1].seconds
    rows = [
        f"| {run.what} | {run.task.num_missing} | {run.seconds:.0f} | {run.splitting:.0f} "
        f"| {rate(run, num_series):.1f} | {run.peak_memory:.2f} "
        f"| {sameness(whole.task.target, run.task.target)} |"
        for run in [whole, *again, single, killed]
    ]
    return [
        "# Scale",
        "",
        f"{num_series:,} series of {NUM_QUARTERS} quarters in parquet files to parquet files of",
        f"nine quantiles of {HORIZON} quarters, in {partitions} partitions, by",
        "`sktime_lagllama.scale.forecast_parquet` with the bundled weights and the default of 20",
        "paths. Each process has one thread. Some of the partitions were then removed from copies",
        "of the result and computed again: by fewer workers and as many, by a single process",
        "without Dask, and by workers of which one was killed. All split the rows of all series",
        "first. The last column compares files with those of the first run, bit by bit.",
        "",
        "| | partitions | seconds | until the first is there | series a second "
        "| GiB at most, each process | files equal |",
        "|---|---:|---:|---:|---:|---:|---|",
        *rows,
        "",
        f"On the same partitions {again[-1].what} have {ratio:.2f} times the rate of",
        f"{again[0].what}. A worker was killed with SIGKILL when {killed.killed_at} of",
        f"{killed.task.num_missing} partitions were missing.",
    ]


def rate(run: Run, num_series: int) -> float:
    """Return the series a second of a run.

    Parameters
    ----------
    run : Run
    num_series : int
        Of all partitions.

    Returns
    -------
    float
    """
    return num_series * run.task.num_missing / run.task.num_partitions / run.seconds


def sameness(expected: Path, found: Path) -> str:
    """Tell how many files of one target have the same bits in another.

    Parameters
    ----------
    expected, found : Path
        Targets.

    Returns
    -------
    str
        Such as "4 of 4".
    """
    names = sorted(file.name for file in expected.glob("part-*.parquet"))
    equal = [
        (found / name).exists()
        and pq.read_table(expected / name).equals(pq.read_table(found / name))
        for name in names
    ]
    return f"{sum(equal)} of {len(names)}"
