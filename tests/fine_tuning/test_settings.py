"""FineTuning checks its parameters and behaves like every other sktime object."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest

from sktime_lagllama import FineTuning


def test_parameters_survive_clone_set_params_and_pickle() -> None:
    settings = FineTuning(learning_rate=1e-3, trainable="head").set_params(batch_size=7)
    for other in (settings.clone(), pickle.loads(pickle.dumps(settings))):
        assert other.get_params() == settings.get_params()
    assert "learning_rate=0.001" in repr(settings)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"learning_rate": 0.0}, ValueError, "learning_rate must be a number above 0.*0.0"),
        ({"learning_rate": "fast"}, TypeError, "learning_rate must be a number.*'fast'"),
        ({"learning_rate": math.nan}, ValueError, "learning_rate.*nan"),
        ({"learning_rate": math.inf}, ValueError, "learning_rate.*inf"),
        ({"learning_rate": True}, TypeError, "learning_rate.*True"),
        ({"max_steps": 0}, ValueError, "max_steps must be an integer at least 1.*0"),
        ({"max_steps": 1.5}, TypeError, "max_steps must be an integer.*1.5"),
        ({"max_steps": None}, ValueError, "max_steps and max_epochs must not both be None"),
        ({"max_epochs": -1}, ValueError, "max_epochs must be a number above 0.*-1"),
        ({"batch_size": "auto"}, TypeError, "batch_size must be an integer.*'auto'"),
        ({"weight_decay": -0.1}, ValueError, "weight_decay must be a number at least 0.*-0.1"),
        ({"trainable": "tail"}, ValueError, "trainable must be one of .*'tail'"),
        ({"validation_fraction": 1}, ValueError, "validation_fraction .*at least 0 and below 1"),
        ({"validation_fraction": -0.1}, ValueError, "validation_fraction.*-0.1"),
        ({"patience": 0}, ValueError, "patience.*0"),
        ({"context_length": 2.0}, TypeError, "context_length.*2.0"),
        ({"horizon": -3}, ValueError, "horizon.*-3"),
        ({"augmentation": "noise"}, ValueError, "augmentation must be one of .*'noise'"),
        ({"gradient_clip": 0}, ValueError, "gradient_clip.*0"),
        ({"schedule": "step"}, ValueError, "schedule must be one of .*'step'"),
        ({"warm_up": 1.0}, ValueError, "warm_up.*1.0"),
        ({"verbose": "yes"}, TypeError, "verbose must be True or False.*'yes'"),
    ],
)
def test_wrong_parameters_are_named(
    parameters: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        FineTuning(**parameters).check()


def test_numpy_numbers_are_numbers() -> None:
    parameters: dict[str, Any] = {
        "learning_rate": np.float32(1e-3),
        "max_steps": np.int64(3),
        "patience": np.int32(2),
        "warm_up": 0,
    }
    FineTuning(**parameters).check()
