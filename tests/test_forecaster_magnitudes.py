"""Values of any magnitude: finite forecasts, or an error that names the value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from sktime_lagllama import FineTuning, LagLlamaForecaster
from sktime_lagllama.data.containers import MAX_MAGNITUDE
from tests.support.models import BUNDLED_LIKE, PUBLISHED_LIKE, random_model

PARAMETERS: dict[str, Any] = {"num_samples": 3, "random_state": 0, "device": "cpu"}


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> list[Path | str]:
    """A checkpoint with the published network's kind of tokens, one with the bundled's, bundled."""
    folders = [tmp_path_factory.mktemp(name) for name in ("published", "like_bundled")]
    for folder, config in zip(folders, (PUBLISHED_LIKE, BUNDLED_LIKE), strict=True):
        random_model(config).save_pretrained(folder)
    return [*folders, "bundled"]


def all_forecasts(y: pd.Series, **parameters: Any) -> dict[str, Any]:
    forecaster = LagLlamaForecaster(**{**PARAMETERS, **parameters}).fit(y)
    fh = [1, 2, 9, 0, -1]
    return {
        "predict": forecaster.predict(fh),
        "predict_quantiles": forecaster.predict_quantiles(fh, alpha=[0.01, 0.5, 0.99]),
        "predict_var": forecaster.predict_var(fh),
        "predict_cov": forecaster.predict_var(fh, cov=True),
        "predict_samples": forecaster.predict_samples(fh),
        "predict_residuals": forecaster.predict_residuals(),
    }


def assert_finite(forecasts: dict[str, Any]) -> None:
    for name, forecast in forecasts.items():
        assert np.isfinite(np.asarray(forecast, dtype=float)).all(), name


@st.composite
def magnitudes(draw: st.DrawFn) -> pd.Series:
    """Series whose values differ by many orders of magnitude, up to the largest that is allowed."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    lowest, highest = sorted(draw(st.lists(st.floats(-320, 139), min_size=2, max_size=2)))
    length = draw(st.integers(1, 40))
    y = rng.normal(size=length) * 10.0 ** rng.uniform(lowest, highest, size=length)
    if draw(st.booleans()):  # an outlier
        y = rng.normal(size=length) * 10.0**lowest
        y[rng.integers(length)] = draw(st.sampled_from([-1.0, 1.0])) * 10.0**highest
    return pd.Series(y)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@settings(max_examples=20, deadline=None)
@given(
    y=magnitudes(),
    number=st.integers(0, 2),
    nonnegative=st.booleans(),
    point_forecast=st.sampled_from(["median", "mean"]),
    dtype=st.sampled_from(["float32", "bfloat16"]),
)
def test_every_forecast_is_finite(
    checkpoints: list[Path | str], y: pd.Series, number: int, **parameters: Any
) -> None:
    assert_finite(all_forecasts(y, checkpoint=checkpoints[number], **parameters))


@pytest.mark.parametrize("spike", [1e35, 1e39, -MAX_MAGNITUDE])
@pytest.mark.parametrize("noise", [1.0, 1e-300])
@pytest.mark.parametrize("place", [5, -1])
def test_a_spike_beyond_float32_gives_finite_forecasts(
    spike: float, noise: float, place: int
) -> None:
    y = pd.Series(noise * np.random.default_rng(0).normal(size=40))
    y.iloc[place] = spike
    assert_finite(all_forecasts(y))


def test_how_far_a_spike_lies_beyond_float32_makes_no_difference() -> None:
    y = pd.Series(np.random.default_rng(0).normal(size=60))
    forecasts = []
    for spike in (1e32, 1e39, 1e100):
        y.iloc[20] = spike
        forecasts.append(all_forecasts(y)["predict_quantiles"].loc[60:])
    pd.testing.assert_frame_equal(forecasts[1], forecasts[0])
    pd.testing.assert_frame_equal(forecasts[2], forecasts[0])


@pytest.mark.parametrize("value", [1.1 * MAX_MAGNITUDE, -1e300])
def test_a_value_whose_variance_could_overflow_is_named(value: float) -> None:
    y = pd.DataFrame({"a": [1.0, 2.0, 3.0], "load": [1.0, value, 3.0]})
    with pytest.raises(ValueError, match=r"column 'load' is .*e\+\d+ at 1: divide y by a power"):
        LagLlamaForecaster(**PARAMETERS).fit(y)
    forecaster = LagLlamaForecaster(**PARAMETERS).fit(y[["a"]])
    with pytest.raises(ValueError, match=r"column 'a' is .* at 4: divide y"):
        forecaster.update(pd.DataFrame({"a": [1.0, value]}, index=[3, 4]))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("scale", [1e-300, 1e39, 1e120])
def test_fine_tuning_leaves_finite_forecasts(scale: float) -> None:
    y = pd.Series(np.random.default_rng(0).normal(size=60))
    y.iloc[[7, 50]] = scale
    settings_ = FineTuning(max_steps=2, batch_size=4, horizon=2, validation_fraction=0)
    assert_finite(all_forecasts(y, fine_tuning=settings_))
