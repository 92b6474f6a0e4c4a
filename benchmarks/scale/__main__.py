"""Forecast many series by one process, one worker and several, and kill a worker meanwhile.

``python -m benchmarks.scale --series 200000 --workers 1 2 --output benchmarks/scale/report.md``
"""

from __future__ import annotations

import argparse
import tempfile
from math import ceil
from pathlib import Path

from benchmarks.common.command_line import count, print_progress, require
from benchmarks.common.machine import about
from benchmarks.common.reports import deliver

VERSIONS = ("sktime-lagllama", "sktime", "torch", "numpy", "pandas", "pyarrow", "distributed")
PARTITIONS_PER_WORKER = 4
ROWS_PER_PARTITION = 125_000
PARTITIONS_AGAIN = 4


def main(arguments: list[str] | None = None) -> None:
    """Make the forecasts, print the report, and write it if the command line names a file."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.scale", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--series", type=count, default=200_000, help="how many (200000)")
    parser.add_argument("--workers", type=count, nargs="+", default=[1, 2], help="(1 2)")
    parser.add_argument("--folder", type=Path, help="for the files, new ones (a temporary one)")
    parser.add_argument("--output", type=Path, help="markdown file to write the report to, too")
    options = parser.parse_args(arguments)
    require(["distributed", "pyarrow"], "distributed")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        deliver(report(Path(folder), options.series, sorted(set(options.workers))), options.output)


def report(folder: Path, num_series: int, workers: list[int]) -> str:
    """Make the forecasts, and return the report in markdown.

    Parameters
    ----------
    folder : Path
        Empty.
    num_series : int
    workers : list of int
        Numbers of workers.

    Returns
    -------
    str
    """
    from benchmarks.scale.comparison import section_of_runs
    from benchmarks.scale.data_set import NUM_QUARTERS, size_of, write_series
    from benchmarks.scale.plan import section_of_plan
    from benchmarks.scale.runs import Task, by_workers, in_one_process, without_some

    measured_on = about(VERSIONS, "bundled")
    print_progress(f"writing {num_series} series ...")
    source = folder / "source"
    write_series(source, num_series)
    num_rows = num_series * NUM_QUARTERS
    # Few series are split into as many partitions as keep all workers busy.
    rows = min(ROWS_PER_PARTITION, ceil(num_rows / (PARTITIONS_PER_WORKER * max(workers))))
    partitions = ceil(num_rows / rows)
    print_progress(f"forecasting with {max(workers)} worker(s) ...")
    task = Task(source, folder / "whole", rows, partitions, partitions)
    whole = by_workers(task, max(workers))
    sample = min(PARTITIONS_AGAIN, partitions)
    again = []
    for number in workers:
        print_progress(f"forecasting {sample} partitions with {number} worker(s) ...")
        again.append(by_workers(without_some(task, folder / f"by-{number}", sample), number))
    print_progress(f"forecasting {sample} partitions in one process ...")
    single = in_one_process(without_some(task, folder / "single", sample))
    print_progress(f"forecasting {sample} partitions while a worker is killed ...")
    killed_task = without_some(task, folder / "killed", sample)
    killed = by_workers(killed_task, max(2, *workers), kill_one=True)
    lines = [
        *section_of_runs(whole, again, single, killed, num_series),
        "",
        *section_of_plan(whole, num_series, size_of(source)),
        "",
        *measured_on,
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
