"""The classification sets that sktime and aeon have in their packages."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sktime.datasets import load_from_tsfile
from sktime.datatypes import convert_to

PACKAGES = ("sktime", "aeon")
"""Where sets are looked for; of a set that both have, the first one's is taken."""

EQUALISED = "_eq"
"""Ends the name of a set that is another one, brought to one length by aeon: it is left out."""


@dataclass(frozen=True)
class Part:
    """The training or the test part of a set.

    Attributes
    ----------
    X : pd.DataFrame
        Of sktime's mtype "pd-multiindex".
    y : array of str, shape (instances,)
        The classes.
    """

    X: pd.DataFrame
    y: NDArray[np.str_]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of time points of each instance."""
        return np.asarray(self.X.groupby(level=0, sort=False).size(), dtype=np.int64)


@dataclass(frozen=True)
class DataSet:
    """A set with the split into training and test part that it comes with.

    Attributes
    ----------
    name : str
    package : str
        Whose copy it is.
    train, test : Part
    """

    name: str
    package: str
    train: Part
    test: Part

    @property
    def num_columns(self) -> int:
        """Number of variables."""
        return self.train.X.shape[1]

    @property
    def num_classes(self) -> int:
        """Number of classes in the training part."""
        return len(np.unique(self.train.y))

    @property
    def shortest_and_longest(self) -> tuple[int, int]:
        """Smallest and largest number of time points, of both parts."""
        lengths = np.concatenate([self.train.lengths, self.test.lengths])
        return int(lengths.min()), int(lengths.max())

    def first_instances(self, number: int) -> DataSet:
        """Return the set with only some instances in each part.

        Parameters
        ----------
        number : int

        Returns
        -------
        DataSet
        """
        parts = []
        for part in (self.train, self.test):
            kept = part.X.index.unique(0)[:number]
            parts.append(Part(part.X.loc[kept], part.y[:number]))
        return DataSet(self.name, self.package, *parts)

    def describe(self) -> str:
        """Return a row of the report: name, package, instances, columns, lengths, classes."""
        shortest, longest = self.shortest_and_longest
        length = str(longest) if shortest == longest else f"{shortest} to {longest}"
        return (
            f"| {self.name} | {self.package} | {len(self.train.y)} + {len(self.test.y)} | "
            f"{self.num_columns} | {length} | {self.num_classes} |"
        )


def folders_of_sets() -> dict[str, tuple[str, Path]]:
    """Find the classification sets that installed packages have.

    A package is not imported for that, so that aeon needs none of its requirements.

    Returns
    -------
    dict
        Package and folder of each set, by the name of the set.
    """
    found: dict[str, tuple[str, Path]] = {}
    for package in PACKAGES:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            continue
        for folder in sorted((Path(spec.origin).parent / "datasets" / "data").iterdir()):
            is_new = folder.name not in found and not folder.name.endswith(EQUALISED)
            if is_new and _is_classification_set(folder):
                found[folder.name] = package, folder
    return found


def _is_classification_set(folder: Path) -> bool:
    """Tell whether a folder has two parts with classes."""
    train, test = (folder / f"{folder.name}_{part}.ts" for part in ("TRAIN", "TEST"))
    if not train.is_file() or not test.is_file():
        return False
    header = train.read_text(encoding="utf-8").lower().partition("@data")[0]
    return "@classlabel true" in header


def load(name: str, package: str, folder: Path) -> DataSet:
    """Read a set.

    Parameters
    ----------
    name, package : str
    folder : Path
        As ``folders_of_sets`` has them.

    Returns
    -------
    DataSet
    """
    parts = []
    for part in ("TRAIN", "TEST"):
        X, y = load_from_tsfile(
            str(folder / f"{name}_{part}.ts"), return_y=True, return_data_type="nested_univ"
        )
        parts.append(Part(convert_to(X, "pd-multiindex"), np.asarray(y, dtype=str)))
    return DataSet(name, package, *parts)


def chosen_sets(names: list[str] | None = None, may_lack: bool = False) -> list[DataSet]:
    """Read sets, in the order of their names.

    Parameters
    ----------
    names : list of str, optional
        None: all that are installed.
    may_lack : bool, default=False
        Whether those that are not installed are left out.

    Returns
    -------
    list of DataSet

    Raises
    ------
    SystemExit
        If a set is not installed.
    """
    folders = folders_of_sets()
    wanted = sorted(folders if names is None else names)
    if may_lack:
        wanted = [name for name in wanted if name in folders]
    if missing := [name for name in wanted if name not in folders]:
        sys.exit(f"no installed package has {', '.join(missing)}: there are {', '.join(folders)}")
    return [load(name, *folders[name]) for name in wanted]
