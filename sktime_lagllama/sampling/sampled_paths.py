"""What the sampler returns: the values of the paths, and what each path knew of its next value."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sktime_lagllama._typing import Float64Array


class SampledPaths(NamedTuple):
    """Sample paths, and the distribution that each step of each path was drawn from.

    All arrays are float64, of shape (series, num_samples, steps), and in data units.

    Attributes
    ----------
    values : Float64Array
        One possible course of the future per path; from the sampler, before any clipping at zero.
    df, loc, scale : Float64Array
        Of the Student-t distribution of the step's value, given the path's earlier values; before
        any clipping at zero.
    """

    values: Float64Array
    df: Float64Array
    loc: Float64Array
    scale: Float64Array

    @classmethod
    def empty(cls, num_series: int, num_samples: int, num_steps: int) -> SampledPaths:
        """Return uninitialised paths, to be filled by ``assign``."""
        return cls(*(np.empty((num_series, num_samples, num_steps)) for _ in cls._fields))

    @classmethod
    def concatenate(cls, parts: list[SampledPaths]) -> SampledPaths:
        """Join the paths of several sets of series."""
        if len(parts) == 1:
            return parts[0]
        return cls(*(np.concatenate(fields) for fields in zip(*parts, strict=True)))

    @property
    def num_bytes(self) -> int:
        """Size of all arrays together."""
        return sum(field.nbytes for field in self)

    def select(self, index: Any) -> SampledPaths:
        """Return some of the series, samples or steps: every array, indexed as numpy indexes it."""
        return SampledPaths(*(field[index] for field in self))

    def assign(self, index: Any, part: SampledPaths) -> None:
        """Overwrite some of the series, samples or steps."""
        for field, new in zip(self, part, strict=True):
            field[index] = new

    def freeze(self) -> None:
        """Forbid to write to the arrays."""
        for field in self:
            field.flags.writeable = False
