"""How reports are written, and how a part of one is replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.common.reports import deliver, sections


def test_a_report_is_printed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver("# Größe", None)
    deliver("# Größe", tmp_path / "report.md")
    assert capsys.readouterr().out == "# Größe\n" * 2
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == "# Größe\n"


def test_sections_begin_at_headings_of_the_second_level() -> None:
    assert sections("# Title\n\n## One\n\n### Part\ntext ## no\n\n## Two\n\nmore\n") == {
        "One": "## One\n\n### Part\ntext ## no",
        "Two": "## Two\n\nmore",
    }
    assert sections("# Title\n\ntext\n") == {}
