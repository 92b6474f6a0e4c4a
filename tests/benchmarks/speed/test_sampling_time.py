"""The time that a forecast spends on drawing paths."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import pytest

from benchmarks.common.series import airline
from benchmarks.speed.sampling_time import seconds_of_sampling
from sktime_lagllama import LagLlamaForecaster
from tests.support.models import PUBLISHED_LIKE, random_model


def test_only_drawing_paths_is_timed(tmp_path: Path) -> None:
    random_model(PUBLISHED_LIKE, seed=0).save_pretrained(tmp_path)
    forecaster = LagLlamaForecaster(str(tmp_path), num_samples=5).fit(airline(), fh=[1, 2])
    seconds: list[float] = []
    start = perf_counter()
    with seconds_of_sampling(seconds):
        forecaster.predict()
    assert len(seconds) == 1
    assert 0 < seconds[0] < perf_counter() - start


def test_a_forecast_that_draws_no_path_is_not_taken_for_a_fast_one() -> None:
    with pytest.raises(AssertionError, match="no sample path was drawn"), seconds_of_sampling([]):
        pass
