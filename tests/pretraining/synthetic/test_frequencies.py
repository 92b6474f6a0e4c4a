"""How common the frequencies of synthetic series are."""

from __future__ import annotations

import numpy as np
import pytest

from sktime_lagllama.pretraining.synthetic.frequencies import (
    FREQUENCIES,
    FREQUENCY_NAMES,
    frequency_shares,
)


def test_a_third_of_the_corpus_is_below_a_day_and_two_fifths_months_or_longer() -> None:
    shares = frequency_shares()
    assert shares.sum() == pytest.approx(1)
    sub_daily = np.array([frequency.steps_per_day > 0 for frequency in FREQUENCIES])
    monthly_or_longer = np.array([frequency.steps_per_year <= 12 for frequency in FREQUENCIES])
    assert shares[sub_daily].sum() == pytest.approx(0.35, abs=0.02)
    assert shares[monthly_or_longer].sum() >= 0.4


def test_overrides_replace_the_table_and_the_rest_keeps_its_proportions() -> None:
    shares = dict(zip(FREQUENCY_NAMES, frequency_shares({"hourly": 0.0}), strict=True))
    before = dict(zip(FREQUENCY_NAMES, frequency_shares(), strict=True))
    assert shares["hourly"] == 0
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["daily"] / shares["monthly"] == pytest.approx(before["daily"] / before["monthly"])


def test_shares_that_leave_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="one must be positive"):
        frequency_shares(dict.fromkeys(FREQUENCY_NAMES, 0.0))


@pytest.mark.parametrize(
    "name", ["minutely", "5-minutely", "10-minutely", "15-minutely", "30-minutely", "hourly"]
)
def test_fast_series_have_daily_and_weekly_seasons(name: str) -> None:
    frequency = FREQUENCIES[FREQUENCY_NAMES.index(name)]
    assert frequency.steps_per_day in [period for period, _ in frequency.main_periods]
    assert frequency.steps_per_week in [period for period, _ in frequency.other_periods]
