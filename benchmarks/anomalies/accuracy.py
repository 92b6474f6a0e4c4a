"""How well anomalies are told from other values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from benchmarks.anomalies.labelled import ABOUT_LABELLED, labelled_series
from benchmarks.anomalies.methods import all_methods
from benchmarks.anomalies.simulated import FREQUENCIES, KINDS, LabelledSeries, simulate
from benchmarks.common.command_line import print_progress
from sktime_lagllama._typing import BoolArray, Float64Array

FALSE_ALARMS = 0.001
"""Share of the other values that precision and recall allow to be above the threshold."""


@dataclass(frozen=True)
class Accuracy:
    """How well scores tell anomalies from other values.

    Parameters
    ----------
    average_precision, roc_auc : float
    precision, recall : float
        With the threshold that one in a thousand of the other values exceeds.
    """

    average_precision: float
    roc_auc: float
    precision: float
    recall: float


def accuracy(labels: BoolArray, scores: Float64Array) -> Accuracy:
    """Compare scores with labels, both of shape (values,)."""
    is_alarm = scores > np.quantile(scores[~labels], 1 - FALSE_ALARMS)
    num_found = int((is_alarm & labels).sum())
    return Accuracy(
        average_precision=float(average_precision_score(labels, scores)),
        roc_auc=float(roc_auc_score(labels, scores)),
        precision=num_found / max(int(is_alarm.sum()), 1),
        recall=num_found / int(labels.sum()),
    )


def compare(series: Sequence[LabelledSeries], checkpoint: str) -> dict[str, Accuracy]:
    """Return the accuracy of every method on all series together."""
    labels = np.concatenate([one.labels for one in series])
    return {
        name: accuracy(labels, np.concatenate([method(one) for one in series]))
        for name, method in all_methods(checkpoint).items()
    }


def simulated_report(checkpoint: str, num_series: int) -> list[str]:
    """Return the lines of the section on simulated series."""
    results = {}
    for kind in KINDS:
        for frequency in FREQUENCIES:
            name = f"{kind}, {frequency.name}"
            print_progress(name)
            results[name] = compare(simulate(kind, frequency, num_series, seed=0), checkpoint)
    return [
        f"{num_series} series of each kind and frequency; the first half, without anomalies, is "
        "for training. Spikes and dips are 4 to 8 standard deviations of the innovations, 5 in a "
        "series; the level shifts by as much, twice, and the first value after it is the anomaly; "
        "the season is turned upside down for the length of one, twice, and all of these values "
        "are anomalies. AutoETS takes no season above 24 steps, and the longest one of a series "
        "is not told to it. SubLOF and CAPA give labels, no scores.",
        "",
        *tables(results),
    ]


def labelled_report(checkpoint: str) -> list[str]:
    """Return the lines of the section on real series."""
    results = {}
    for series in labelled_series():
        print_progress(series.name)
        results[series.name] = compare([series], checkpoint)
    return [ABOUT_LABELLED, "", *tables(results)]


def tables(results: dict[str, dict[str, Accuracy]]) -> list[str]:
    """Return tables of all measures, with a row for each set and a column for each method."""
    methods = list(next(iter(results.values())))
    head = ["| | " + " | ".join(methods) + " |", "|---|" + "---:|" * len(methods)]
    lines: list[str] = []
    for title, cell in (
        ("Average precision", lambda one: f"{one.average_precision:.3f}"),
        ("Area under the ROC curve", lambda one: f"{one.roc_auc:.3f}"),
        (
            "Precision / recall where one in a thousand other values is an alarm",
            lambda one: f"{one.precision:.2f} / {one.recall:.2f}",
        ),
    ):
        rows = [
            f"| {name} | " + " | ".join(cell(by_method[method]) for method in methods) + " |"
            for name, by_method in results.items()
        ]
        lines += [f"{title}:", "", *head, *rows, ""]
    return [*lines, verdict(results), ""]


def verdict(results: dict[str, dict[str, Accuracy]]) -> str:
    """Say on how many sets our average precision is above that of AutoETS' residuals, or 1."""
    sentences = []
    for ours in [method for method in next(iter(results.values())) if method.startswith("ours")]:
        theirs = ours.replace("ours", "AutoETS")
        missed = [
            name
            for name, by_method in results.items()
            if by_method[ours].average_precision
            <= min(by_method[theirs].average_precision, 1 - 1e-9)
        ]
        outcome = f"**MISSED** on {'; '.join(missed)}" if missed else "**met**"
        sentences.append(
            f'Criterion: average precision of "{ours}" above that of "{theirs}", or 1, on every '
            f"set: {outcome} ({len(results) - len(missed)} of {len(results)} sets)."
        )
    return " ".join(sentences)
