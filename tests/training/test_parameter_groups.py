"""Weight decay is for matrices."""

from __future__ import annotations

from torch import nn

from sktime_lagllama.training.parameter_groups import parameter_groups
from tests.support.models import BUNDLED_LIKE, random_model


def test_every_parameter_is_in_one_group_and_only_matrices_decay() -> None:
    parameters = list(random_model(BUNDLED_LIKE).parameters())
    matrices, vectors = parameter_groups(iter(parameters))
    assert all(parameter.dim() > 1 for parameter in matrices["params"])
    assert all(parameter.dim() <= 1 for parameter in vectors["params"])
    grouped = [*matrices["params"], *vectors["params"]]
    assert sorted(map(id, grouped)) == sorted(map(id, parameters))
    assert "weight_decay" not in matrices  # that of the optimizer
    assert vectors["weight_decay"] == 0


def test_a_group_may_be_empty() -> None:
    vector = nn.Linear(2, 3).bias
    matrices, vectors = parameter_groups([vector])
    assert matrices["params"] == []
    assert len(vectors["params"]) == 1
