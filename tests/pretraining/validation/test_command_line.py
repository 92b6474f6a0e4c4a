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


@pytest.mark.slow
def test_command_line_prints_the_table_of_the_fast_set(
    fast_windows: list[RealWindow],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random_model(SMALL).save_pretrained(tmp_path)
    days = [window for window in fast_windows if window.series.group == "days"][:6]
    monkeypatch.setattr(
        "sktime_lagllama.pretraining.validation.__main__.rolling_windows", lambda series: days
    )
    main(["--set", "fast", "--checkpoint", str(tmp_path), "--num-samples", "3", "--sources"])
    printed = capsys.readouterr().out
    assert "airquality" in printed
    assert "horizon" in printed
    assert "6 windows" in printed
