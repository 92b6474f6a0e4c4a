"""Daily series and panels."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sktime_lagllama.data.series import SeriesBatch

DAYS = pd.date_range("2020-01-01", periods=10, freq="D")


def daily(values: list[float], start: int) -> pd.Series:
    """Build a series that begins on a day of ``DAYS``."""
    return pd.Series(values, index=DAYS[start : start + len(values)])


def panel_of(lengths: dict[str, int], columns: int = 1) -> pd.DataFrame:
    """Build instances that all end on the last day of ``DAYS``."""
    frames = {}
    for number, (name, length) in enumerate(lengths.items()):
        values = 100.0 * number + np.arange(length * columns).reshape(length, columns)
        names = [f"column {column}" for column in range(columns)]
        frames[name] = pd.DataFrame(values, DAYS[-length:], columns=names)
    return pd.concat(frames, names=["instance", "time"])


def instances_of(batch: SeriesBatch) -> pd.Index:
    """Return the instances of the batch of a panel."""
    assert batch.instances is not None
    return batch.instances
