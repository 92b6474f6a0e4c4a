"""Averages of the weights of several checkpoints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from sktime_lagllama.checkpoints.weights import load
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.pretraining.averaging import average, main
from tests.support.models import SMALL, random_model


def some_models() -> list[LagLlama]:
    return [random_model(SMALL, seed=seed) for seed in range(3)]


def test_every_weight_is_the_average_by_the_shares() -> None:
    models, shares = some_models(), [0.5, 0.3, 0.2]
    found = average(models, shares).state_dict()
    for name, weight in found.items():
        expected = sum(
            share * model.state_dict()[name] for share, model in zip(shares, models, strict=True)
        )
        torch.testing.assert_close(weight, expected)


def test_a_whole_share_leaves_a_model_as_it_is() -> None:
    models = some_models()
    found = average(models, [0, 1, 0])
    torch.testing.assert_close(found.state_dict(), models[1].state_dict(), rtol=0, atol=0)
    assert found.config == SMALL


@pytest.mark.parametrize(
    ("shares", "message"),
    [([0.5, 0.5], "3 models and 2 shares"), ([0.5, 0.5, 0.5], "sum to 1.5")],
)
def test_shares_that_are_none_are_refused(shares: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        average(some_models(), shares)


def test_other_configurations_are_refused() -> None:
    models = [*some_models()[:2], LagLlama(replace(SMALL, dispersion=2.0))]
    with pytest.raises(ValueError, match=r"number 2 has .*dispersion=2\.0"):
        average(models, [0.4, 0.3, 0.3])


def test_the_command_writes_a_checkpoint(tmp_path: Path) -> None:
    models = some_models()[:2]
    for number, model in enumerate(models):
        model.save_pretrained(tmp_path / str(number))
    folders = [str(tmp_path / name) for name in ("0", "1")]
    main([*folders, "--shares", "0.25", "0.75", "--output", str(tmp_path / "averaged")])
    written = load(tmp_path / "averaged")
    torch.testing.assert_close(written.state_dict(), average(models, [0.25, 0.75]).state_dict())
    assert written.config == SMALL
    assert not (tmp_path / "averaged" / "README.md").exists()
