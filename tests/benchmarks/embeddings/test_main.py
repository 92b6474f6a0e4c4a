"""The report, made with a representation that takes no time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks.embeddings import __main__ as program
from benchmarks.embeddings import accuracy, choice
from benchmarks.embeddings.data_sets import DataSet, chosen_sets
from benchmarks.embeddings.representations import REPRESENTATIONS


class Values:
    """Stands in for a transformer: the values of each series as they are."""

    def fit_transform(self, X: pd.DataFrame) -> Any:
        return self.transform(X)

    def transform(self, X: pd.DataFrame) -> Any:
        return X.iloc[:, 0].unstack().to_numpy()


def make_values(data_set: DataSet) -> Values:
    return Values()


@pytest.fixture(autouse=True)
def quick_representations(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = {accuracy.OURS: make_values, accuracy.TARGET: make_values}
    monkeypatch.setattr(accuracy, "REPRESENTATIONS", quick)
    monkeypatch.setattr(program, "require", lambda packages, extras: None)
    monkeypatch.setattr(program, "VERSIONS", ("numpy",))


def test_accuracy_has_a_row_for_each_set_and_a_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "report.md"
    arguments = ["--part", "accuracy", "--sets", "UnitTest", "--output", str(output)]
    program.main(arguments)
    lines = output.read_text().splitlines()
    assert "| set | LagLlamaEmbedder | Catch22 |" in lines
    assert "| UnitTest | 0.909 | 0.909 |" in lines
    assert any(line.endswith("**met**.") for line in lines)

    monkeypatch.setattr(choice, "VARIANTS", {"first": {"pooling": "mean", "context_length": 8}})
    program.main(["--part", "choice", "--sets", "UnitTest", "--output", str(output)])
    report = output.read_text()
    assert "## How the defaults were chosen" in report and "| first | " in report
    assert "## Accuracy on the test parts" in report, "the part that was not measured is kept"


def test_scores_that_a_file_has_are_not_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (unit_test,) = chosen_sets(["UnitTest"])
    file = tmp_path / "results.json"
    first = accuracy.Results(file).of(unit_test)
    assert set(first) == {accuracy.OURS, accuracy.TARGET}

    def measured(transformer: object, data_set: DataSet) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr(accuracy, "score", measured)
    assert accuracy.Results(file).of(unit_test) == first
    monkeypatch.setitem(accuracy.REPRESENTATIONS, "another", make_values)
    with pytest.raises(AssertionError, match="measured again"):
        accuracy.Results(file).of(unit_test)


def test_a_representation_that_cannot_be_used_for_a_set_has_no_score_and_no_mean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(accuracy.REPRESENTATIONS, accuracy.TARGET, lambda data_set: None)
    (unit_test,) = chosen_sets(["UnitTest"])
    scores = accuracy.Results(None).of(unit_test)
    assert accuracy.cells(scores, lambda score: f"{score.accuracy:.3f}") == ["0.909", "-"]
    assert set(accuracy.means([scores])) == {accuracy.OURS}


def test_a_lower_accuracy_than_the_target_is_reported_as_missed() -> None:
    assert accuracy.verdict(0.8, 0.8).endswith("**met**.")
    assert accuracy.verdict(0.799, 0.8).endswith("**MISSED**.")


def test_every_representation_has_a_column() -> None:
    assert {accuracy.OURS, accuracy.TARGET} <= set(REPRESENTATIONS)
