"""The largest forecasts are made in processes of limited memory."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import pytest

from benchmarks.limits import __main__ as program
from benchmarks.limits.cases import CASES, SMALL


@pytest.mark.slow
def test_a_forecast_without_enough_memory_says_so() -> None:
    row = program.row("context", 0.3).split("|")
    assert "Error" in row[3] or "killed" in row[3]


@pytest.mark.slow
def test_the_longest_context_fits_into_a_gibibyte() -> None:
    row = program.row("context", 1.0).split("|")
    assert 0.1 < float(row[4]) < CASES["context"].expected


@pytest.mark.parametrize("num_series", [1, 3])
def test_a_case_forecasts_every_series_and_step(num_series: int) -> None:
    assert replace(SMALL, num_series=num_series).forecast().shape == (2 * num_series, 3)


def test_cases_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    with patch.object(program, "row", lambda name, _: f"row of {name}"):
        program.main(["--case", "paths", "series"])
    printed = capsys.readouterr().out
    assert "row of paths\nrow of series" in printed
    assert "row of horizon" not in printed
