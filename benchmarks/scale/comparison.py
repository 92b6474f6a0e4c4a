"""Runs beside each other: how fast, in how much memory, and whether the numbers are the same."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.scale.data_set import NUM_MONTHS
from benchmarks.scale.runs import HORIZON, Run


def section_of_runs(whole: list[Run], again: list[Run], num_series: int) -> list[str]:
    """Return the lines of the report about the runs.

    Parameters
    ----------
    whole : list of Run
        Of everything, in the order of their numbers of workers.
    again : list of Run
        Of some partitions: by a single process, and by workers of which one was killed.
    num_series : int

    Returns
    -------
    list of str
    """
    partitions = whole[0].task.num_partitions
    ratio = whole[0].seconds / whole[-1].seconds
    rows = [
        f"| {run.what} | {run.task.num_missing} | {run.seconds:.0f} | {run.splitting:.0f} "
        f"| {_rate(run, num_series)} | {run.peak_memory:.2f} "
        f"| {sameness(whole[0].task.target, run.task.target)} |"
        for run in [*whole, *again]
    ]
    return [
        "# Scale",
        "",
        f"{num_series:,} series of {NUM_MONTHS} months in parquet files to parquet files of nine",
        f"quantiles of {HORIZON} months, in {partitions} partitions, by",
        "`sktime_lagllama.scale.forecast_parquet` with the bundled weights and the default of 20",
        "paths. Each process has one thread. Some of the partitions were then removed from copies",
        "of the result and computed again: by a single process without Dask, and by workers of",
        "which one was killed. The last column compares files with those of the first run, bit by",
        "bit.",
        "",
        "| | partitions | seconds | until the first is there | series a second "
        "| GiB at most, each process | files equal |",
        "|---|---:|---:|---:|---:|---:|---|",
        *rows,
        "",
        f"{whole[-1].what} have {ratio:.2f} times the rate of {whole[0].what}. A worker was killed",
        f"with SIGKILL when {again[-1].killed_at} of {again[-1].task.num_missing} partitions were "
        "missing.",
    ]


def _rate(run: Run, num_series: int) -> str:
    """Return the series a second of a run of everything, and nothing of others."""
    is_whole = run.task.num_missing == run.task.num_partitions
    return f"{num_series / run.seconds:.1f}" if is_whole else ""


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
