"""The report, and the command that writes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy_fast import __main__ as program
from benchmarks.accuracy_fast.report import Result, part_table
from sktime_lagllama.evaluation.quantile_loss import REPORTED_LEVELS
from sktime_lagllama.pretraining.validation.scoring import compare, naive_quantiles, summarise
from sktime_lagllama.pretraining.validation.windows import RealWindow
from tests.support.models import PUBLISHED_LIKE, random_model
from tests.support.real_series import crafted_series, crafted_window


def result(windows: list[RealWindow], widening: float) -> Result:
    """Score the seasonal naive forecast with quantiles that are widened."""
    median = REPORTED_LEVELS.index(0.5)
    quantiles = [
        one[:, [median]] + widening * (one - one[:, [median]]) for one in naive_quantiles(windows)
    ]
    return Result(summarise(compare(windows, quantiles, ("group", "horizon"))))


def test_means_are_of_the_same_rows_for_every_model(windows: list[RealWindow]) -> None:
    random = np.random.default_rng(1)
    of_weeks = [crafted_window(random.uniform(1, 9, 150), [5.0] * 104, "weeks")]
    results = {"ets": result(windows, 1.0), "ours": result([*windows, *of_weeks], 4.0)}
    table = results["ours"].table
    rows = part_table(results, lambda rows: f"{rows['WQL'].mean():.3f}")
    assert rows[0] == "| | AutoETS | **LagLlamaForecaster** |"
    mean, mean_of_days = table["WQL"].iloc[:4].mean(), table["WQL"].iloc[:2].mean()
    cells = [f"{wql:.3f}" for wql in [*table["WQL"].iloc[:4], mean, mean_of_days]]
    assert rows[2:] == [
        f"| days, 7 steps | 1.000 | {cells[0]} |",
        f"| days, 14 steps | 1.000 | {cells[1]} |",
        f"| weeks, 52 steps |  | {cells[2]} |",
        f"| weeks, 104 steps |  | {cells[3]} |",
        f"| **mean** |  | {cells[4]} |",
        f"| **mean** of days | 1.000 | {cells[5]} |",
    ]


def test_the_shorter_horizon_comes_first(windows: list[RealWindow]) -> None:
    late = windows[0].targets.where(np.arange(14) >= 7)
    # Of the first window, only the longer horizon has observed targets.
    table = result([replace(windows[0], targets=late), *windows[1:]], 1.0)
    assert table.table.index[0] == ("days", 14)
    assert table.parts == [("days", 7), ("days", 14)]


@pytest.mark.usefixtures("mean_model")
def test_the_program_writes_a_report_of_the_groups_that_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(0)
    series = [
        replace(crafted_series(random.uniform(1, 9, length), group), name=f"crafted/{number}")
        for number, (length, group) in enumerate([(90, "days"), (400, "weeks"), (800, "hours")])
    ]
    # The packages of the benchmark need not be there for its tests.
    monkeypatch.setattr(program, "load_fast_series", lambda: series)
    monkeypatch.setattr(program, "NEEDED", ())
    monkeypatch.setattr(program, "VERSIONS", ("numpy",))
    checkpoint, output = str(tmp_path / "checkpoint"), tmp_path / "report.md"
    random_model(PUBLISHED_LIKE).save_pretrained(checkpoint)
    program.main(
        ["--cache", str(tmp_path / "cache"), "--groups", "weeks", "days", "--output", str(output),
         "--checkpoint", checkpoint]
    )  # fmt: skip
    text = output.read_text()
    assert text.startswith("# Accuracy on series of weeks, days and less\n")
    assert text.count("| days, 14 steps | 1.000 |") == 2
    assert "hours" not in "".join(line for line in text.splitlines() if line.startswith("|"))
    assert "| failed windows | 0 | 0 | 0 | 0 | 0 |" in text
    assert str(tmp_path) not in text
    models = {file.name.split("-")[1] for file in (tmp_path / "cache").iterdir()}
    assert models == {"theta", "mstl", "ets", "ours"}
