"""Simulated hourly series with daily and weekly seasons."""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import Float64Array

SEED = 20240
NUM_WEEKS = 8


def simulate_hours() -> dict[str, Float64Array]:
    """Simulate a load, traffic, calls and a temperature, always the same.

    Returns
    -------
    dict of str to float64 array of shape (1344,)
        Eight weeks of hours from a Monday's midnight on.
    """
    rng = np.random.default_rng(SEED)
    hours = np.arange(NUM_WEEKS * 7 * 24)
    hour, day = hours % 24, hours // 24 % 7
    office = np.exp(-(((hour - 13) / 4.5) ** 2)) * np.where(day < 5, 1.0, 0.35)
    rush = np.exp(-(((hour - 8) / 2) ** 2)) + np.exp(-(((hour - 17.5) / 2.5) ** 2))
    evening = 0.5 * np.exp(-(((hour - 20) / 2) ** 2))
    load = 500 + 300 * office + 150 * evening + _autoregression(rng, hours.size, 0.9, 12.0)
    traffic = (0.15 + rush * np.where(day < 5, 1.0, 0.4)) * np.exp(
        5 + _autoregression(rng, hours.size, 0.7, 0.12)
    )
    calls = rng.poisson(20 * office).astype(np.float64)
    temperature = 12 - 5 * np.cos(2 * np.pi * (hour - 3) / 24)
    temperature += _autoregression(rng, hours.size, 0.985, 0.5)
    return {"load": load, "traffic": traffic, "calls": calls, "temperature": temperature}


def _autoregression(
    rng: np.random.Generator, length: int, coefficient: float, sigma: float
) -> Float64Array:
    """Simulate an AR(1) process, of shape (length,), with normal errors of deviation sigma."""
    values = rng.normal(0.0, sigma, length)
    for t in range(1, length):
        values[t] += coefficient * values[t - 1]
    return values
