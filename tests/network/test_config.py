"""The numbers of an architecture, and which ones are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sktime_lagllama.network.config import LagLlamaConfig
from tests.support.models import PUBLISHED_LIKE


def test_the_hidden_width_is_that_of_the_published_network() -> None:
    assert LagLlamaConfig().width == 144
    assert LagLlamaConfig().mlp_width == 512
    assert replace(LagLlamaConfig(), hidden_dim=24).mlp_width == 24


@pytest.mark.parametrize("dispersion", [0.0, -1.0, float("inf"), float("nan"), "wide"])
def test_a_dispersion_that_is_no_positive_number_is_refused(dispersion: Any) -> None:
    with pytest.raises(ValueError, match="dispersion must be a positive number"):
        replace(PUBLISHED_LIKE, dispersion=dispersion)
