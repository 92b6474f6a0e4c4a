"""Error of the deciles, and seconds, for growing numbers of paths."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.speed.decile_error import (
    Task,
    independent_way,
    package_way,
    squared_error,
)
from benchmarks.speed.timing import MAX_SECONDS
from sktime_lagllama._typing import Float64Array


@dataclass(frozen=True)
class Measured:
    """Precision and time with one number of paths.

    Parameters
    ----------
    seconds : float
        Median of ``fit`` to ``predict_quantiles``.
    error : float
        Root mean square of the deciles' error.
    """

    seconds: float
    error: float


Curve = dict[int, Measured]
"""By the number of paths, rising."""


@dataclass(frozen=True)
class Curves:
    """What one task takes, in both ways that ``decile_error`` defines."""

    independent: Curve
    package: Curve


def measure(
    task: Task,
    reference: Float64Array,
    num_samples: tuple[int, ...],
    only_independent: tuple[int, ...],
    num_repeats: int,
) -> Curves:
    """Measure both ways in turns, so that other load on the machine slows both.

    Parameters
    ----------
    task : Task
    reference : float64 array of shape (first series, horizon, 9)
        The deciles that are right.
    num_samples : tuple of int
        Numbers of paths.
    only_independent : tuple of int
        More of them, for the independent way.
    num_repeats : int
        Seeds. What has taken ``timing.MAX_SECONDS`` is not repeated.

    Returns
    -------
    Curves
    """
    package_numbers = sorted(num_samples)
    independent_numbers = sorted({*num_samples, *only_independent})
    calls: dict[str, dict[int, list[tuple[float, float]]]] = {
        "independent": {number: [] for number in independent_numbers},
        "package": {number: [] for number in package_numbers},
    }
    ways = {"independent": independent_way, "package": package_way}
    task.deciles(1, seed=0)  # loads the weights
    for seed in range(num_repeats):
        for number in independent_numbers:
            for name, of_way in calls.items():
                before = [elapsed for elapsed, _ in of_way.get(number, ())]
                if number in of_way and sum(before) < MAX_SECONDS:
                    with ways[name]():
                        start = perf_counter()
                        deciles = task.deciles(number, seed)
                        elapsed = perf_counter() - start
                    of_way[number].append((elapsed, squared_error(deciles, reference)))
    return Curves(**{name: _curve(of_way) for name, of_way in calls.items()})


def _curve(calls: dict[int, list[tuple[float, float]]]) -> Curve:
    """Average the seconds and squared errors of the calls with each number of paths."""
    curve = {}
    for number, of_number in calls.items():
        times, squares = zip(*of_number, strict=True)
        curve[number] = Measured(median(times), float(np.sqrt(np.mean(squares))))
    return curve


def first_as_precise(curve: Curve, error: float) -> int:
    """Return the smallest number of paths whose error is at most the given one.

    Raises
    ------
    AssertionError
        If all errors are larger.
    """
    for number, measured in curve.items():
        if measured.error <= error:
            return number
    raise AssertionError(f"none of {list(curve)} paths has an error of {error:.3f} or less")


def seconds_to(curve: Curve, error: float) -> float:
    """Return the seconds to an error, interpolated on the logarithms of errors and seconds.

    Nothing is extrapolated: if already the smallest number of paths is as precise, its seconds are
    returned.

    Parameters
    ----------
    curve : Curve
    error : float

    Returns
    -------
    float

    Raises
    ------
    AssertionError
        If all errors are larger.
    """
    numbers = list(curve)
    position = numbers.index(first_as_precise(curve, error))
    after, before = curve[numbers[position]], curve[numbers[max(position - 1, 0)]]
    return float(
        np.exp(
            np.interp(
                np.log(error),
                np.log([after.error, before.error]),  # rising
                np.log([after.seconds, before.seconds]),
            )
        )
    )
