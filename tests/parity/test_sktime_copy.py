"""Random weights of the published size forecast as in the reference code that sktime ships."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from gluonts.time_feature import get_lags_for_frequency
from gluonts.torch.distributions import StudentTOutput
from gluonts.torch.scaler import MeanScaler, StdScaler
from sktime.libs.lag_llama.gluon_utils.scalers.robust_scaler import RobustScaler
from sktime.libs.lag_llama.model.module import LagLlamaModel

from benchmarks.common.published_layout import random_state_dict, write_published_layout
from sktime_lagllama.checkpoints.read import read
from sktime_lagllama.data.calendar import calendar_features
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.network.config import PUBLISHED_LAGS, LagLlamaConfig, RopeScaling, Scaling
from sktime_lagllama.network.features import location_and_scale
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions
from tests.support.gluonts_input import reference_input, time_features
from tests.support.models import one_step_distribution, window_of

# gluonts warns about its own code.
pytestmark = pytest.mark.filterwarnings("ignore:Using a non-tuple sequence:UserWarning")

TOLERANCE = 1e-5
LENGTHS = {"h": 1300, "D": 1300, "W": 1300, "M": 600, "Q": 160, "Y": 60}
PERIODS = {"h": 24, "D": 7, "W": 52, "M": 12, "Q": 4, "Y": 11}


def series(freq: str, length: int | None = None) -> pd.Series:
    """Return a seasonal series with a trend."""
    length = LENGTHS[freq] if length is None else length
    steps = np.arange(length)
    noise = np.random.default_rng(1).normal(size=length)
    values = 50 + 0.02 * steps + 10 * np.sin(2 * np.pi * steps / PERIODS[freq]) + 2 * noise
    return pd.Series(values, index=pd.period_range("1960-02-03 04:00", periods=length, freq=freq))


def complete(freq: str) -> pd.Series:
    return series(freq)


def shorter_than_the_context(freq: str) -> pd.Series:
    return series(freq, length=20)


def two_points(freq: str) -> pd.Series:
    return series(freq, length=2)


def missing_inside(freq: str) -> pd.Series:
    y = series(freq)
    y[np.random.default_rng(2).random(len(y)) < 0.2] = np.nan
    y.iloc[-12:-4] = np.nan
    return y


def missing_in_front(freq: str) -> pd.Series:
    y = series(freq)
    y.iloc[: len(y) - 25] = np.nan
    return y


def missing_at_the_end(freq: str) -> pd.Series:
    y = series(freq)
    y.iloc[-6:] = np.nan
    return y


def both_networks(path: Path, config: LagLlamaConfig, factor: float | None = None) -> Any:
    """Load the same random weights, from a file on our side, into both implementations."""
    write_published_layout(path, config, seed=3)
    stored, tensors = read(path)
    ours = LagLlama(stored)
    ours.load_state_dict(tensors)
    theirs = LagLlamaModel(
        context_length=config.context_length,
        max_context_length=config.max_context_length,
        scaling=config.scaling,
        input_size=1,
        n_layer=config.num_layers,
        n_embd_per_head=config.head_dim,
        n_head=config.num_heads,
        lags_seq=list(config.lags),
        distr_output=StudentTOutput(),
        rope_scaling=None if factor is None else {"type": "linear", "factor": factor},
        time_feat=config.calendar_features,
    )
    theirs.load_state_dict(random_state_dict(config, seed=3))
    return ours.eval(), theirs.eval()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return both_networks(tmp_path_factory.mktemp("published") / "a.ckpt", LagLlamaConfig())


def our_distribution(
    model: LagLlama, y: pd.Series, context_length: int, rope_scaling: RopeScaling | None = None
) -> np.ndarray:
    """Return df, loc and scale one step ahead, in data units."""
    history = to_series_batch(y)
    first, cutoff = np.zeros(1, dtype=np.int64), history.starts + history.lengths - 1
    window = window_of(*history.windows(first, cutoff, model.config.max_lag + context_length))
    calendar = torch.from_numpy(history.calendars(first, cutoff, context_length, 0))
    options = SamplingOptions(context_length=context_length, rope_scaling=rope_scaling)
    with torch.inference_mode():
        scaled, loc, scale = one_step_distribution(model, window, calendar, options)
    in_units = loc + scale * scaled.loc, scale * scaled.scale
    return np.array([scaled.df.item(), *(part.item() for part in in_units)])


def their_distribution(model: LagLlamaModel, y: pd.Series, context_length: int) -> np.ndarray:
    inputs = reference_input(y, context_length + max(model.lags_seq))
    with torch.inference_mode():
        (df, loc, scale), series_loc, series_scale = model(**inputs._asdict())
    in_units = series_loc + series_scale * loc[:, -1:], series_scale * scale[:, -1:]
    return np.array([df[0, -1].item(), *(part.item() for part in in_units)])


def assert_close(ours: np.ndarray, theirs: np.ndarray) -> None:
    df, loc, scale = theirs
    unit = np.array([df, max(abs(loc), scale), scale])
    assert (np.abs(ours - theirs) / unit).max() < TOLERANCE, (ours, theirs)


@pytest.mark.parametrize("freq", LENGTHS)
@pytest.mark.parametrize(
    "make",
    [
        complete,
        shorter_than_the_context,
        two_points,
        missing_inside,
        missing_in_front,
        missing_at_the_end,
    ],
)
def test_one_step_distribution_is_that_of_the_reference_code(
    published: Any, make: Callable[[str], pd.Series], freq: str
) -> None:
    ours, theirs = published
    y = make(freq)
    found = our_distribution(ours, y, context_length=32)
    assert_close(found, their_distribution(theirs, y, context_length=32))


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_parity_holds_in_any_unit(published: Any, scale: float) -> None:
    ours, theirs = published
    y = scale * series("D")
    found = our_distribution(ours, y, context_length=32)
    assert_close(found, their_distribution(theirs, y, context_length=32))


@pytest.mark.parametrize("scaling", ["std", "mean", "none"])
@pytest.mark.parametrize("calendar_features", [True, False])
def test_parity_holds_with_other_scalings_and_without_calendar(
    tmp_path: Path, scaling: Scaling, calendar_features: bool
) -> None:
    config = LagLlamaConfig(
        num_layers=2, num_heads=2, scaling=scaling, calendar_features=calendar_features
    )
    ours, theirs = both_networks(tmp_path / "a.ckpt", config)
    y = missing_inside("D") / 20
    inputs = reference_input(y, 32 + config.max_lag)._asdict()
    if not calendar_features:
        inputs.update(past_time_feat=None, future_time_feat=None)
    found = our_distribution(ours, y, context_length=32)
    with torch.inference_mode():
        (df, loc, scale), series_loc, series_scale = theirs(**inputs)
    expected = (df, series_loc + series_scale * loc, series_scale * scale)
    assert_close(found, np.array([part[0, -1].item() for part in expected]))


@pytest.mark.parametrize("context_length", [64, 200])
def test_parity_holds_for_long_contexts_with_linear_scaling(
    tmp_path: Path, context_length: int
) -> None:
    config = LagLlamaConfig(num_layers=2, num_heads=2)
    factor = (context_length + 1) / config.context_length
    ours, theirs = both_networks(tmp_path / "a.ckpt", config, factor)
    y = series("h")
    found = our_distribution(ours, y, context_length, rope_scaling="linear")
    assert_close(found, their_distribution(theirs, y, context_length))


@pytest.mark.parametrize(
    ("scaling", "scaler"), [("robust", RobustScaler), ("std", StdScaler), ("mean", MeanScaler)]
)
def test_location_and_scale_are_those_of_the_reference_scalers(
    scaling: Scaling, scaler: Callable[..., Any]
) -> None:
    generator = np.random.default_rng(0)
    rows = generator.lognormal(size=(50, 40)) * 10.0 ** generator.uniform(-3, 6, size=(50, 1))
    rows[generator.random(rows.shape) < generator.random((50, 1)) * 0.9] = np.nan
    rows[:, -2:] = generator.normal(size=(50, 2))
    window = window_of(*rows)
    loc, scale = location_and_scale(window, scaling)
    _, their_loc, their_scale = scaler(dim=1, keepdim=True)(
        window.values, window.observed.to(window.values.dtype)
    )
    torch.testing.assert_close(loc, their_loc, rtol=1e-9, atol=0)
    torch.testing.assert_close(scale, their_scale, rtol=1e-9, atol=0)


def test_the_published_lags_are_those_of_gluonts_for_its_frequencies_counted_from_0() -> None:
    freqs = ["QE", "ME", "W", "D", "h", "min", "s"]
    each = [get_lags_for_frequency(freq, num_default_lags=1) for freq in freqs]
    assert tuple(sorted({lag - 1 for lags in each for lag in lags})) == PUBLISHED_LAGS


@pytest.mark.parametrize("freq", ["s", "15min", "h", "D", "B", "W-SUN", "W-WED", "M", "Q", "Y"])
@pytest.mark.filterwarnings("ignore:.*B.* is deprecated:FutureWarning")
def test_calendar_features_are_those_of_gluonts(freq: str) -> None:
    times = pd.period_range("1999-11-28 07:15:30", periods=800, freq=freq)
    np.testing.assert_allclose(calendar_features(times), time_features(times), atol=1e-7)
