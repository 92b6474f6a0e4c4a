"""Trends of synthetic series, vectorised over series.

For series time see the docstring of this package.
"""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import BoolArray, Float32Array, IntArray
from sktime_lagllama.pretraining.synthetic.noise import log_uniform
from sktime_lagllama.pretraining.synthetic.scaling import standardise

_KIND_SHARES = {
    "none": 0.14,
    "linear": 0.15,
    "piecewise": 0.17,
    "damped": 0.10,
    "exponential": 0.06,
    "logistic": 0.07,
    "cycle": 0.07,
    "random_walk": 0.16,
    "smooth_random_walk": 0.08,
}

_SLOWING_KINDS = ("linear", "piecewise", "exponential")
_SLOWING_SHARE = 0.35


def trend(
    rng: np.random.Generator, counts: IntArray, rising: BoolArray, length: int
) -> Float32Array:
    """Draw trends of several kinds.

    Kinds: linear; linear with up to three breaks of slope; damped, 1 - phi^t; exponential growth
    or decay; logistic saturation; cycles longer than a third of the series; random walk with
    drift; an integrated AR(1), whose slope persists but fades; none. Some lines and exponentials
    slow down from a time on that may lie after the last kept point. Time constants are relative
    to the number of kept points or, for one series in three, to a span of 8 to 80 steps: what
    drives a series does not depend on how much of it was recorded.

    Parameters
    ----------
    rng : np.random.Generator
    counts : int64 array of shape (num_series,)
        Points of each series that are kept.
    rising : bool array of shape (num_series,)
        Whether the last kept point lies above the first one, or below.
    length : int

    Returns
    -------
    float32 array of shape (num_series, length)
        In series time. Of mean 0 and standard deviation 1 over the kept points, clipped to
        [-20, 20]; 0 for series without a trend.
    """
    values = np.zeros((counts.size, length), dtype=np.float32)
    kinds = rng.choice(len(_KIND_SHARES), counts.size, p=list(_KIND_SHARES.values()))
    span = np.where(rng.random(counts.size) < 0.33, log_uniform(rng, 8, 80, counts.size), counts)
    relative_time = (np.arange(length) / span[:, None]).astype(np.float32)
    # An exponential over a span far shorter than the series would be flat up to its last points.
    exponential = kinds == list(_KIND_SHARES).index("exponential")
    relative_time[exponential] = np.arange(length) / counts[exponential, None]
    may_slow = np.isin(kinds, [list(_KIND_SHARES).index(kind) for kind in _SLOWING_KINDS])
    rows = np.flatnonzero(may_slow & (rng.random(counts.size) < _SLOWING_SHARE))
    relative_time[rows] = _slowing(rng, relative_time[rows])
    for index, kind in enumerate(_KIND_SHARES):
        rows = np.flatnonzero(kinds == index)
        if kind != "none" and rows.size:
            values[rows] = _trend_of_kind(rng, kind, relative_time[rows], counts[rows])
    rows = np.flatnonzero(kinds > 0)
    values[rows] = standardise(values[rows], counts[rows])[0]
    change = values[np.arange(counts.size), counts - 1] - values[:, 0]
    values[(change > 0) != rising] *= -1
    return np.clip(values, -20, 20)


def _slowing(rng: np.random.Generator, time: Float32Array) -> Float32Array:
    """Let times of shape (num_series, length) pass ever more slowly from some time on.

    What grows in such a time slows down: growth does not go on forever.
    """
    shape = (len(time), 1)
    start = rng.uniform(0, 1.2, shape).astype(np.float32)
    rate = log_uniform(rng, 0.7, 10.0, shape)
    after = np.maximum(time - start, 0)
    return np.minimum(time, start) - np.expm1(-rate * after) / rate


def _trend_of_kind(
    rng: np.random.Generator, kind: str, time: Float32Array, counts: IntArray
) -> Float32Array:
    """Draw trends of one kind, in any units.

    Parameters
    ----------
    rng : np.random.Generator
    kind : str
    time : float32 array of shape (num_series, length)
        In units of the span that time constants are relative to.
    counts : int64 array of shape (num_series,)

    Returns
    -------
    float32 array of shape (num_series, length)
    """
    shape = (len(time), 1)
    if kind == "linear":
        return time
    if kind == "piecewise":
        return _piecewise_linear(rng, time)
    if kind == "damped":
        return -np.exp(-log_uniform(rng, 1.0, 12.0, shape) * time)
    if kind == "exponential":
        # Points after the kept ones must not overflow.
        rate = rng.uniform(-1.0, 3.0, shape).astype(np.float32)
        return np.exp(rate * np.minimum(time, np.float32(1.2)))
    if kind == "logistic":
        middle = rng.uniform(0.1, 1.0, shape).astype(np.float32)
        steepness = log_uniform(rng, 4.0, 25.0, shape)
        one = np.float32(1)
        return one / (one + np.exp(steepness * (middle - time)))
    if kind == "cycle":
        cycles = log_uniform(rng, 0.5, 3.0, shape)
        offset = rng.uniform(0, 2 * np.pi, shape).astype(np.float32)
        slope = rng.normal(0, 1.5, shape).astype(np.float32)
        return np.sin(2 * np.float32(np.pi) * cycles * time + offset) + slope * time
    innovations = rng.standard_normal(time.shape, dtype=np.float32)
    if kind == "random_walk":
        drift = log_uniform(rng, 0.2, 4.0, shape) / np.sqrt(counts[:, None])
        return np.cumsum(innovations + drift.astype(np.float32), axis=1)
    return _integrated_autoregression(rng, innovations)


def _piecewise_linear(rng: np.random.Generator, time: Float32Array) -> Float32Array:
    """Draw lines with up to three breaks of slope over times of shape (num_series, length)."""
    num_series = len(time)
    slopes = rng.standard_normal((num_series, 4)).astype(np.float32) + np.float32(0.5)
    values = slopes[:, :1] * time
    for index in range(1, 4):
        # The second and the third break may lie after the last kept point.
        latest = 0.95 if index == 1 else 1.6
        place = rng.uniform(0.05, latest, (num_series, 1)).astype(np.float32)
        values += slopes[:, index, None] * np.maximum(time - place, 0)
    return values


def _integrated_autoregression(rng: np.random.Generator, innovations: Float32Array) -> Float32Array:
    """Sum up AR(1) slopes with innovations of shape (num_series, length), with that shape."""
    num_series, length = innovations.shape
    persistence = (1 - log_uniform(rng, 0.02, 0.4, num_series)).astype(np.float32)
    slopes = np.ascontiguousarray(innovations.T)
    for step in range(1, length):
        slopes[step] += persistence * slopes[step - 1]
    return np.cumsum(slopes, axis=0, dtype=np.float32).T
