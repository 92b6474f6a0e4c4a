"""The command that trains a checkpoint."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from sktime_lagllama.checkpoints.read import read
from sktime_lagllama.pretraining.command_line import main
from sktime_lagllama.pretraining.recipe import Recipe
from tests.support.models import SMALL


@pytest.mark.slow
def test_command_writes_a_checkpoint_that_can_be_read(tmp_path: Path) -> None:
    small = [f"{name}={json.dumps(value)}" for name, value in asdict(SMALL).items()]
    folders = ["--state", str(tmp_path / "state"), "--output", str(tmp_path / "output")]
    options = ["--minutes", "0.02", "--workers", "0", "--device", "cpu"]
    changes = [
        "--config",
        *small,
        "num_layers=2",
        "--recipe",
        "tokens_per_step=640",
        "num_tokens=[16,40]",
    ]
    main([*folders, *options, *changes])
    config, tensors = read(tmp_path / "output")
    assert config == replace(SMALL, num_layers=2, dispersion=Recipe().dispersion)
    assert all(torch.isfinite(tensor).all() for tensor in tensors.values())


def test_an_unknown_field_of_the_recipe_is_refused(tmp_path: Path) -> None:
    folders = ["--state", str(tmp_path), "--output", str(tmp_path)]
    with pytest.raises(ValueError, match="Recipe has no field 'batch_siz'"):
        main([*folders, "--recipe", "batch_siz=3"])
