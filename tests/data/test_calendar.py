"""The calendar features of tokens."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sktime_lagllama.data.calendar import calendar_features
from tests.support.time_stamps import expected_features


def test_calendar_features_reach_from_minus_to_plus_a_half() -> None:
    seconds = pd.date_range("2023-12-31 23:59:00", periods=120, freq="s")
    days = pd.date_range("2024-01-01", periods=366, freq="D")
    hours = pd.date_range("2024-01-01", periods=24 * 60, freq="min")
    found = np.concatenate([calendar_features(times) for times in (seconds, days, hours)])
    np.testing.assert_allclose(found.min(axis=0), -0.5)
    np.testing.assert_allclose(found.max(axis=0), 0.5)


def test_calendar_features_are_those_of_the_definition() -> None:
    datetimes = pd.date_range("2023-12-30 21:58:57", periods=50, freq="7h13min11s")
    for times in (datetimes, pd.period_range("2023-01", periods=30, freq="M")):
        found = calendar_features(times)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected_features(times), atol=1e-6)
