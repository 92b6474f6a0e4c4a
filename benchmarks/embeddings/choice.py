"""Layers, poolings and windows, compared on training parts only."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from benchmarks.common.command_line import print_progress
from benchmarks.embeddings.classification import cross_validated_accuracy
from benchmarks.embeddings.data_sets import chosen_sets
from sktime_lagllama import LagLlamaEmbedder

SETS = [
    "ArrowHead",
    "BasicMotions",
    "Covid3Month_disc",
    "GunPoint",
    "ItalyPowerDemand",
    "PickupGestureWiimoteZ",
    "UnitTest",
]
"""Those that take seconds.

Of the others, a first draft looked at the training parts of OSULeaf and JapaneseVowels.
"""

VARIANTS: dict[str, dict[str, Any]] = {
    "defaults": {},
    **{f"layer {layer}": {"layer": layer} for layer in range(7)},
    "layers 3 and 4": {"layer": (3, 4)},
    "layers 0, 2, 4, 6": {"layer": (0, 2, 4, 6)},
    **{
        f"pooling {pooling}": {"pooling": pooling}
        for pooling in ("mean", "std", "last", "mean+max", "mean+std+last", "mean+std+min+max")
    },
    "no level features": {"level_features": False},
    **{f"context_length {length}": {"context_length": length} for length in (32, 64, 256, 512)},
}


def report(options: argparse.Namespace) -> list[str]:
    """Measure, and return the lines of the report.

    Parameters
    ----------
    options : argparse.Namespace
        Of the command line: sets (names; None: those of ``SETS`` that are installed).

    Returns
    -------
    list of str
    """
    sets = chosen_sets(options.sets or SETS, may_lack=options.sets is None)
    rows = []
    for variant, parameters in VARIANTS.items():
        accuracies = [
            cross_validated_accuracy(LagLlamaEmbedder(**parameters), data_set.train)
            for data_set in sets
        ]
        cells = " | ".join(f"{accuracy:.3f}" for accuracy in accuracies)
        rows.append(f"| {variant} | {np.mean(accuracies):.3f} | {cells} |")
        print_progress(rows[-1])
    return [
        "Accuracy on held-out folds of the training parts, with the penalty that is best there.",
        "Test parts had no part in it, nor had sets that are not named here, except that the",
        "training parts of OSULeaf and JapaneseVowels were looked at in a first draft.",
        "",
        f"| `LagLlamaEmbedder` | mean | {' | '.join(data_set.name for data_set in sets)} |",
        "| --- | ---: |" + " ---: |" * len(sets),
        *rows,
    ]
