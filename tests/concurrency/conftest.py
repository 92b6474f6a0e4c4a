"""What all tests of forecasters at the same time need."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sharing import write_small_checkpoint


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_checkpoint(tmp_path_factory.mktemp("small"))
