"""What synthetic series are about."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sktime_lagllama.data.calendar import calendar_features
from sktime_lagllama.pretraining.synthetic.traits import draw_calendar, draw_traits


def test_a_quarter_of_the_calendars_is_the_dummy_of_series_without_dates() -> None:
    rng = np.random.default_rng(2)
    traits = draw_traits(rng, 2000, 60)
    calendar = draw_calendar(rng, traits, 60)
    january_first = calendar_features(pd.DatetimeIndex(["2010-01-01"]))[0]
    first = calendar[np.arange(2000), 60 - traits.counts]
    assert 0.12 < np.isclose(first, january_first, atol=1e-6).all(axis=1).mean() < 0.25
