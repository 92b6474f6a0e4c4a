"""Student-t distributions: what the network predicts."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class StudentT(NamedTuple):
    """Parameters of Student-t distributions, in scaled units.

    Attributes
    ----------
    df, loc, scale : float32 Tensor, all of the same shape
        Degrees of freedom, location and scale. The standard deviation is
        ``scale * sqrt(df / (df - 2))``.
    """

    df: Tensor
    loc: Tensor
    scale: Tensor
