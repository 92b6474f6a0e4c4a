"""Measure the worth of each part of the bundled model and recipe by training briefly without it.

Run it from the root of the repository, with the packages of the "training" extra. The command of
the committed report, which has 11 of the 13 variants (not those that change two parts), is::

    python -m benchmarks.ablations --threads 1 --steps 120 --output benchmarks/ablations/report.md

It trains every variant for the same few steps on the same synthetic series, and scores it on
held-out synthetic series and on the real series of ``pretraining/validation/sources.py``.
``--results FILE`` keeps finished variants, so that a run that was killed can be continued.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from benchmarks.ablations.training import NUM_SAMPLES, train_and_score
from benchmarks.ablations.variants import VARIANTS
from benchmarks.common.command_line import count
from benchmarks.common.machine import about
from benchmarks.common.reports import deliver
from sktime_lagllama.pretraining.recipe import Recipe

VERSIONS = ("sktime-lagllama", "torch", "numpy")


def report(
    results: Mapping[str, Mapping[str, float]], recipe: Recipe, measured_on: Sequence[str]
) -> str:
    """Return the report in markdown.

    Parameters
    ----------
    results : mapping of mapping of float
        By variant, as ``train_and_score`` returns them.
    recipe : Recipe
        That the variants change.
    measured_on : sequence of str
        The lines of ``machine.about``.

    Returns
    -------
    str
    """
    rows = [
        f"| {name} | {result['held-out loss']:.3f} | {result['real MASE']:.3f} "
        f"| {result['real WQL']:.3f} | {result['coverage 80']:.0%} |"
        for name, result in results.items()
    ]
    return "\n".join(
        [
            "# Ablations",
            "",
            f"Each variant: {recipe.steps} steps of {recipe.tokens_per_step} tokens from scratch, "
            "the same series in the same order (except for the rows with another seed, which show "
            "the noise). Held-out loss: nats per value after the cutoff, synthetic series. Real: "
            f"sktime's and statsmodels' series, {NUM_SAMPLES} paths, relative to the seasonal "
            "naive forecast. Lower is better. A few minutes of training show what helps early, "
            "not what a long run ends with.",
            "",
            "| variant | held-out loss | real MASE | real WQL | 80 % interval covers |",
            "| --- | --- | --- | --- | --- |",
            *rows,
            "",
            *measured_on,
        ]
    )


def main(arguments: list[str] | None = None) -> None:
    """Train the variants without a result, and print the report."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.ablations", description=(__doc__ or "").partition("\n")[0]
    )
    add = parser.add_argument
    add("--output", type=Path, help="markdown file to write the report to, too")
    add("--results", type=Path, help="JSON file of finished variants")
    add("--steps", type=count, default=200, help="of each training (default: 200)")
    add("--tokens-per-step", type=count, default=5120, help="(default: 5120)")
    add("--threads", type=count, help="threads of torch")
    add("--variants", nargs="+", choices=list(VARIANTS), default=list(VARIANTS), metavar="VARIANT",
        help="names as in the report (default: all)")  # fmt: skip
    options = parser.parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    measured_on = about(VERSIONS)
    recipe = Recipe(steps=options.steps, tokens_per_step=options.tokens_per_step)
    results: dict[str, dict[str, float]] = {}
    if options.results and options.results.exists():
        results = json.loads(options.results.read_text())
    for name in options.variants:
        if name in results:
            continue
        results[name] = train_and_score(VARIANTS[name], recipe)
        print(name, {key: round(value, 3) for key, value in results[name].items()}, flush=True)
        if options.results:
            options.results.write_text(json.dumps(results))
    deliver(report(results, recipe, measured_on), options.output)


if __name__ == "__main__":
    main()
