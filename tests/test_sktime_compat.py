"""The private hooks of sktime in use: that they are there, and what happens if they are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sktime
from sktime.datasets import load_airline
from sktime.forecasting.base import BaseForecaster
from sktime.split import ExpandingWindowSplitter

from sktime_lagllama import LagLlamaForecaster, _sktime_compat
from sktime_lagllama._sktime_compat import HOOKS, Hook

AIRLINE = load_airline()


def small() -> LagLlamaForecaster:
    return LagLlamaForecaster(num_samples=8, context_length=24, random_state=0, device="cpu")


def without(monkeypatch: pytest.MonkeyPatch, hook_name: str) -> None:
    """Let a hook be missing, as in a later version of sktime."""
    hook: Hook = getattr(_sktime_compat, hook_name)
    monkeypatch.setattr(_sktime_compat, hook_name, hook._replace(name="_no_longer_there"))


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.name)
def test_sktime_still_has_every_private_hook_that_is_used(hook: Hook) -> None:
    call = f"{hook.module}.{hook.name}({', '.join(hook.parameters)})"
    assert hook.find() is not None, (
        f"sktime {sktime.__version__} has no {call} any more, which sktime {hook.seen_in} has "
        f"and which is used {hook.purpose}. Without it, {hook.fallback}. Look for its successor "
        "and change sktime_lagllama/_sktime_compat.py."
    )


def test_a_hook_with_other_arguments_counts_as_missing() -> None:
    hook = HOOKS[0]
    assert hook._replace(parameters=(*hook.parameters, "another")).find() is None
    assert hook._replace(name="BaseForecaster._no_longer_there").find() is None
    assert hook._replace(name="_NoClass._no_longer_there").find() is None


@pytest.mark.parametrize("fh", [[1], [1, 2, 3]])
def test_without_the_format_of_moving_cutoffs_sktime_s_own_loop_forecasts(
    fh: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    cv = ExpandingWindowSplitter(initial_window=100, step_length=15, fh=fh)
    forecaster = small().fit(AIRLINE)
    loop = BaseForecaster.update_predict(forecaster, AIRLINE, cv, update_params=False)
    without(monkeypatch, "FORMAT_MOVING_CUTOFF_PREDICTIONS")
    found = forecaster.update_predict(AIRLINE, cv, update_params=False)
    assert type(found) is type(loop)
    assert found.equals(loop)


def test_without_setting_the_cutoff_relative_horizons_stay_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = pd.date_range("2020-01-06", periods=60, freq="W-MON")
    y = pd.Series(np.sin(np.arange(60.0)), index=pd.DatetimeIndex(times.to_numpy()))
    expected = small().fit(y).predict(fh=[1, 3])
    without(monkeypatch, "SET_CUTOFF")
    found = small().fit(y).predict(fh=[1, 3])
    np.testing.assert_array_equal(found, expected)
    assert (found.index == times[-1] + pd.to_timedelta([7, 21], "D")).all()


def test_without_checking_horizons_samples_have_the_horizon_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = small().fit(AIRLINE).predict_samples([1, 3])
    without(monkeypatch, "CHECK_FH")
    pd.testing.assert_frame_equal(small().fit(AIRLINE).predict_samples([1, 3]), expected)
    pd.testing.assert_frame_equal(small().fit(AIRLINE, fh=[1, 3]).predict_samples(), expected)
    with pytest.raises(ValueError, match="fh"):
        small().fit(AIRLINE).predict_samples()


def test_without_sktime_s_column_names_those_of_the_data_are_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    y = AIRLINE.rename("passengers")
    expected = small().fit(y).predict_quantiles([1, 2], alpha=[0.1, 0.9])
    without(monkeypatch, "GET_COLUMNS")
    found = small().fit(y).predict_quantiles([1, 2], alpha=[0.1, 0.9])
    pd.testing.assert_frame_equal(found, expected)
