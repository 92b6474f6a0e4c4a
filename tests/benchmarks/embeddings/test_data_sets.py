"""Classification sets are found in packages, and read with their split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sktime.datatypes import check_is_mtype

from benchmarks.embeddings import data_sets
from benchmarks.embeddings.data_sets import chosen_sets, folders_of_sets


def test_sets_of_sktime_are_found_but_none_for_regression_or_forecasting() -> None:
    found = {name for name, (package, _) in folders_of_sets().items() if package == "sktime"}
    assert {"ArrowHead", "BasicMotions", "JapaneseVowels", "PLAID", "UnitTest"} <= found
    assert not {"Tecator", "Covid3Month", "Longley", "segmentation"} & found


def test_a_set_is_read_with_its_split() -> None:
    (unit_test,) = chosen_sets(["UnitTest"])
    assert unit_test.describe() == "| UnitTest | sktime | 20 + 22 | 1 | 24 | 2 |"
    assert check_is_mtype(unit_test.train.X, "pd-multiindex")
    assert np.unique(unit_test.test.y).tolist() == ["1", "2"]


def test_first_instances_keep_their_classes() -> None:
    (whole,) = chosen_sets(["JapaneseVowels"])
    few = whole.first_instances(3)
    assert len(few.train.lengths) == len(few.test.y) == 3
    assert few.train.lengths.tolist() == whole.train.lengths[:3].tolist()
    assert few.num_columns == whole.num_columns == 12


def test_sets_of_a_second_package_are_added_without_their_equalised_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "other_package"
    for name in ("Added", "Added_eq", "UnitTest"):
        folder = package / "datasets" / "data" / name
        folder.mkdir(parents=True)
        for part in ("TRAIN", "TEST"):
            (folder / f"{name}_{part}.ts").write_text("@classLabel true a b\n@data\n1,2:a\n")
    (package / "__init__.py").write_text("raise ImportError('it must not be imported')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(data_sets, "PACKAGES", ("sktime", "other_package"))
    found = folders_of_sets()
    assert found["Added"][0] == "other_package"
    assert found["UnitTest"][0] == "sktime"
    assert "Added_eq" not in found


def test_a_set_that_is_not_installed_ends_the_program_unless_it_may_lack() -> None:
    with pytest.raises(SystemExit, match="no installed package has Nowhere"):
        chosen_sets(["Nowhere", "UnitTest"])
    assert [found.name for found in chosen_sets(["Nowhere", "UnitTest"], may_lack=True)] == [
        "UnitTest"
    ]
