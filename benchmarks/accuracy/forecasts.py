"""The forecasts of one forecaster for a set, and the files that keep them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sktime_lagllama._typing import BoolArray, Float64Array
from sktime_lagllama.evaluation.quantile_loss import REPORTED_LEVELS

MEDIAN = REPORTED_LEVELS.index(0.5)


@dataclass(frozen=True)
class Forecasts:
    """What one forecaster forecasts for some series.

    Parameters
    ----------
    points : float64 array of shape (series, horizon)
        What ``predict`` returned, in data units.
    quantiles : float64 array of shape (series, horizon, levels)
        At ``REPORTED_LEVELS``, in data units.
    fell_back : bool array of shape (series,)
        Whether the forecaster failed, so that the seasonal naive forecast stands in.
    cpu_seconds : float
        Of ``fit`` and ``predict_quantiles``, all threads together: other load on the machine
        changes this less than the time by the clock.
    """

    points: Float64Array
    quantiles: Float64Array
    fell_back: BoolArray
    cpu_seconds: float

    @property
    def medians(self) -> Float64Array:
        """The 0.5 quantile, of shape (series, horizon)."""
        return self.quantiles[:, :, MEDIAN]

    def save(self, file: Path) -> None:
        """Write a file; a program that is killed never leaves a part of it under its name."""
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}.part")
        with unfinished.open("wb") as stream:
            np.savez(
                stream,
                points=self.points,
                quantiles=self.quantiles,
                fell_back=self.fell_back,
                cpu_seconds=self.cpu_seconds,
            )
        unfinished.replace(file)

    @classmethod
    def read(cls, file: Path) -> Forecasts:
        """Read a file that ``save`` wrote."""
        with np.load(file) as arrays:
            return cls(
                arrays["points"],
                arrays["quantiles"],
                arrays["fell_back"],
                float(arrays["cpu_seconds"]),
            )

    @classmethod
    def concatenate(cls, chunks: Sequence[Forecasts]) -> Forecasts:
        """Join forecasts of consecutive series."""
        return cls(
            np.concatenate([chunk.points for chunk in chunks]),
            np.concatenate([chunk.quantiles for chunk in chunks]),
            np.concatenate([chunk.fell_back for chunk in chunks]),
            sum(chunk.cpu_seconds for chunk in chunks),
        )


def checked_finite(forecasts: Float64Array) -> Float64Array:
    """Return forecasts, of any shape, if all of them are finite.

    Raises
    ------
    ValueError
        If one is not.
    """
    if not np.isfinite(forecasts).all():
        raise ValueError("forecasts must be finite")
    return forecasts
