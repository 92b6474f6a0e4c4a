"""What the command lines of all benchmarks have in common."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from benchmarks.command_line import count, deliver, require


def test_a_count_is_at_least_1() -> None:
    assert count("12") == 12
    with pytest.raises(argparse.ArgumentTypeError, match="at least 1, but found 0"):
        count("0")


def test_a_missing_package_ends_the_program_with_what_to_install() -> None:
    require(["torch", "numpy"], "test")
    with pytest.raises(SystemExit, match=r"needs no_such_package, which") as found:
        require(["torch", "no_such_package"], "test,benchmarks")
    assert '-e ".[test,benchmarks]"' in str(found.value)


def test_a_report_is_printed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver("# Größe", None)
    deliver("# Größe", tmp_path / "report.md")
    assert capsys.readouterr().out == "# Größe\n" * 2
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == "# Größe\n"
