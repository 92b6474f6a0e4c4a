"""The tables and the picture of error per second."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.speed import precision
from benchmarks.speed.precision_curves import Curves, Measured

DEFAULT = 25
CURVES = Curves(
    independent={
        8: Measured(0.1, 0.4),
        DEFAULT: Measured(0.5, 0.12),
        100: Measured(1.0, 0.1),
        400: Measured(4.0, 0.05),
    },
    package={8: Measured(0.125, 0.1), DEFAULT: Measured(0.25, 0.02), 100: Measured(1.0, 0.01)},
)


@pytest.fixture(autouse=True)
def default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "DEFAULT_SAMPLES", DEFAULT)


def test_the_summary_compares_with_a_hundred_independent_paths() -> None:
    row = precision.summary("a case", CURVES)
    assert row == "| a case | 0.100 | 1.000 | 8 | 0.125 | 8.0 | 4.0 | 5.0 |"


def test_numbers_of_paths_that_only_one_way_has_are_in_the_table() -> None:
    rows = list(precision.rows("a case", CURVES))
    assert rows[0] == "| a case | 8 | 0.4000 | 0.100 | 0.1000 | 0.125 |"
    assert rows[-1] == "| a case | 400 | 0.0500 | 4.000 | - | - |"
    assert f"**{DEFAULT}**" in rows[1]


@pytest.mark.slow
def test_both_kinds_of_weights_are_in_the_report_and_in_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small: dict[str, object] = {
        "HORIZON": 2, "PANEL": 2, "REFERENCE_SERIES": 1, "REFERENCE_SAMPLES": 100, "REPEATS": 1,
        "PANEL_REPEATS": 1, "NUM_SAMPLES": (25, 100), "ONLY_INDEPENDENT": (),
    }  # fmt: skip
    for name, value in small.items():
        monkeypatch.setattr(precision, name, value)
    # Which number of paths is precise enough is up to chance, with so few of them.
    monkeypatch.setattr(precision, "summary", lambda name, curves: f"| {name} |")
    lines = precision.report(tmp_path / "report.md")
    for weights in ("bundled", "random"):
        assert f"| one series, {weights} weights |" in lines
        assert f"| panel of 2, {weights} weights |" in lines
    assert "![error against seconds](precision.png)" in lines
    assert (tmp_path / "precision.png").stat().st_size > 1000
