"""Accuracy and time of every representation on every set."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

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
        make(few).fit_transform(few.train.X)


def scores_of(data_set: DataSet) -> dict[str, Score]:
    """Return the scores on a set, by the name of the representation."""
    warm_up(data_set)
    scores = {}
    for name, make in REPRESENTATIONS.items():
        started = time.perf_counter()
        scores[name] = score(make(data_set), data_set)
        print_progress(
            f"{data_set.name}, {name}: {scores[name].accuracy:.3f}, "
            f"{time.perf_counter() - started:.1f} s with the classifier"
        )
    return scores


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


def report(names: list[str] | None) -> list[str]:
    """Measure, and return the lines of the report.

    Parameters
    ----------
    names : list of str, optional
        Of the sets. None: all that are installed.

    Returns
    -------
    list of str
    """
    sets = chosen_sets(names)
    scores = {data_set.name: scores_of(data_set) for data_set in sets}
    accuracies = {
        name: [score.accuracy for score in of_set.values()] for name, of_set in scores.items()
    }
    means = np.mean(list(accuracies.values()), axis=0)
    by_representation = dict(zip(REPRESENTATIONS, means, strict=True))
    accuracy_rows = {
        name: [f"{number:.3f}" for number in numbers] for name, numbers in accuracies.items()
    }
    accuracy_rows["**mean**"] = [f"**{number:.3f}**" for number in means]
    time_rows = {
        name: [f"{score.seconds:.1f}" for score in of_set.values()]
        for name, of_set in scores.items()
    }
    feature_rows = {
        name: [str(score.num_features) for score in of_set.values()]
        for name, of_set in scores.items()
    }
    return [
        "Every representation goes to the same classifier: scikit-learn's logistic regression on",
        "standardised features, its penalty chosen by five folds of the training part. Sets come",
        "with their split into a training and a test part.",
        "",
        "| set | of | instances | columns | length | classes |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
        *(data_set.describe() for data_set in sets),
        "",
        "### Accuracy",
        "",
        *table(accuracy_rows),
        "",
        verdict(by_representation[OURS], by_representation[TARGET]),
        "",
        "### Seconds for the features of both parts, without the classifier",
        "",
        *table(time_rows),
        "",
        "### Features",
        "",
        *table(feature_rows),
    ]
