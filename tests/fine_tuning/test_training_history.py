"""The table of a training has the columns that are documented, even without a row."""

from __future__ import annotations

import numpy as np

from sktime_lagllama.fine_tuning.training_history import TrainingHistory


def test_a_row_per_validation() -> None:
    history = TrainingHistory()
    history.add(0, np.nan, 2.0, 0.0)
    history.add(10, 1.5, 1.0, 0.1)
    table = history.table()
    assert table.index.name == "step"
    assert table.index.tolist() == [0, 10]
    assert table.columns.tolist() == ["loss", "validation_loss", "learning_rate", "seconds"]
    np.testing.assert_array_equal(table["loss"], [np.nan, 1.5])
    np.testing.assert_array_equal(table["validation_loss"], [2.0, 1.0])
    np.testing.assert_array_equal(table["learning_rate"], [0.0, 0.1])
    assert 0 <= table["seconds"][0] <= table["seconds"][10]


def test_a_training_without_validations_has_an_empty_table() -> None:
    history = TrainingHistory()
    empty = history.table()
    history.add(0, np.nan, 2.0, 0.0)
    assert empty.empty
    assert empty.columns.equals(history.table().columns)
    assert empty.index.dtype == history.table().index.dtype
