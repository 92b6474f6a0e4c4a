"""The recipe of the bundled checkpoint."""

from __future__ import annotations

import pytest
import torch

from sktime_lagllama.pretraining.recipe import (
    BUNDLED_CONFIG,
    BUNDLED_LAGS,
    FAST_LAGS,
    NEXT_CONFIG,
    NEXT_RECIPE,
    Recipe,
)
from sktime_lagllama.pretraining.run import Run
from sktime_lagllama.training.batches import loss_of


def test_bundled_network_scores_a_batch() -> None:
    recipe = Recipe(tokens_per_step=128, num_tokens=(64,))
    run = Run(BUNDLED_CONFIG, recipe, torch.device("cpu"))
    batch = recipe.batches(BUNDLED_CONFIG, recipe.seed, recipe.context_weight)[0][0]
    assert torch.isfinite(loss_of(run.model, batch))


def test_fast_lags_reach_days_and_weeks_of_every_step() -> None:
    days = {24 * 60 // minutes for minutes in (1, 5, 10, 15, 30, 60)}
    weeks = {7 * 24 * 60 // minutes for minutes in (5, 10, 15, 30, 60)}
    assert {*BUNDLED_LAGS, *days, *weeks} <= set(FAST_LAGS)
    assert NEXT_CONFIG.max_lag >= max(weeks)


def test_next_recipe_reaches_1024_tokens_back_and_288_steps_ahead() -> None:
    assert NEXT_RECIPE.num_tokens[-1] == 1024 + NEXT_RECIPE.fast_horizon == 1024 + 288
    batches = NEXT_RECIPE.batches(NEXT_CONFIG, seed=0, context_weight=0.3)
    sizes = {batch.padding.shape[1] for index in range(3) for batch in batches[index]}
    assert sizes == {64, 128, 304, 640, 1312}


def test_the_next_checkpoint_has_its_long_context_for_every_step() -> None:
    assert NEXT_CONFIG.context_length_below_a_month is None
    assert NEXT_CONFIG.context_length > BUNDLED_CONFIG.context_length


@pytest.mark.parametrize("cooldown", [0.0, -0.1, 1.5])
def test_a_cooldown_that_is_no_share_is_refused(cooldown: float) -> None:
    with pytest.raises(ValueError, match=f"cooldown .* but found {cooldown}"):
        Recipe(cooldown=cooldown)
