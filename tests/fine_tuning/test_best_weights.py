"""The best weights are a copy that further training does not change."""

from __future__ import annotations

import math

import numpy as np
import torch

from sktime_lagllama.fine_tuning.best_weights import BestWeights
from tests.support.models import SMALL, random_model


def test_restoring_brings_back_the_weights_that_were_kept_last() -> None:
    model = random_model(SMALL)
    best = BestWeights(model)
    assert (best.step, best.loss) == (0, math.inf)
    for step in (0, 10):
        best.keep(model, step, 0.5, np.ones(2))
        expected = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(1.0)
        best.restore(model)
        assert (best.step, best.loss) == (step, 0.5)
        for name, tensor in model.state_dict().items():
            assert tensor.equal(expected[name])
        with torch.no_grad():
            model.head.bias.add_(1.0)
