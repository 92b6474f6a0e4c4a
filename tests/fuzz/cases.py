"""Descriptions of what the forecaster is given: series, parameters, a horizon and calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any, cast

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset
from sktime.forecasting.base import ForecastingHorizon

from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama._typing import Float64Array
from tests.fuzz.times import Times, offset_of
from tests.support.models import PUBLISHED_LIKE, SMALL, random_model

CONFIGS = {"small": SMALL, "published-like": PUBLISHED_LIKE}
_FOLDERS: list[TemporaryDirectory[str]] = []  # kept until the process ends


@cache
def checkpoint(network: str) -> str:
    """Return the folder of a network with random weights, or the name of the bundled one."""
    if network == "bundled":
        return network
    folder = TemporaryDirectory()
    _FOLDERS.append(folder)
    random_model(CONFIGS[network]).save_pretrained(folder.name)
    return folder.name


@dataclass(frozen=True)
class Values:
    """Values of series.

    Parameters
    ----------
    kind : str
        A key of ``KINDS``.
    dtype : str
        Of the container's columns: a dtype of pandas, "Decimal" or "None for missing".
    seed : int
    missing : float, default=0.0
        Share of the values that are missing, if the dtype has missing values.
    magnitude : float, default=1.0
    """

    kind: str
    dtype: str
    seed: int
    missing: float = 0.0
    magnitude: float = 1.0

    def numbers(self, rows: int, columns: int) -> Float64Array:
        """Return values of shape (rows, columns), NaN where missing."""
        generator = np.random.default_rng(self.seed)
        with np.errstate(over="ignore"):
            numbers = KINDS[self.kind](generator, (rows, columns)) * self.magnitude
        numbers = np.nan_to_num(numbers)
        if self.missing:
            numbers[generator.random(numbers.shape) < self.missing] = np.nan
        return numbers

    def table(self, rows: int, columns: int) -> pd.DataFrame:
        """Return the values in their dtype, shape (rows, columns)."""
        return pd.DataFrame(
            {
                f"y{column}": _as_dtype(numbers, self.dtype)
                for column, numbers in enumerate(self.numbers(rows, columns).T)
            }
        )


def _mixture(generator: np.random.Generator, shape: tuple[int, int]) -> Float64Array:
    return generator.choice([-1, 1], shape) * 10.0 ** generator.uniform(-300, 300, shape)


def _spike(generator: np.random.Generator, shape: tuple[int, int]) -> Float64Array:
    numbers = generator.standard_normal(shape)
    numbers[generator.integers(shape[0])] *= 10.0 ** generator.uniform(1, 45)
    return numbers


def _season(generator: np.random.Generator, shape: tuple[int, int]) -> Float64Array:
    steps = np.arange(shape[0])[:, None]
    return 10 + np.sin(2 * np.pi * steps / 12) + 0.1 * generator.standard_normal(shape)


KINDS = {
    "normal": lambda generator, shape: generator.standard_normal(shape),
    "walk": lambda generator, shape: generator.standard_normal(shape).cumsum(axis=0),
    "season": _season,
    "constant": lambda generator, shape: np.full(shape, generator.standard_normal()),
    "zero": lambda _, shape: np.zeros(shape),
    "counts": lambda generator, shape: generator.poisson(1.5, shape).astype(np.float64),
    "offset": lambda generator, shape: 1e9 + generator.standard_normal(shape),
    "spike": _spike,
    "mixture": _mixture,
}
"""Functions of a generator and a shape, by name."""


LARGEST = {
    "float16": float(np.finfo(np.float16).max),
    **dict.fromkeys(("float32", "Float32", "float[pyarrow]"), float(np.finfo(np.float32).max)),
    **dict.fromkeys(("float64", "Float64", "double[pyarrow]"), float(np.finfo(np.float64).max)),
}
"""The largest number of each dtype that is no integer."""


def _as_dtype(numbers: Float64Array, dtype: str) -> Any:
    """Return numbers of shape (rows,) as an array of a dtype; missing ones are 0 if it has none."""
    if dtype == "Decimal":
        return np.array([Decimal(number) for number in numbers.tolist()], dtype=object)
    if dtype == "None for missing":
        return np.array(_none_for_nan(numbers.tolist(), numbers), dtype=object)
    if dtype in LARGEST:
        numbers = numbers.clip(-LARGEST[dtype], LARGEST[dtype])
    if dtype in ("object", "float64", "float32", "float16"):
        return numbers.astype(dtype)
    if dtype in ("bool", "boolean", "bool[pyarrow]"):
        values: Any = numbers > 0
    elif dtype in LARGEST:
        values = numbers
    else:
        limits = np.iinfo(dtype.removesuffix("[pyarrow]").lower())
        # The largest integers of 64 bits have no float of their own.
        bounded = np.nan_to_num(numbers).clip(float(limits.min), 0.999 * float(limits.max))
        values = bounded.astype(limits.dtype)
    if dtype == str(values.dtype):
        return values
    return pd.Series(_none_for_nan(values.tolist(), numbers), dtype=cast(Any, dtype)).array


def _none_for_nan(values: list[Any], numbers: Float64Array) -> list[Any]:
    """Return values, None where numbers are missing."""
    missing = np.isnan(numbers)
    return [None if gap else value for value, gap in zip(values, missing, strict=True)]


@dataclass(frozen=True)
class Horizon:
    """A forecasting horizon.

    Parameters
    ----------
    steps : tuple of int
        From the cutoff.
    form : {"list", "array", "relative", "absolute", "index"}
        As what it is passed.
    """

    steps: tuple[int, ...]
    form: str = "list"


@dataclass(frozen=True)
class Case:
    """Series, parameters, a horizon and the checks to make.

    Parameters
    ----------
    times : Times
    length : int
        Number of times.
    values : Values
    horizon : Horizon
    container : {"series", "frame", "panel", "hierarchy", "array"}
    columns : int, default=1
    instances : int, default=1
        Of a panel or a hierarchy. The first one has all times, the others lack some at the ends.
    split : int, default=1
        Number of times that ``fit`` is given where the others come by ``update``.
    network : {"small", "published-like", "bundled"}
    parameters : dict
        Of the forecaster.
    checks : tuple of str
        Names in ``checks.CHECKS``.
    """

    times: Times
    length: int
    values: Values
    horizon: Horizon
    container: str = "series"
    columns: int = 1
    instances: int = 1
    split: int = 1
    network: str = "small"
    parameters: dict[str, Any] = field(default_factory=dict)
    checks: tuple[str, ...] = ("predict",)

    @property
    def is_panel(self) -> bool:
        """Whether there are instances."""
        return self.container in ("panel", "hierarchy")

    def forecaster(self, **changed: Any) -> LagLlamaForecaster:
        """Return a forecaster that has not been fitted."""
        parameters = {"num_samples": 3, "random_state": 0, "device": "cpu", **self.parameters}
        return LagLlamaForecaster(checkpoint(self.network), **{**parameters, **changed})

    def y(self) -> Any:
        """Return the series in their container."""
        times = self.times.given(self.length)
        if not self.is_panel:
            table = self.values.table(self.length, self.columns)
            if self.container == "array":
                return table.to_numpy(dtype=np.float64, na_value=np.nan)
            table.index = times.rename("time")
            return table["y0"] if self.container == "series" else table
        if isinstance(times, pd.DatetimeIndex):
            # A panel's index has no frequency, and pandas fails to concatenate last times with one.
            times = pd.DatetimeIndex(times, freq=None)  # type: ignore[arg-type]
        table = self.values.table(self.length * self.instances, self.columns)
        parts = {}
        for instance in range(self.instances):
            rows = table.iloc[instance * self.length : (instance + 1) * self.length]
            rows.index = times.rename("time")
            missing_ends = instance % 3, instance // 2
            shorter = rows.iloc[missing_ends[0] : len(rows) - missing_ends[1]]
            if len(shorter) or instance == 0:
                label = (f"group {instance % 2}", instance)
                parts[label if self.container == "hierarchy" else instance] = (
                    rows if instance == 0 else shorter
                )
        names = ["group", "instance"] if self.container == "hierarchy" else ["instance"]
        return pd.concat(parts, names=[*names, "time"])

    def fh(self) -> Any:
        """Return the horizon as it is passed."""
        steps = list(self.horizon.steps)
        if self.horizon.form == "list":
            return steps
        if self.horizon.form == "array":
            return np.array(steps)
        if self.horizon.form == "relative":
            return ForecastingHorizon(steps, is_relative=True)
        times = self.expected_times()
        return times if self.horizon.form == "index" else ForecastingHorizon(times, False)

    def expected_times(self) -> pd.Index:
        """Return the times of the horizon, shape (steps,), as pandas makes them.

        Those before the first value are left out.

        Raises
        ------
        NoSuchTimeError
            If pandas has none.
        """
        places = [self.length - 1 + step for step in sorted(self.horizon.steps)]
        places = [place for place in places if place >= 0]
        return (
            pd.RangeIndex(self.length + 1000)[places]
            if self.container == "array"
            else self.times.build(places)
        )

    def has_the_step(self) -> bool:
        """Tell whether the index knows the step of its times, or pandas infers it from them."""
        if self.times.kind != "datetime" or self.container == "array":
            return True
        index = self.y().index
        times = index.levels[-1] if self.is_panel else index
        if times.freq is not None:
            return True
        inferred = pd.infer_freq(times) if len(times) > 2 else None
        if inferred is None or to_offset(inferred) != offset_of(self.times.freq):
            return False
        same = pd.date_range(
            self.times.start,
            periods=self.length,
            freq=inferred,
            tz=self.times.tz,
            unit=self.times.unit,
        )
        return same.equals(self.times.given(self.length))
