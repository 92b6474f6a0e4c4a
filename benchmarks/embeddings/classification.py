"""One classifier for all representations, its accuracy and its time."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.embeddings.data_sets import DataSet, Part

PENALTIES = 10.0 ** np.arange(-5, 2)
"""Values of scikit-learn's C, the inverse of the penalty."""

MAX_FOLDS = 5


@dataclass(frozen=True)
class Score:
    """How one representation did on one set.

    Attributes
    ----------
    accuracy : float
        Share of the test part that was classified right.
    seconds : float
        For the rows of both parts, without the classifier.
    num_features : int
        Numbers in a row.
    """

    accuracy: float
    seconds: float
    num_features: int


def score(transformer: Any, data_set: DataSet) -> Score:
    """Fit on the training part, and score on the test part.

    Parameters
    ----------
    transformer : sktime transformer
        From series to rows of numbers.
    data_set : DataSet

    Returns
    -------
    Score
    """
    started = time.perf_counter()
    train = _numbers(transformer.fit_transform(data_set.train.X))
    test = _numbers(transformer.transform(data_set.test.X))
    seconds = time.perf_counter() - started
    model = classifier(data_set.train.y)
    with warnings.catch_warnings():
        # A penalty at which the solver stops early is one that cross-validation may reject.
        warnings.simplefilter("ignore")
        predicted = model.fit(train, data_set.train.y).predict(test)
    return Score(float((predicted == data_set.test.y).mean()), seconds, train.shape[1])


def cross_validated_accuracy(transformer: Any, part: Part) -> float:
    """Return the accuracy on held-out folds of one part, with the penalty that is best there.

    It is what choices are made by, on training parts.

    Parameters
    ----------
    transformer : sktime transformer
        From series to rows of numbers.
    part : Part

    Returns
    -------
    float
    """
    rows = _numbers(transformer.fit_transform(part.X))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(classifier(part.y).fit(rows, part.y).named_steps["gridsearchcv"].best_score_)


def classifier(y: NDArray[np.str_]) -> Pipeline:
    """Return a logistic regression on standardised features, its penalty cross-validated.

    Parameters
    ----------
    y : array of str, shape (instances,)
        Classes of the training part, whose smallest one bounds the number of folds.

    Returns
    -------
    Pipeline
        Where there are more features than instances, they are rotated to as many components as
        there are instances. Nothing is lost by that: a logistic regression with this penalty does
        not depend on the rotation, and its weights lie in the span of the instances.
    """
    _, counts = np.unique(y, return_counts=True)
    folds = StratifiedKFold(min(MAX_FOLDS, int(counts.min())), shuffle=True, random_state=0)
    search = GridSearchCV(LogisticRegression(max_iter=500), {"C": PENALTIES}, cv=folds)
    return make_pipeline(StandardScaler(), PCA(svd_solver="full"), search)


def _numbers(table: Any) -> NDArray[np.float64]:
    """Return a table as an array; what a representation could not compute is 0."""
    return np.nan_to_num(np.asarray(table, dtype=np.float64), posinf=0.0, neginf=0.0)
