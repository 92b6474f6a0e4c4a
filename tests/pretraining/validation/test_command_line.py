"""``python -m sktime_lagllama.pretraining.validation``."""

from __future__ import annotations

from pathlib import Path

import pytest

from sktime_lagllama.pretraining.validation.__main__ import main
from sktime_lagllama.pretraining.validation.windows import RealWindow
from tests.support.models import SMALL, random_model


def test_command_line_prints_the_table(
    windows: list[RealWindow], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    random_model(SMALL).save_pretrained(tmp_path)
    main(["--checkpoint", str(tmp_path), "--context-length", "8", "--num-samples", "3"])
    printed = capsys.readouterr().out
    assert "hourly_simulated" in printed
    assert f"{len(windows)} windows" in printed
