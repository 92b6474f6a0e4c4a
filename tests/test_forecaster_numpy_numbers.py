"""Parameters may be NumPy numbers, as every grid over ``np.arange`` has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal
from sktime.datasets import load_airline

from sktime_lagllama import FineTuning, LagLlamaForecaster

PARAMETERS: dict[str, Any] = {
    "num_samples": 3,
    "batch_size": 2,
    "context_length": 9,
    "random_state": 4,
    "device": "cpu",
}
SETTINGS: dict[str, Any] = {
    "learning_rate": 0.01,
    "max_steps": 2,
    "max_epochs": 0.5,
    "batch_size": 2,
    "weight_decay": 0.1,
    "patience": 1,
    "context_length": 9,
    "horizon": 3,
    "gradient_clip": 1.0,
    "warm_up": 0.25,
    "random_state": 5,
}


@pytest.fixture(scope="module")
def y() -> pd.Series:
    return load_airline()[-40:]


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.int16, np.uint8])
@pytest.mark.parametrize("name", ["num_samples", "batch_size", "context_length", "random_state"])
def test_a_numpy_integer_gives_the_forecasts_of_a_python_integer(
    y: pd.Series, name: str, kind: type[np.integer[Any]]
) -> None:
    plain = LagLlamaForecaster(**PARAMETERS).fit(y)
    numpy = LagLlamaForecaster(**{**PARAMETERS, name: kind(PARAMETERS[name])}).fit(y)
    assert_series_equal(numpy.predict([1, 2, 3]), plain.predict([1, 2, 3]))
    assert_frame_equal(numpy.predict_var([1, 2, 3]), plain.predict_var([1, 2, 3]))
    assert_frame_equal(numpy.predict_samples([2, -1]), plain.predict_samples([2, -1]))
    assert_series_equal(numpy.predict_residuals(), plain.predict_residuals())
    assert isinstance(numpy.get_params()[name], kind), "parameters are stored untouched"


# Without held-out values the trained weights are kept whatever they are.
@pytest.mark.filterwarnings("ignore:fine-tuning did not clearly improve")
@pytest.mark.parametrize("validation_fraction", [0.0, 0.25])
@pytest.mark.parametrize(
    ("integer", "number"), [(np.int64, np.float64), (np.uint8, np.float64), (np.int16, np.float32)]
)
def test_fine_tuning_takes_numpy_numbers(
    y: pd.Series,
    integer: type[np.integer[Any]],
    number: type[np.floating[Any]],
    validation_fraction: float,
) -> None:
    numpy_settings = {
        name: integer(value) if isinstance(value, int) else number(value)
        for name, value in {**SETTINGS, "validation_fraction": validation_fraction}.items()
    }
    exact = {name: value.item() for name, value in numpy_settings.items()}
    exact_forecast, forecast = (
        LagLlamaForecaster(**PARAMETERS, fine_tuning=FineTuning(**settings)).fit_predict(y, fh=[1])
        for settings in (exact, numpy_settings)
    )
    assert_series_equal(forecast, exact_forecast)
