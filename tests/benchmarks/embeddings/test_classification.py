"""The classifier, and its scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from benchmarks.embeddings.classification import classifier, cross_validated_accuracy, score
from benchmarks.embeddings.data_sets import DataSet, Part


class Mean:
    """Stands in for a transformer: the mean of each column, and a number that is missing."""

    def fit_transform(self, X: pd.DataFrame) -> pd.DataFrame:
        return self.transform(X)

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        return X.groupby(level=0, sort=False).mean().assign(missing=np.nan)


def part_of(levels: dict[str, float], num_instances: int, seed: int) -> Part:
    random = np.random.default_rng(seed)
    y = np.array(sorted(levels) * num_instances)
    frames = {
        number: pd.DataFrame({"value": levels[label] + random.standard_normal(9)})
        for number, label in enumerate(y)
    }
    return Part(pd.concat(frames), y)


def test_score_counts_what_is_right_in_the_test_part() -> None:
    train = part_of({"a": 0.0, "b": 9.0}, 10, 0)
    test = part_of({"a": 0.0, "b": 9.0}, 4, 1)
    wrong = np.array(["b", *test.y[1:]])
    found = score(Mean(), DataSet("some", "none", train, Part(test.X, wrong)))
    assert found.accuracy == 7 / 8
    assert found.num_features == 2
    assert found.seconds > 0


@pytest.mark.parametrize(("level_of_b", "least", "most"), [(9.0, 1.0, 1.0), (0.0, 0.2, 0.8)])
def test_cross_validation_scores_classes_by_how_they_differ(
    level_of_b: float, least: float, most: float
) -> None:
    part = part_of({"a": 0.0, "b": level_of_b}, 20, 0)
    assert least <= cross_validated_accuracy(Mean(), part) <= most


def test_rotation_of_many_features_loses_nothing() -> None:
    random = np.random.default_rng(0)
    train, test = random.standard_normal((30, 100)), random.standard_normal((500, 100))
    y = np.where(train[:, :5].sum(axis=1) > 0, "a", "b")
    model = classifier(y).fit(train, y)
    scaler = StandardScaler().fit(train)
    penalty = model.named_steps["gridsearchcv"].best_params_["C"]
    plain = LogisticRegression(C=penalty, max_iter=1000).fit(scaler.transform(train), y)
    expected = plain.predict_proba(scaler.transform(test))
    np.testing.assert_allclose(model.predict_proba(test), expected, atol=5e-3)
