"""Accuracy and time of every representation on every set."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.common.command_line import print_progress
from benchmarks.embeddings.classification import Score, score
from benchmarks.embeddings.data_sets import DataSet, chosen_sets
from benchmarks.embeddings.representations import REPRESENTATIONS

OURS, TARGET = "LagLlamaEmbedder", "Catch22"


def warm_up(data_set: DataSet) -> None:
    """Let every representation transform a few series, so that no compilation is timed."""
    few = data_set.first_instances(4)
    for make in REPRESENTATIONS.values():
        transformer = make(data_set)
        if transformer is not None:
            transformer.fit_transform(few.train.X)


class Results:
    """Scores by set and representation, kept in a file if there is one.

    Parameters
    ----------
    file : Path, optional
        In JSON. It is read if it exists, and written after every score.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._scores: dict[str, dict[str, Score]] = {}
        if file is not None and file.exists():
            self._scores = {
                name: {representation: Score(**score) for representation, score in scores.items()}
                for name, scores in json.loads(file.read_text(encoding="utf-8")).items()
            }

    def of(self, data_set: DataSet) -> dict[str, Score]:
        """Return the scores on a set, by the name of the representation that can be used for it.

        Measured now are those that the file does not have.
        """
        known = self._scores.setdefault(data_set.name, {})
        transformers = {name: make(data_set) for name, make in REPRESENTATIONS.items()}
        usable = [name for name, found in transformers.items() if found is not None]
        missing = [name for name in usable if name not in known]
        if missing:
            warm_up(data_set)
        for name in missing:
            known[name] = score(transformers[name], data_set)
            print_progress(f"{data_set.name}, {name}: {known[name].accuracy:.3f}")
            self._write()
        return {name: known[name] for name in usable}

    def _write(self) -> None:
        """Write all scores to the file."""
        if self._file is not None:
            as_dicts = {
                name: {representation: asdict(found) for representation, found in scores.items()}
                for name, scores in self._scores.items()
            }
            self._file.write_text(json.dumps(as_dicts, indent=1) + "\n", encoding="utf-8")


def cells(scores: Mapping[str, Score], show: Callable[[Score], str]) -> list[str]:
    """Return a cell for each representation, "-" for those that cannot be used for a set."""
    return [show(scores[name]) if name in scores else "-" for name in REPRESENTATIONS]


def means(scores: Sequence[Mapping[str, Score]]) -> dict[str, float]:
    """Return the mean accuracy of each representation that can be used for all of the sets."""
    return {
        name: float(np.mean([of_set[name].accuracy for of_set in scores]))
        for name in REPRESENTATIONS
        if scores and all(name in of_set for of_set in scores)
    }


def table(rows: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a table in markdown with a column for each representation."""
    return [
        "| set | " + " | ".join(REPRESENTATIONS) + " |",
        "| --- |" + " ---: |" * len(REPRESENTATIONS),
        *(f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows.items()),
    ]


def verdict(ours: float, target: float) -> str:
    """Return whether the criterion is met: a mean accuracy at least that of Catch22."""
    return (
        f"Criterion: mean accuracy of {OURS} at least that of {TARGET}. Found {ours:.3f} and "
        f"{target:.3f}: **{'met' if ours >= target else 'MISSED'}**."
    )


def report(options: argparse.Namespace) -> list[str]:
    """Measure, and return the lines of the report.

    Parameters
    ----------
    options : argparse.Namespace
        Of the command line: sets (names; None: all that are installed), results (a file to go on
        with).

    Returns
    -------
    list of str
    """
    sets, results = chosen_sets(options.sets), Results(options.results)
    scores = {data_set.name: results.of(data_set) for data_set in sets}
    of_all = means(list(scores.values()))
    of_complete = means([found for found in scores.values() if len(found) == len(REPRESENTATIONS)])
    accuracy_rows = {
        name: cells(found, lambda score: f"{score.accuracy:.3f}") for name, found in scores.items()
    }
    for name, found in (("all sets", of_all), ("sets that all can be used for", of_complete)):
        accuracy_rows[f"**mean of {name}**"] = [
            f"**{found[representation]:.3f}**" if representation in found else "-"
            for representation in REPRESENTATIONS
        ]
    return [
        "Every representation goes to the same classifier: scikit-learn's logistic regression on",
        "standardised features, its penalty chosen by five folds of the training part. Sets come",
        "with their split into a training and a test part. sktime's ROCKET takes no series of",
        "several lengths.",
        "",
        "| set | of | instances | columns | length | classes |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
        *(data_set.describe() for data_set in sets),
        "",
        "### Accuracy",
        "",
        *table(accuracy_rows),
        "",
        verdict(of_all[OURS], of_all[TARGET]),
        "",
        "### Seconds for the features of both parts, without the classifier",
        "",
        *table(
            {
                name: cells(found, lambda score: f"{score.seconds:.1f}")
                for name, found in scores.items()
            }
        ),
        "",
        "### Features",
        "",
        *table(
            {
                name: cells(found, lambda score: str(score.num_features))
                for name, found in scores.items()
            }
        ),
    ]
