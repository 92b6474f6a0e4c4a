"""What all tests of forecasts at scale need."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sharing import write_small_checkpoint

pytest.importorskip("pyarrow")


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_checkpoint(tmp_path_factory.mktemp("small"))
