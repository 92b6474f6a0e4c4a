"""Student-t distributions, which the network predicts."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class StudentT(NamedTuple):
    """Parameters of Student-t distributions, in scaled units, all of one shape."""

    df: Tensor
    loc: Tensor
    scale: Tensor
