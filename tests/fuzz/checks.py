"""What must hold for every forecast, and which errors are as good as a forecast."""

from __future__ import annotations

import linecache
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama._typing import Float64Array
from tests.fuzz.cases import Case
from tests.fuzz.refusals import is_expected, loses_freq

LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95]

ROUNDING_TOLERANCE = 1e-4
"""By how much, of the spread, forecasts may differ that are the same but for rounding."""

_RAISED_BY = ("sktime_lagllama", "sktime", "skbase", "skpro")


class FindingError(AssertionError):
    """Something that must not happen."""


def expect(holds: object, message: str) -> None:
    """Raise a finding unless something holds."""
    if not holds:
        raise FindingError(message)


def outcome(case: Case) -> str:
    """Make the checks of a case.

    Parameters
    ----------
    case : Case

    Returns
    -------
    str
        "held", or the error that refused it.

    Raises
    ------
    FindingError
        If something does not hold, or an error is not a clear one that was to be expected.
    """
    step = "fit"
    try:
        forecaster = case.forecaster().fit(case.y())
        for step in case.checks:
            CHECKS[step](case, forecaster)
    except FindingError as finding:
        raise FindingError(f"{step}: {finding}") from None
    except Exception as error:
        _check_refusal(case, step, error)
        return f"{step}: {type(error).__name__}: {error}"
    return "held"


