"""The command line of the ablations: what is trained, and what is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.ablations.__main__ import main
from benchmarks.ablations.variants import VARIANTS
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.pretraining.recipe import Recipe


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_change_fields_that_exist(name: str) -> None:
    variant = VARIANTS[name]
    assert variant.config.keys() <= LagLlamaConfig.__dataclass_fields__.keys()
    assert variant.recipe.keys() <= Recipe.__dataclass_fields__.keys()


def test_finished_variants_are_not_trained_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = {"held-out loss": 1.0, "real MASE": 2.0, "real WQL": 3.0, "coverage 80": 0.5}
    results = tmp_path / "results.json"
    results.write_text(json.dumps({name: {**result, "seconds": 9.0} for name in VARIANTS}))
    output = tmp_path / "report.md"
    main(["--steps", "7", "--results", str(results), "--output", str(output)])
    text = output.read_text(encoding="utf-8")
    assert text in capsys.readouterr().out
    assert "Each variant: 7 steps of 5120 tokens" in text
    assert text.count("| 1.000 | 2.000 | 3.000 | 50% |") == len(VARIANTS)
    assert "Measured on:" in text


def test_without_output_no_file_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "benchmarks/ablations").mkdir(parents=True)
    result = {"held-out loss": 1.0, "real MASE": 2.0, "real WQL": 3.0, "coverage 80": 0.5}
    Path("results.json").write_text(json.dumps(dict.fromkeys(VARIANTS, result)))
    main(["--results", "results.json"])
    assert "# Ablations" in capsys.readouterr().out
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["results.json"]
