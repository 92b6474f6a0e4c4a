"""Time a backtest, a grid search, an ensemble and a reconciliation, and the same with AutoETS.

``python -m benchmarks.workflows --output benchmarks/workflows/report.md``; the data are sktime's.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.common.command_line import count, print_progress, require
from benchmarks.common.machine import about
from benchmarks.common.reports import deliver
from benchmarks.speed.timing import seconds
from benchmarks.workflows.cases import Workflow, backtest, backtested, workflows

VERSIONS = ("sktime-lagllama", "sktime", "statsmodels", "torch", "numpy", "pandas")


def backtest_rows(num_folds: int) -> list[str]:
    """Backtest each forecaster, and return a row for each.

    Parameters
    ----------
    num_folds : int

    Returns
    -------
    list of str
        Name, seconds, mean absolute scaled error.
    """
    rows = []
    for name, forecaster in backtested().items():
        backtest(forecaster.clone(), 1)  # reads the weights, and imports what it needs
        start = perf_counter()
        error = backtest(forecaster, num_folds)
        rows.append(f"| {name} | {perf_counter() - start:.2f} | {error:.3f} |")
    return rows


def workflow_row(name: str, ours: Workflow, theirs: Workflow, repeats: int) -> str:
    """Time a workflow with both forecasters, in turns, and return its row.

    Parameters
    ----------
    name : str
    ours, theirs : callable
        The workflow with our forecaster, and with AutoETS.
    repeats : int
        After a first call of each, which reads weights and starts processes.

    Returns
    -------
    str
    """
    first = [seconds(ours), seconds(theirs)]
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(repeats)]
    of_ours, of_theirs = (median(times) for times in zip(*pairs, strict=True))
    return (
        f"| {name} | {of_ours:.2f} | {of_theirs:.2f} | {of_ours / of_theirs:.2f} "
        f"| {first[0]:.2f} | {first[1]:.2f} |"
    )


def report(num_folds: int, grid_folds: int, repeats: int) -> str:
    """Measure, and return the report in markdown."""
    measured_on = about(VERSIONS)
    print_progress("backtesting ...")
    of_backtest = backtest_rows(num_folds)
    rows = []
    for name, (ours, theirs) in workflows(grid_folds).items():
        print_progress(f"timing {name} ...")
        rows.append(workflow_row(name, ours, theirs, repeats))
    lines = [
        "# Workflows of sktime, beside AutoETS",
        "",
        "All forecast 12 months. AutoETS chooses its model at each `fit`, in one process.",
        "",
        "## Backtest",
        "",
        f"`evaluate` over {num_folds} folds of the airline data, refitting at each.",
        "Seconds are of all folds.",
        "",
        "| | seconds | MASE |",
        "|---|---:|---:|",
        *of_backtest,
        "",
        "## Search, ensemble, reconciliation",
        "",
        f"Seconds, medians of {repeats} repeats in turns; the first calls, which read weights,",
        "import packages and start processes, stand beside them.",
        "",
        "| | ours | AutoETS | ours / AutoETS | first call, ours | first call, AutoETS |",
        "|---|---:|---:|---:|---:|---:|",
        *rows,
        "",
    ]
    return "\n".join([*lines, *measured_on])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the report, and write it if the command line names a file."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.workflows", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--folds", type=count, default=20, help="of the backtest (default: 20)")
    parser.add_argument("--grid-folds", type=count, default=4, help="of the grid (default: 4)")
    parser.add_argument("--repeats", type=count, default=3, help="of each workflow (default: 3)")
    parser.add_argument("--output", type=Path, help="markdown file to write the report to, too")
    options = parser.parse_args(arguments)
    require(["statsmodels"], "training")
    # sktime's own composites and forecasters warn of what its next version will change.
    warnings.filterwarnings("ignore", "The default of config ``remember_data``", FutureWarning)
    deliver(report(options.folds, options.grid_folds, options.repeats), options.output)


if __name__ == "__main__":
    main()
