"""A backtest by batch and by loop."""

from __future__ import annotations

import pytest

from benchmarks.speed import backtest


@pytest.mark.slow
def test_the_backtest_forecasts_the_same_from_the_same_cutoffs() -> None:
    lines = backtest.report(num_cutoffs=8, horizons=(1, 3))
    assert any("8 cutoffs" in line for line in lines)
    rows = [line.split("|") for line in lines if line.startswith(("| 1 |", "| 3 |"))]
    # A row for each number of paths and steps; the last column is the correlation.
    assert [(int(row[2]), int(row[1])) for row in rows] == [(100, 1), (100, 3), (20, 1), (20, 3)]
    assert min(float(row[-2]) for row in rows) > 0.9
