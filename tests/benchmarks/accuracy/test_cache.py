"""Which code a kept forecast depends on."""

from __future__ import annotations

from pathlib import Path

import sktime_lagllama
from benchmarks.accuracy.cache import zero_shot_code


def test_forecasts_are_kept_while_only_training_and_evaluation_change() -> None:
    package = Path(sktime_lagllama.__file__).parent
    files = zero_shot_code(package)
    rooms = {file.relative_to(package).parts[0] for file in files}
    assert {"forecaster.py", "data", "network", "sampling", "forecasting", "checkpoints"} <= rooms
    assert rooms.isdisjoint({"pretraining", "fine_tuning", "training", "evaluation"})


def test_the_folder_of_the_package_may_have_any_name(tmp_path: Path) -> None:
    package = tmp_path / "training" / "package"
    package.mkdir(parents=True)
    (package / "forecaster.py").touch()
    assert zero_shot_code(package) == [package / "forecaster.py"]
