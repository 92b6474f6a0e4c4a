"""Traits of fast series that tests draw signals for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sktime_lagllama.pretraining.synthetic.frequencies import FREQUENCY_NAMES
from sktime_lagllama.pretraining.synthetic.traits import Traits, draw_traits

TraitsOf = Callable[[str, int, int], Traits]


@pytest.fixture
def traits_of() -> TraitsOf:
    """Draw traits of one frequency: its name, the number of series, their length."""

    def draw(name: str, num_series: int, length: int) -> Traits:
        only = {**dict.fromkeys(FREQUENCY_NAMES, 0.0), name: 1.0}
        return draw_traits(np.random.default_rng(5), num_series, length, only)

    return draw
