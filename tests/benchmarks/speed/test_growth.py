"""How the time of a forecast grows: the table and the picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.speed import growth


def test_growth_is_relative_to_the_smallest_case() -> None:
    rows = list(growth.rows({"horizon": {24: 0.5, 48: 1.5}}))
    assert rows == [
        "| horizon | 24 | 0.500 | 20.833 | 1.0 | 1.0 |",
        "| horizon | 48 | 1.500 | 31.250 | 2.0 | 3.0 |",
    ]


@pytest.mark.slow
def test_growth_is_drawn(tmp_path: Path) -> None:
    growth.draw({"horizon": {24: 0.5, 48: 1.5}, "num_samples": {10: 1.0, 30: 2.0}}, tmp_path / "a")
    assert (tmp_path / "a.png").stat().st_size > 1000


@pytest.mark.slow
def test_the_picture_lies_beside_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    smallest = growth.Case(horizon=1, num_samples=2)
    monkeypatch.setattr(growth, "GROWTH", {"horizon": [smallest], "num_samples": [smallest]})
    monkeypatch.setattr(growth, "REFERENCE_ISSUE", smallest)
    lines = growth.report(tmp_path / "report.md")
    assert "![seconds against each of them](growth.png)" in lines
    assert (tmp_path / "growth.png").is_file()
