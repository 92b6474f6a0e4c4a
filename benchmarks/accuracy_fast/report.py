"""The report on accuracy on fast series: tables, and how to read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from benchmarks.accuracy.forecasters import LAG_LLAMA, NAIVE
from benchmarks.accuracy_fast.history import MAX_VALUES, MAX_WEEKS
from benchmarks.common.metrics import geometric_mean

LABELS = {
    NAIVE: "seasonal naive",
    "theta": "AutoTheta",
    "mstl": "MSTL",
    "ets": "AutoETS",
    LAG_LLAMA: "**LagLlamaForecaster**",
}
INTRODUCTION = """\
Accuracy on the fast validation set (series of weeks, days and steps down to 5 minutes that come
inside packages), from
`python -m benchmarks.accuracy_fast --cache FOLDER --output benchmarks/accuracy_fast/report.md`.

**These are validation series: how ours combines resolutions was chosen by them.** Nothing was
trained on them, but our numbers are flattered by that choice, those of the baselines are not.
Accuracy on competition series: `benchmarks/accuracy/report.md`."""
NOTES = f"""\
A row is a group of series with one step, at a horizon of one season or of two: a day of what is
faster than days, a week of days, a year of weeks. Windows are cut at several cutoffs in the later
half of each series. MASE is of the point forecast, WQL twice the mean pinball loss over the levels
0.1 to 0.9, both scaled by the mean absolute seasonal difference of the history. Errors are averaged
over the windows of a data set, then over the data sets of a group, and divided by the seasonal
naive's average: below 1 is better than it. The seasonal naive has Gaussian quantiles, a harder
standard for the WQL than quantiles that all equal its point forecast. Means of the ratios are
geometric. The groups are not independent: where real series are rare, the same events are counted
at several steps.

Ours is `LagLlamaForecaster(random_state=0)`, fitted to the whole history of a window, with its
missing values; its point forecast is the median. The baselines are models of statsforecast with
their defaults and their own intervals: `AutoTheta(season_length=m)`; `MSTL(season_length=...)` with
AutoETS for the trend, and with the day and the week as seasons where the step is below a day;
`AutoETS(season_length=m)` where m is at most 24, the longest season that ETS takes. Below a day
they see the last {MAX_WEEKS} weeks, at most {MAX_VALUES:,} values, in which gaps are filled: short
ones by interpolation, those longer than half a season by the last value of the same phase.
AutoTheta's intervals are those of 200 simulated paths, so wide on some series (flights under way)
that all values are in them, which is why its WQL is worse than its MASE there.

"failed" counts the windows on which a baseline raised an error or returned no finite numbers; the
seasonal naive forecast stands in. CPU seconds are for 100 windows, all threads together, weights
loaded and packages imported before, and those of the baselines for their shorter history."""


@dataclass(frozen=True)
class Result:
    """How accurate one model is on the groups that it can forecast.

    Parameters
    ----------
    table : pd.DataFrame
        As ``summarise`` returns it, by group and horizon.
    num_failed : int, default=0
        Windows on which the model failed.
    cpu_seconds : float, optional
        For 100 windows; None where that is not measured.
    """

    table: pd.DataFrame
    num_failed: int = 0
    cpu_seconds: float | None = None

    @property
    def parts(self) -> list[tuple[str, int]]:
        """Groups with their horizons, the shorter first, without the row of the means."""
        parts = [part for part in self.table.index if part[0] != "all"]
        groups = [group for group, _ in parts]
        return sorted(parts, key=lambda part: (groups.index(part[0]), part[1]))


def part_table(
    results: Mapping[str, Result],
    cell: Callable[[pd.DataFrame], str],
) -> list[str]:
    """Return a table with a row for each group and horizon, and rows of means.

    Parameters
    ----------
    results : mapping of Result
        By model, a column for each; ours among them. A model without a group has an empty cell.
    cell : callable
        Takes the rows of a model's table that belong to a row here, one or, for a mean, several.

    Returns
    -------
    list of str
        Lines of markdown.
    """
    parts = results[LAG_LLAMA].parts
    # Means are comparable only over the same parts.
    shared = [part for part in parts if all(part in result.parts for result in results.values())]
    rows = {f"{group}, {horizon} steps": [(group, horizon)] for group, horizon in parts}
    rows["**mean**"] = parts
    if 0 < len(shared) < len(parts):
        rows[f"**mean** of {' and '.join(dict.fromkeys(group for group, _ in shared))}"] = shared
    lines = []
    for label, of_row in rows.items():
        cells = [
            cell(result.table.loc[of_row]) if set(of_row) <= set(result.parts) else ""
            for result in results.values()
        ]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return [*_header(results), *lines]


def effort_table(results: Mapping[str, Result]) -> list[str]:
    """Return the table of failures and of seconds.

    Parameters
    ----------
    results : mapping of Result
        By model, a column for each.

    Returns
    -------
    list of str
        Lines of markdown.
    """
    failed = [str(result.num_failed) for result in results.values()]
    seconds = [
        "" if result.cpu_seconds is None else f"{result.cpu_seconds:.0f}"
        for result in results.values()
    ]
    return [
        *_header(results),
        f"| failed windows | {' | '.join(failed)} |",
        f"| CPU s / 100 windows | {' | '.join(seconds)} |",
    ]


def sizes_table(table: pd.DataFrame) -> list[str]:
    """Return the table of the numbers of series and windows of each group.

    Parameters
    ----------
    table : pd.DataFrame
        As ``summarise`` returns it, by group and horizon.

    Returns
    -------
    list of str
        Lines of markdown.
    """
    of_groups = table[["series", "windows"]].groupby(level="group", sort=False).max()
    numbers = of_groups.astype(str).to_dict("list")
    return [
        f"| | {' | '.join(of_groups.index)} |",
        f"|---|{'---:|' * len(of_groups)}",
        *(f"| {name} | {' | '.join(cells)} |" for name, cells in numbers.items()),
    ]


def report(results: Mapping[str, Result], measured_on: Sequence[str]) -> str:
    """Return the report in markdown.

    Parameters
    ----------
    results : mapping of Result
        By model of ``LABELS``.
    measured_on : sequence of str
        The lines of ``machine.about``.

    Returns
    -------
    str
    """
    return "\n".join(
        [
            "# Accuracy on series of weeks, days and less",
            "",
            INTRODUCTION,
            "",
            "## MASE, relative to the seasonal naive forecast",
            "",
            *part_table(results, lambda rows: f"{geometric_mean(rows['MASE'].to_list()):.3f}"),
            "",
            "## WQL, relative to the seasonal naive forecast",
            "",
            *part_table(results, lambda rows: f"{geometric_mean(rows['WQL'].to_list()):.3f}"),
            "",
            "## Shares of values in the 80 % and 95 % intervals, in percent",
            "",
            *part_table(results, _coverages),
            "",
            "## Numbers of series and windows, failures and seconds",
            "",
            *sizes_table(results[LAG_LLAMA].table),
            "",
            *effort_table(results),
            "",
            "## How to read this",
            "",
            NOTES,
            "",
            *measured_on,
        ]
    )


def _header(results: Mapping[str, Result]) -> list[str]:
    """Return the first lines of a table with a column for each model."""
    return [
        f"| | {' | '.join(LABELS[model] for model in results)} |",
        f"|---|{'---:|' * len(results)}",
    ]


def _coverages(rows: pd.DataFrame) -> str:
    """Return the mean coverages of rows of a table."""
    means = 100 * rows[["coverage_80", "coverage_95"]].mean()
    return f"{means['coverage_80']:.0f} / {means['coverage_95']:.0f}"
