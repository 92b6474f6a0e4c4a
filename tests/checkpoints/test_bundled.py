"""The checkpoint that ships in the wheel."""

from __future__ import annotations

from dataclasses import replace

import torch
from safetensors import safe_open

from sktime_lagllama.checkpoints.locate import locate
from sktime_lagllama.checkpoints.weights import load
from sktime_lagllama.network.weights_file import CONFIG_DIGEST, WEIGHTS_DIGEST
from sktime_lagllama.pretraining.recipe import BUNDLED_CONFIG, Recipe

FOLDER = locate("bundled")


def test_bundled_checkpoint_is_what_the_training_command_makes() -> None:
    expected = replace(BUNDLED_CONFIG, dispersion=Recipe().dispersion)
    assert load("bundled").config == expected


def test_bundled_checkpoint_is_small_enough_for_a_wheel() -> None:
    assert (FOLDER / "model.safetensors").stat().st_size < 10_000_000


def test_bundled_checkpoint_has_a_card_and_no_other_files() -> None:
    files = {file.name for file in FOLDER.iterdir()}
    assert files == {"config.json", "model.safetensors", "MODEL_CARD.md"}


def test_bundled_weights_are_finite() -> None:
    assert all(torch.isfinite(tensor).all() for tensor in load("bundled").state_dict().values())


def test_bundled_weights_and_configuration_have_digests_by_which_damage_is_seen() -> None:
    """Hold for files that ``LagLlama.save_pretrained`` wrote, as training does.

    For others, run ``LagLlama.from_pretrained(folder).save_pretrained(folder)``, and delete the
    README.md that it writes.
    """
    with safe_open(FOLDER / "model.safetensors", "pt") as file:
        assert {WEIGHTS_DIGEST, CONFIG_DIGEST} <= file.metadata().keys()
