"""What 100 million series would take, computed from what fewer took."""

from __future__ import annotations

from benchmarks.scale.data_set import size_of
from benchmarks.scale.runs import Run

MANY = 100_000_000
CORES = (16, 64, 256, 1024)


def section_of_plan(run: Run, num_series: int, source_bytes: int) -> list[str]:
    """Return the lines of the report about 100 million series.

    Parameters
    ----------
    run : Run
        Of everything, by the largest number of workers.
    num_series : int
    source_bytes : int
        Of the source.

    Returns
    -------
    list of str
    """
    rate = num_series / run.seconds / int(run.what.split()[0])
    core_hours = MANY / rate / 3600
    rows = [f"| {cores:,} | {core_hours / cores:,.1f} |" for cores in CORES]
    source, scratch, target = (
        size * MANY / num_series / 1e9
        for size in (source_bytes, run.scratch, size_of(run.task.target))
    )
    return [
        f"## On paper: {MANY // 10**6} million series",
        "",
        f"At the {rate:.1f} series a second of each of {run.what}, {MANY:,} such series take",
        f"{core_hours:,.0f} core hours:",
        "",
        "| cores | hours |",
        "|---:|---:|",
        *rows,
        "",
        f"A worker takes {run.peak_memory:.2f} GiB at most. On a disk that all machines see:",
        f"source {source:,.0f} GB, rows by partition {scratch:,.0f} GB until all is done,",
        f"forecasts {target:,.0f} GB. Not measured, and left out: reading from a disk over the",
        "network, and a scheduler with thousands of workers.",
    ]
