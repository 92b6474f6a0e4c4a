"""The command line of the speed benchmark."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from benchmarks.speed import __main__ as program


def test_parts_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    parts = program.PARTS
    chosen = {name: (lambda options, name=name: [f"lines of {name}"]) for name in parts}
    with patch.dict(parts, chosen):
        program.main(["--part", "growth", "bound"])
    printed = capsys.readouterr().out
    assert "lines of growth\nlines of bound" in printed
    assert "lines of adapter" not in printed
