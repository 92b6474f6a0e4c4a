"""What gluonts feeds the reference implementation with, from pandas and numpy alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from gluonts.time_feature import time_features_from_frequency_str
from torch import Tensor


class ReferenceInput(NamedTuple):
    """Arguments of the reference model, for one series and one step ahead."""

    past_target: Tensor
    past_observed_values: Tensor
    past_time_feat: Tensor
    future_time_feat: Tensor


def time_features(times: pd.PeriodIndex) -> np.ndarray:
    """Return the features that the reference asks gluonts for, whatever the frequency."""
    return np.stack([feature(times) for feature in time_features_from_frequency_str("s")], axis=-1)


def reference_input(y: pd.Series, length: int) -> ReferenceInput:
    """Cut the last ``length`` steps as gluonts does: missing values and all in front are 0.

    Parameters
    ----------
    y : pd.Series
        Of periods.
    length : int
    """
    periods = y.index
    assert isinstance(periods, pd.PeriodIndex)
    values = y.to_numpy(dtype=np.float64)[-length:]
    observed = ~np.isnan(values)
    following = pd.period_range(periods[-1] + 1, periods=1, freq=periods.freq)
    padding = length - len(values)

    def padded(numbers: np.ndarray) -> Tensor:
        in_front = np.zeros((padding, *numbers.shape[1:]))
        return torch.from_numpy(np.concatenate((in_front, numbers)).astype(np.float32))[None]

    return ReferenceInput(
        padded(np.where(observed, values, 0.0)),
        padded(observed),
        padded(time_features(periods[-length:])),
        torch.from_numpy(time_features(following).astype(np.float32))[None],
    )
