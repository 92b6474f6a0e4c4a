"""Random paths without kinks: cubic B-splines through the knots of autoregressions."""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import Float32Array


def autoregression(
    rng: np.random.Generator, persistence: float | Float32Array, num_series: int, length: int
) -> Float32Array:
    """Draw stationary AR(1) processes of variance 1.

    Parameters
    ----------
    rng : np.random.Generator
    persistence : float or float32 array of shape (num_series,)
        Correlation of neighbours.
    num_series, length : int

    Returns
    -------
    float32 array of shape (num_series, length)
    """
    by_step = rng.standard_normal((length, num_series), dtype=np.float32)
    persistence = np.asarray(persistence, dtype=np.float32)
    innovation = np.sqrt(1 - persistence**2)
    for step in range(1, length):
        by_step[step] *= innovation
        by_step[step] += persistence * by_step[step - 1]
    return np.ascontiguousarray(by_step.T)


def smooth_path(
    rng: np.random.Generator,
    elapsed: Float32Array,
    knot_distance: float | Float32Array,
    persistence: float = 0.7,
) -> Float32Array:
    """Draw paths that are smooth over less than the distance of two knots.

    Parameters
    ----------
    rng : np.random.Generator
    elapsed : float32 array of shape (num_series, length)
        Times, from 0 on and equidistant.
    knot_distance : float or float32 array of shape (num_series, 1)
        In the unit of the times. Twice the time step at least is used.
    persistence : float, default=0.7
        Correlation of neighbouring knots. Paths wander over about
        ``knot_distance / (1 - persistence)``.

    Returns
    -------
    float32 array of shape (num_series, length)
        Of mean 0 and a standard deviation of about 1 in the long run.
    """
    num_series, length = elapsed.shape
    step = elapsed[:, 1:2] if length > 1 else np.ones((num_series, 1), dtype=np.float32)
    distance = np.maximum(np.asarray(knot_distance, dtype=np.float32), 2 * step)
    # Knots lie at any time of day, or the seasons of the clock would show them.
    position = elapsed / distance + rng.random((num_series, 1), dtype=np.float32)
    knot = position.astype(np.int32)
    fraction = (position - knot).astype(np.float32)
    num_knots = int(knot[:, -1].max()) + 4
    knots = autoregression(rng, persistence, num_series, num_knots)
    knots /= _spline_deviation(persistence)
    knot += (np.arange(num_series, dtype=np.int32) * num_knots)[:, None]
    # Horner's form of the four pieces of a cubic B-spline, with coefficients by knot.
    first, second, third, fourth = (
        np.pad(knots[:, shift:], ((0, 0), (0, shift))).astype(np.float32) for shift in range(4)
    )
    values: Float32Array = np.take((fourth - 3 * third + 3 * second - first) / 6, knot)
    for coefficient in (
        (first - 2 * second + third) / 2,
        (third - first) / 2,
        (first + 4 * second + third) / 6,
    ):
        values *= fraction
        values += np.take(coefficient, knot)
    return values


def _spline_deviation(persistence: float) -> np.float32:
    """Return the standard deviation of a B-spline of an AR(1) of variance 1, over all phases."""
    # Autocorrelations of the cubic B-spline basis at distances of 0 to 3 knots.
    overlaps = np.array([151 / 315, 397 / 1680, 1 / 42, 1 / 5040])
    powers = persistence ** np.arange(4)
    return np.float32(np.sqrt(overlaps[0] + 2 * np.sum(overlaps[1:] * powers[1:])))
