"""Seasons of synthetic series."""

from __future__ import annotations

import numpy as np

from sktime_lagllama.pretraining.synthetic.seasons import Season, day_type_seasonality


def test_weekends_have_a_daily_profile_of_their_own() -> None:
    size = 200
    absent = np.full(size, -1.0)
    daily = Season(np.full(size, 24.0), np.zeros(size), absent, absent)
    weekly = Season(np.full(size, 168.0), np.zeros(size), absent, absent)
    values = day_type_seasonality(np.random.default_rng(0), daily, weekly, 336)
    np.testing.assert_allclose(values[:, :168], values[:, 168:], atol=1e-6)
    profiles = values[:, :168].reshape(size, 7, 24)
    profiles = profiles - profiles.mean(axis=2, keepdims=True)
    working_days = np.abs(profiles[:, 0] - profiles[:, 1]).max(axis=1)
    weekend = np.abs(profiles[:, 0] - profiles[:, 3]).max(axis=1)
    assert working_days.max() < 1e-4
    assert np.median(weekend) > 0.5
