"""What a report says about where and with what it was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.common.checkpoint import weights_digest
from benchmarks.common.machine import about
from sktime_lagllama import __version__
from tests.support.models import PUBLISHED_LIKE, random_model


@pytest.fixture
def checkpoint(tmp_path: Path) -> str:
    folder = tmp_path / "checkpoint"
    random_model(PUBLISHED_LIKE, seed=0).save_pretrained(folder)
    return str(folder)


def test_report_never_says_where_the_checkpoint_lies(checkpoint: str) -> None:
    text = "\n".join(about(["torch"], checkpoint))
    assert '"checkpoint"' in text and weights_digest(checkpoint)[:16] in text
    assert checkpoint not in text


def test_measured_on_names_versions_commit_and_load() -> None:
    text = "\n".join(about(["sktime-lagllama"]))
    assert text.startswith("Measured on:\n\n- CPU: ")
    assert f"sktime-lagllama {__version__}" in text
    assert "- commit " in text and "load average" in text
    assert "checkpoint" not in text
