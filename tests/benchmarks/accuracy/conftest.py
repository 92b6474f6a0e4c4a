"""A small set of series, and a checkpoint to forecast it with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.competitions import Competition
from tests.support.models import PUBLISHED_LIKE, random_model


@pytest.fixture
def competition() -> Competition:
    random = np.random.default_rng(0)
    histories = tuple(random.uniform(1, 9, length) for length in (9, 30, 14, 11, 8))
    return Competition("M3 quarterly", 4, "Q", histories, random.uniform(1, 9, (5, 6)))


@pytest.fixture
def checkpoint(tmp_path: Path) -> str:
    folder = tmp_path / "checkpoint"
    random_model(PUBLISHED_LIKE, seed=0).save_pretrained(folder)
    return str(folder)
