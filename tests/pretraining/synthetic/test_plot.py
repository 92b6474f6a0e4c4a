"""The command that draws a page of synthetic series."""

from __future__ import annotations

from pathlib import Path

import pytest

from sktime_lagllama.pretraining.synthetic.plot import main


@pytest.mark.slow
def test_the_plot_command_writes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.png"
    main(["--plot", str(page), "--seed", "3"])
    assert page.read_bytes().startswith(b"\x89PNG")
    assert "points per second" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("step", ["15min", "1M"])
def test_the_plot_command_writes_a_page_of_one_step(tmp_path: Path, step: str) -> None:
    page = tmp_path / "page.png"
    main(["--plot", str(page), "--step", step])
    assert page.read_bytes().startswith(b"\x89PNG")