def _check_refusal(case: Case, step: str, error: Exception) -> None:
    """Check that an error is clear, raised on purpose, and to be expected of a case."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} ({error}) at {Path(last.filename).name}:{last.lineno}"
    code = linecache.getline(last.filename, last.lineno or 0).strip()
    is_ours = any(f"/{package}/" in last.filename for package in _RAISED_BY)
    if type(error) not in (ValueError, TypeError, NotImplementedError):
        raise FindingError(f"{step} raises {where}") from error
    if not (is_ours and code.startswith("raise")):
        raise FindingError(f"{step} lets through {where}") from error
    if not is_expected(case, str(error)):
        raise FindingError(f"{step} refuses what is right: {where}") from error


def check_predict(case: Case, forecaster: LagLlamaForecaster) -> None:
    """Point forecasts are finite and have the right index."""
    forecast = forecaster.predict(case.fh())
    _check_frame(case, forecast, "predict")
    expect(_numbers(forecast).shape[1] == case.columns, "predict has other columns than y")


def check_quantiles(case: Case, forecaster: LagLlamaForecaster) -> None:
    """Quantiles are finite and rise with the level; the middle one is the point forecast."""
    quantiles = forecaster.predict_quantiles(case.fh(), alpha=LEVELS)
    _check_frame(case, quantiles, "predict_quantiles")
    by_level = _numbers(quantiles).reshape(len(quantiles), case.columns, len(LEVELS))
    expect((np.diff(by_level, axis=-1) >= 0).all(), "quantiles fall as their level rises")
    if case.parameters.get("point_forecast", "median") == "median":
        point = _numbers(forecaster.predict(case.fh()))
        expect((by_level[:, :, 2] == point).all(), "the median is not the 0.5 quantile")
    if case.parameters.get("nonnegative"):
        expect((by_level >= 0).all(), "a quantile is negative in spite of nonnegative")


def check_interval(case: Case, forecaster: LagLlamaForecaster) -> None:
    """Intervals lie between the quantiles that bound them."""
    intervals = forecaster.predict_interval(case.fh(), coverage=[0.5, 0.9])
    _check_frame(case, intervals, "predict_interval")
    quantiles = _numbers(forecaster.predict_quantiles(case.fh(), alpha=[0.25, 0.75, 0.05, 0.95]))
    expect(np.allclose(_numbers(intervals), quantiles, rtol=1e-12), "bounds are not the quantiles")


def check_var(case: Case, forecaster: LagLlamaForecaster) -> None:
    """Variances are finite and not negative, and are the diagonal of the covariance."""
    variance = forecaster.predict_var(case.fh())
    _check_frame(case, variance, "predict_var")
    expect((_numbers(variance) >= 0).all(), "a variance is negative")


def check_covariance(case: Case, forecaster: LagLlamaForecaster) -> None:
    """Covariances between steps are finite and symmetric, with the variances as diagonal."""
    steps = len(case.horizon.steps)
    covariance = forecaster.predict_var(case.fh(), cov=True)
    _check_frame(case, covariance, "predict_var with cov=True")
    matrices = _numbers(covariance).reshape(-1, steps, case.columns, steps).swapaxes(1, 2)
    transposed = matrices.swapaxes(2, 3)
    expect(np.allclose(matrices, transposed, rtol=1e-9, atol=0), "a covariance is not symmetric")
    variance = _numbers(forecaster.predict_var(case.fh())).reshape(-1, steps, case.columns)
    diagonal = matrices.diagonal(axis1=2, axis2=3).swapaxes(1, 2)
    expect(np.allclose(diagonal, variance, rtol=1e-9, atol=0), "the diagonal is not the variance")


def check_proba(case: Case, forecaster: LagLlamaForecaster) -> None:
    """The distribution has the index of the forecast and a finite mean."""
    distribution = forecaster.predict_proba(case.fh())
    _check_index(case, distribution.index, "predict_proba")
    expect(np.isfinite(_numbers(distribution.mean())).all(), "the mean of proba is not finite")
    expect(np.isfinite(_numbers(distribution.ppf(0.3))).all(), "a quantile of proba is not finite")


def check_samples(case: Case, forecaster: LagLlamaForecaster) -> None:
    """There are as many finite paths as were asked for."""
    samples = forecaster.predict_samples(case.fh())
    count = int(case.parameters.get("num_samples", 3))
    numbers = samples.index.get_level_values("sample")
    expect((numbers.unique() == np.arange(count)).all(), "the paths are numbered wrongly")
    for number in range(count):
        _check_frame(case, samples.xs(number, level="sample"), "predict_samples")
    if case.parameters.get("nonnegative"):
        expect((_numbers(samples) >= 0).all(), "a path is negative in spite of nonnegative")


def check_residuals(case: Case, forecaster: LagLlamaForecaster) -> None:
    """Residuals have the index of y, and are missing where y is."""
    y = case.y()
    residuals = _numbers(forecaster.predict_residuals())
    missing = np.isnan(_numbers(y))
    expect(residuals.shape == missing.shape, "the residuals have another shape than y")
    expect((np.isnan(residuals) == missing).all(), "residuals are missing where y is not")
    expect(not np.isinf(residuals).any(), "a residual is infinite")
    if case.container == "array":
        return  # sktime has residuals of an array at the steps of the horizon before, if any
    of_y = forecaster.predict_residuals(y)
    expect(of_y.index.equals(y.index), "the residuals of y have another index than y")
    expect(np.array_equal(_numbers(of_y), residuals, equal_nan=True), "residuals of y differ")


def check_seed(case: Case, forecaster: LagLlamaForecaster) -> None:
    """The same seed gives the same paths; so do a clone and a copy by pickle."""
    expected = forecaster.predict_samples(case.fh())
    for other in (
        case.forecaster().fit(case.y()),
        forecaster.clone().fit(case.y()),
        pickle.loads(pickle.dumps(forecaster)),
    ):
        same = other.predict_samples(case.fh())
        expect(same.index.equals(expected.index), "the same seed gives another index")
        expect(np.array_equal(same, expected), "the same seed gives other paths")


def check_batch_size(case: Case, forecaster: LagLlamaForecaster) -> None:
    """The batch size changes nothing but rounding."""
    if case.parameters.get("dtype", "float32") != "float32":
        return
    expected = forecaster.predict_quantiles(case.fh(), alpha=LEVELS)
    for batch_size in (1, 7):
        found = case.forecaster(batch_size=batch_size).fit(case.y())
        _check_close(
            case,
            found.predict_quantiles(case.fh(), alpha=LEVELS),
            expected,
            f"a batch size of {batch_size}",
        )


def check_panel(case: Case, forecaster: LagLlamaForecaster) -> None:
    """An instance of a panel has the forecast that it has in a panel of its own."""
    if not case.is_panel or case.parameters.get("dtype", "float32") != "float32":
        return
    y = case.y()
    instance = y.index.droplevel("time")[0]
    alone = y[y.index.droplevel("time") == instance][["y0"]]
    expected = case.forecaster().fit(alone).predict_quantiles(case.fh(), alpha=LEVELS)
    found = forecaster.predict_quantiles(case.fh(), alpha=LEVELS)[["y0"]]
    found = found[found.index.droplevel("time") == instance]
    expect(found.index.equals(expected.index), "an instance has another index than alone")
    _check_close(case, found, expected, "the instance alone")


def check_update(case: Case, forecaster: LagLlamaForecaster) -> None:
    """Fitting to a part and updating with the rest is fitting to all."""
    y = case.y()
    if not isinstance(y, pd.Series | pd.DataFrame):
        return
    times = case.times.given(case.length)
    split = times[case.split - 1]
    time = y.index.get_level_values(-1)
    early, late = y[time <= split], y[time >= split]  # the row at the split comes twice
    if _lacks_a_value(early) or (
        case.is_panel and len(_instances(early.index)) < len(_instances(y.index))
    ):
        return  # instances that are new come last
    try:
        updated = case.forecaster().fit(early)
    except ValueError:
        expect(loses_freq(case), "a part of y is refused")
        return
    if case.times.kind == "datetime" and updated.cutoff.freq != forecaster.cutoff.freq:
        return  # few times may have another step than all of them
    updated.update(late)
    expected = forecaster.predict_quantiles(case.fh(), alpha=LEVELS)
    found = updated.predict_quantiles(case.fh(), alpha=LEVELS)
    expect(updated.cutoff.equals(forecaster.cutoff), "an update leads to another cutoff than fit")
    expect(found.index.equals(expected.index), "an update leads to another index than fit")
    expect(np.array_equal(found, expected), "an update leads to another forecast than fit")


def _instances(index: Any) -> pd.Index:
    """Return the labels of the instances in the index of a panel or hierarchy."""
    return index.droplevel(-1).unique()


def _lacks_a_value(y: pd.Series | pd.DataFrame) -> bool:
    """Tell whether a series has no value at all."""
    frame = y.to_frame() if isinstance(y, pd.Series) else y
    observed = pd.DataFrame(~np.isnan(_numbers(frame)), index=frame.index)
    if isinstance(frame.index, pd.MultiIndex):
        levels = list(range(frame.index.nlevels - 1))
        return not observed.groupby(level=levels).any().all(axis=None)
    return not observed.any().all()


def check_update_predict(case: Case, forecaster: LagLlamaForecaster) -> None:
    """Forecasts from moving cutoffs are finite."""
    from sktime.split import ExpandingWindowSplitter

    # sktime 1.2 does not tabulate forecasts of arrays, and rolls panels of unequal lengths by a
    # loop that needs times which can be shifted.
    if case.length < 8 or case.container == "array" or (case.is_panel and case.instances > 1):
        return
    y = case.y()
    splitter = ExpandingWindowSplitter([1, 2], case.length // 2, case.length // 4)
    forecasts = forecaster.update_predict(y, cv=splitter)
    numbers = _numbers(forecasts)
    expect(np.isfinite(numbers).any(), "update_predict has no finite forecast")
    expect(not np.isinf(numbers).any(), "update_predict has an infinite forecast")


def _check_frame(case: Case, frame: Any, call: str) -> None:
    """Check that a forecast is finite and that its index is right."""
    if isinstance(frame, pd.Series | pd.DataFrame):
        _check_index(case, frame.index, call)
    expect(np.isfinite(_numbers(frame)).all(), f"{call} is not finite")


def _check_index(case: Case, index: pd.Index, call: str) -> None:
    """Compare an index with the times that pandas makes."""
    if case.container == "array":
        return
    times = index.get_level_values(-1)
    if not case.has_the_step() and max(case.horizon.steps) > 0:
        return  # other steps lead through the same times
    steps = len(case.horizon.steps)
    before = sum(step <= -case.length for step in case.horizon.steps)
    instances = _instances(case.y().index) if case.is_panel else [None]
    expect(len(index) == steps * len(instances), f"{call} has {len(index)} rows for {steps} steps")
    expected = case.expected_times()
    for number in range(len(instances)):
        found = times[number * steps + before : (number + 1) * steps]
        is_same = found.dtype == expected.dtype or not isinstance(expected, pd.DatetimeIndex)
        expect(
            is_same and list(found) == list(expected),
            f"the index of {call} is {list(found)}, but must be {list(expected)}",
        )
    if case.is_panel:
        found = _instances(index)
        expect(list(found) == list(instances), f"{call} has other instances than y")


def _check_close(case: Case, found: pd.DataFrame, expected: pd.DataFrame, what: str) -> None:
    """Check that forecasts of quantiles differ by rounding only."""
    numbers = _numbers(expected)
    by_level = numbers.reshape(len(numbers), -1, len(LEVELS))
    spread = np.repeat(by_level[:, :, -1] - by_level[:, :, 0], len(LEVELS), axis=1)
    # A spike in the past may reach a forecast, and is rounded.
    unit = spread + 0.01 * _range(case.y()) + 1e-300
    largest = np.max(np.abs(_numbers(found) - numbers) / unit, initial=0)
    expect(
        largest <= ROUNDING_TOLERANCE, f"{what} changes forecasts by {largest:.1e} of the spread"
    )


def _range(y: Any) -> float:
    """Return the difference between the largest and the smallest value."""
    numbers = _numbers(y)
    return float(np.nanmax(numbers) - np.nanmin(numbers))


def _numbers(data: Any) -> Float64Array:
    """Return the numbers of any container, float64 of shape (rows, columns)."""
    if isinstance(data, pd.Series):
        data = data.to_frame()
    if isinstance(data, pd.DataFrame):
        return data.to_numpy(dtype=np.float64, na_value=np.nan)
    array = np.asarray(data, dtype=np.float64)
    return array.reshape(len(array), -1)


CHECKS: dict[str, Callable[[Case, LagLlamaForecaster], None]] = {
    "predict": check_predict,
    "quantiles": check_quantiles,
    "interval": check_interval,
    "var": check_var,
    "covariance": check_covariance,
    "proba": check_proba,
    "samples": check_samples,
    "residuals": check_residuals,
    "seed": check_seed,
    "batch size": check_batch_size,
    "panel": check_panel,
    "update": check_update,
    "update_predict": check_update_predict,
}
