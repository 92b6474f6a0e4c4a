"""What each part of the bundled architecture and recipe is worth: short trainings without it.

``python -m benchmarks.ablations --output benchmarks/ablations.md`` trains every variant for the
same few steps on the same synthetic series, and scores it on held-out synthetic series and on the
real series of ``training/real_series.py``. ``--results FILE`` keeps finished variants, so that a
killed run goes on.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.machine import commit, processor, versions
from sktime_lagllama.pretraining.run import (
    BUNDLED_CONFIG,
    VALIDATION_HANDFULS,
    VALIDATION_SEED,
    Recipe,
    Run,
    validation_loss,
)
from sktime_lagllama.pretraining.validation.real_series import (
    load_real_series,
    rolling_windows,
    score,
)

Variant = tuple[dict[str, Any], dict[str, Any]]

VARIANTS: dict[str, Variant] = {
    "as bundled": ({}, {}),
    "as bundled, seed 1": ({}, {"seed": 1}),
    "as bundled, seed 2": ({}, {"seed": 2}),
    "`autoregressive_head=False`": ({"autoregressive_head": False}, {}),
    "`arcsinh_lags=False`": ({"arcsinh_lags": False}, {}),
    "`level_features='absolute'`": ({"level_features": "absolute"}, {}),
    "`observed_features=False`": ({"observed_features": False}, {}),
    "neither `observed_features` nor `arcsinh_lags`": (
        {"observed_features": False, "arcsinh_lags": False},
        {},
    ),
    "neither `observed_features` nor `autoregressive_head`": (
        {"observed_features": False, "autoregressive_head": False},
        {},
    ),
    "`center_unobserved=False`": ({"center_unobserved": False}, {}),
    "`mask_padding=False`": ({"mask_padding": False}, {}),
    "AdamW instead of Muon": ({}, {"muon": False}),
    "`context_weight=1.0`": ({}, {"context_weight": 1.0}),
}
NUM_SAMPLES = 30


def train(variant: Variant, recipe: Recipe) -> dict[str, float]:
    """Train a variant and score it.

    Parameters
    ----------
    variant : tuple of two dict
        Changed fields of the configuration and of the recipe.
    recipe : Recipe
        With a budget in steps.

    Returns
    -------
    dict
        "held-out loss" (nats per value after the cutoff), "real MASE" and "real WQL"
        (relative to the seasonal naive), "coverage 80", "seconds".
    """
    config = replace(BUNDLED_CONFIG, **variant[0])
    recipe = replace(recipe, **variant[1])
    run = Run(config, recipe, torch.device("cpu"))
    started = time.perf_counter()
    training = recipe.batches(config, recipe.seed, recipe.context_weight)
    while run.progress < 1:
        for batch in training[run.handful]:
            run.update(batch, run.model)
            if run.progress >= 1:
                break
        run.handful += 1
    seconds = time.perf_counter() - started
    held_out = recipe.batches(config, VALIDATION_SEED, context_weight=0.0)
    validation = [batch for index in range(VALIDATION_HANDFULS) for batch in held_out[index]]
    windows = rolling_windows(load_real_series())
    real = (
        score(run.average, windows, num_samples=NUM_SAMPLES).astype(float).to_dict("index")["all"]
    )
    return {
        "held-out loss": validation_loss(run.average, validation),
        "real MASE": float(real["MASE"]),
        "real WQL": float(real["WQL"]),
        "coverage 80": float(real["coverage_80"]),
        "seconds": seconds,
    }


def report(results: dict[str, dict[str, float]], recipe: Recipe) -> str:
    """Write the table."""
    lines = [
        "# Ablations",
        "",
        f"Each variant: {recipe.steps} steps of {recipe.tokens_per_step} tokens from scratch, the "
        "same series in the same order (but for the rows with another seed, which show the noise). "
        "Held-out loss: nats per value after the cutoff, synthetic series. Real: sktime's "
        f"and statsmodels' series, {NUM_SAMPLES} paths, relative to the seasonal naive. Lower is "
        "better. A few minutes of training tell what helps early, not what a long run ends with.",
        "",
        "| variant | held-out loss | real MASE | real WQL | 80 % interval covers |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {name} | {row['held-out loss']:.3f} | {row['real MASE']:.3f} | {row['real WQL']:.3f} | "
        f"{row['coverage 80']:.0%} |"
        for name, row in results.items()
    ]
    lines += [
        "",
        f"- {processor()}",
        f"- {versions(['sktime-lagllama', 'torch', 'numpy'])}",
        f"- commit {commit()}",
        "",
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line, train what is missing, and write the table."""
    parser = argparse.ArgumentParser(description="Train without each part in turn.")
    parser.add_argument("--output", type=Path, default=Path("benchmarks/ablations.md"))
    parser.add_argument("--results", type=Path, help="JSON file of finished variants")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--tokens-per-step", type=int, default=5120)
    parser.add_argument("--threads", type=int, help="threads of torch")
    options = parser.parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    recipe = Recipe(steps=options.steps, tokens_per_step=options.tokens_per_step)
    results: dict[str, dict[str, float]] = {}
    if options.results and options.results.exists():
        results = json.loads(options.results.read_text())
    for name, variant in VARIANTS.items():
        if name in results:
            continue
        results[name] = train(variant, recipe)
        print(name, {key: round(value, 3) for key, value in results[name].items()}, flush=True)
        if options.results:
            options.results.write_text(json.dumps(results))
    options.output.write_text(report(results, recipe))


if __name__ == "__main__":
    main()
