"""The recipe of the bundled checkpoint."""

from __future__ import annotations

import torch

from sktime_lagllama.pretraining.recipe import BUNDLED_CONFIG, Recipe
from sktime_lagllama.pretraining.run import Run
from sktime_lagllama.training.batches import loss_of


def test_bundled_network_scores_a_batch() -> None:
    recipe = Recipe(tokens_per_step=128, num_tokens=(64,))
    run = Run(BUNDLED_CONFIG, recipe, torch.device("cpu"))
    batch = recipe.batches(BUNDLED_CONFIG, recipe.seed, recipe.context_weight)[0][0]
    assert torch.isfinite(loss_of(run.model, batch))
