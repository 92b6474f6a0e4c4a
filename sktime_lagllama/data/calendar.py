"""The calendar features of a token."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float32Array

NUM_CALENDAR_FEATURES = 6


def calendar_features(times: pd.DatetimeIndex | pd.PeriodIndex) -> Float32Array:
    """Compute the six calendar features of the published model (arXiv 2310.08278, section 4.1).

    Parameters
    ----------
    times : pd.DatetimeIndex or pd.PeriodIndex of shape (times,)
        In local time. A period longer than a day is described by its last day, as pandas reads it.

    Returns
    -------
    float32 array of shape (times, 6)
        Second / 59, minute / 59, hour / 23, day of week / 6 (Monday is 0), (day of month - 1) / 30
        and (day of year - 1) / 365, each minus 0.5: they lie in [-0.5, 0.5].
    """
    parts = (
        times.second / 59,
        times.minute / 59,
        times.hour / 23,
        times.dayofweek / 6,
        (times.day - 1) / 30,
        (times.dayofyear - 1) / 365,
    )
    return np.stack([np.asarray(part, dtype=np.float32) for part in parts], axis=1) - 0.5
