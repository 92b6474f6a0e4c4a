"""Which files and folders are read as checkpoints."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from sktime_lagllama.checkpoints.read import read
from sktime_lagllama.checkpoints.tensor_checks import parameter_shapes
from sktime_lagllama.network.config import LagLlamaConfig


def test_the_published_size_has_the_published_number_of_parameters() -> None:
    shapes = parameter_shapes(LagLlamaConfig())
    assert sum(shape.numel() for shape in shapes.values()) == 2_449_299


def test_a_folder_with_a_ckpt_is_read(published: Path) -> None:
    torch.testing.assert_close(read(published.parent)[1], read(published)[1], rtol=0, atol=0)


def test_a_missing_file_or_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.ckpt does not exist"):
        read(tmp_path / "absent.ckpt")


def test_a_file_of_another_kind_is_refused(tmp_path: Path, published: Path) -> None:
    shutil.copy(published, tmp_path / "model.bin")
    with pytest.raises(ValueError, match=r"model\.bin is no checkpoint"):
        read(tmp_path / "model.bin")
