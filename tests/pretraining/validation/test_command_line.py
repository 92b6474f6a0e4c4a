"""``python -m sktime_lagllama.pretraining.validation``."""

from __future__ import annotations

from pathlib import Path

import pytest

from sktime_lagllama.pretraining.validation.__main__ import main, with_dispersion
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


def test_a_larger_dispersion_covers_more(
    windows: list[RealWindow],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random_model(SMALL).save_pretrained(tmp_path)
    module = "sktime_lagllama.pretraining.validation.__main__"
    years = [window for window in windows if window.series.group == "yearly"]
    monkeypatch.setattr(f"{module}.load_real_series", tuple)
    monkeypatch.setattr(f"{module}.rolling_windows", lambda series: years)

    def coverage(*arguments: str) -> float:
        main(["--checkpoint", str(tmp_path), "--num-samples", "20", *arguments])
        lines = capsys.readouterr().out.splitlines()
        column = lines[0].split().index("coverage_80") + 1
        return float(next(line for line in lines if line.startswith("all")).split()[column])

    own = coverage()
    assert coverage("--dispersion", "1") == own
    assert coverage("--dispersion", "0.1") < own < coverage("--dispersion", "20")


def test_dispersion_changes_a_copy_only() -> None:
    model = random_model(SMALL)
    assert with_dispersion(model, 3.0).config.dispersion == 3.0
    assert model.config.dispersion == 1.0
    with pytest.raises(ValueError, match="dispersion must be a positive number"):
        with_dispersion(model, 0.0)


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
