"""Scores before and after fine-tuning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.fine_tuning.comparison import Result, Settings, compare, differs, table
from benchmarks.fine_tuning.simulated_panels import simulated_panel, split_panel
from sktime_lagllama import FineTuning, LagLlamaForecaster
from tests.support.models import PUBLISHED_LIKE, random_model


@pytest.fixture
def checkpoint(tmp_path: Path) -> str:
    folder = tmp_path / "checkpoint"
    random_model(PUBLISHED_LIKE, seed=0).save_pretrained(folder)
    return str(folder)


def test_table_has_a_row_each() -> None:
    results = [Result("one", 0.2, 0.1, 200, True, 12.34), Result("two", 0.3, 0.3, 110, False, 5.6)]
    header, rule, *rows = table(results)
    assert rows == [
        "| one | 0.2000 | 0.1000 | 0.500 | 200 | tuned | 12 |",
        "| two | 0.3000 | 0.3000 | 1.000 | 110 | unchanged | 6 |",
    ]
    assert {line.count("|") for line in (header, rule, *rows)} == {8}


@pytest.mark.slow
def test_result_of_kept_and_of_unchanged_weights(checkpoint: str) -> None:
    settings = Settings(checkpoint, quick=True)
    panel = simulated_panel("sawtooth", 3, 60)
    other_series, histories, actuals = split_panel(panel, 2, 4)
    fh = np.arange(1, 5)
    zero_shot = settings.forecaster().fit(histories, fh=fh)
    one_step = FineTuning(max_steps=1, batch_size=2, validation_fraction=0.0, random_state=0)
    pretrained = compare(
        "some", histories, actuals, zero_shot,
        lambda: settings.forecaster(one_step).pretrain(other_series, fh=fh),
    )  # fmt: skip
    assert pretrained.weights_changed and pretrained.num_steps == 1 and pretrained.seconds > 0
    assert pretrained.ratio != 1

    harmful = FineTuning(
        learning_rate=10.0, max_steps=1, batch_size=2, warm_up=0.0, gradient_clip=None,
        random_state=0,
    )  # fmt: skip
    unchanged = compare(
        "some", histories, actuals, zero_shot,
        lambda: settings.forecaster(harmful).fit(histories, fh=fh),
    )  # fmt: skip
    assert not unchanged.weights_changed and unchanged.ratio == 1


def test_any_other_weight_is_a_difference() -> None:
    network = random_model(PUBLISHED_LIKE, seed=0)
    same = random_model(PUBLISHED_LIKE, seed=0)
    assert not differs(same, network)
    with torch.no_grad():
        same.head.bias[-1] += 1
    assert differs(same, network)


def test_defaults_are_what_a_full_run_measures() -> None:
    settings = Settings("bundled", quick=False)
    assert settings.fine_tuning().get_params() == FineTuning(random_state=0).get_params()
    expected = LagLlamaForecaster(random_state=0).get_params()
    assert settings.forecaster().get_params() == expected
