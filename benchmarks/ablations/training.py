"""Train a variant for a few steps, and score it."""

from __future__ import annotations

import time
from dataclasses import replace

import torch

from benchmarks.ablations.variants import Variant
from sktime_lagllama.pretraining.recipe import BUNDLED_CONFIG, Recipe
from sktime_lagllama.pretraining.run import Run, held_out_batches, validation_loss
from sktime_lagllama.pretraining.validation.scoring import score
from sktime_lagllama.pretraining.validation.sources import load_real_series
from sktime_lagllama.pretraining.validation.windows import rolling_windows

NUM_SAMPLES = 30


def train(variant: Variant, recipe: Recipe) -> Run:
    """Train a variant from scratch on the CPU.

    Parameters
    ----------
    variant : Variant
    recipe : Recipe
        With a budget in steps; the variant's changes are applied to it.

    Returns
    -------
    Run
        At the end of its budget.
    """
    config = replace(BUNDLED_CONFIG, **variant.config)
    recipe = replace(recipe, **variant.recipe)
    run = Run(config, recipe, torch.device("cpu"))
    chunks = recipe.batches(config, recipe.seed, recipe.context_weight)
    while run.progress < 1:
        for batch in chunks[run.chunk]:
            run.update(batch, run.model)
            if run.progress >= 1:
                break
        run.chunk += 1
    return run


def scores(run: Run) -> dict[str, float]:
    """Score the averaged weights of a run.

    Parameters
    ----------
    run : Run

    Returns
    -------
    dict of float
        "held-out loss" (nats per value after the cutoff), "real MASE" and "real WQL" (relative to
        the seasonal naive forecast), "coverage 80".
    """
    held_out = held_out_batches(run.recipe, run.model.config)
    windows = rolling_windows(load_real_series())
    real = (
        score(run.average, windows, num_samples=NUM_SAMPLES).astype(float).to_dict("index")["all"]
    )
    return {
        "held-out loss": validation_loss(run.average, held_out),
        "real MASE": float(real["MASE"]),
        "real WQL": float(real["WQL"]),
        "coverage 80": float(real["coverage_80"]),
    }


def train_and_score(variant: Variant, recipe: Recipe) -> dict[str, float]:
    """Train a variant and score it.

    Parameters
    ----------
    variant : Variant
    recipe : Recipe
        With a budget in steps.

    Returns
    -------
    dict of float
        Those of ``scores``, and "seconds" of training.
    """
    start = time.perf_counter()
    run = train(variant, recipe)
    seconds = time.perf_counter() - start
    return {**scores(run), "seconds": seconds}
