"""Checkpoints of a small network in both formats."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.common.published_layout import write_published_layout
from sktime_lagllama.network.lag_llama import LagLlama
from tests.support.crafted import SMALL


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Return a ``.ckpt`` file in the published layout, with random weights of seed 1."""
    file = tmp_path / "lag-llama.ckpt"
    write_published_layout(file, SMALL, seed=1)
    return file


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Return a folder that ``save_pretrained`` wrote."""
    folder = tmp_path / "saved"
    LagLlama(SMALL).save_pretrained(folder)
    return folder
