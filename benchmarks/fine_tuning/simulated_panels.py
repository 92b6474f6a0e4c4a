"""Simulated panels whose series follow one rule, which fine-tuning should learn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float64Array

NOISE = 0.05
"""Standard deviation of the noise, as a share of that of the rule's values."""

TOOTH_STEPS = 37
LOW_TOOTH = 0.4
MAP_LAG, MAP_RATE, MAP_BURN_IN = 17, 4.0, 50


def sawtooth(random: np.random.Generator, num_series: int, length: int) -> Float64Array:
    """Return saws with teeth of 37 steps, high and low in turn, with random phases.

    Parameters
    ----------
    random : numpy.random.Generator
    num_series, length : int

    Returns
    -------
    float64 array of shape (num_series, length)
        Between 0 and 1.
    """
    times = np.arange(length) + random.integers(0, 2 * TOOTH_STEPS, (num_series, 1))
    height = np.where(times // TOOTH_STEPS % 2 == 0, 1.0, LOW_TOOTH)
    return height * (times % TOOTH_STEPS) / (TOOTH_STEPS - 1)


def logistic_map(random: np.random.Generator, num_series: int, length: int) -> Float64Array:
    """Return series in which each value is a parabola of the value 17 steps before.

    They have no autocorrelation, so that a linear model sees only noise.

    Parameters
    ----------
    random : numpy.random.Generator
    num_series, length : int

    Returns
    -------
    float64 array of shape (num_series, length)
        Between 0 and 1.
    """
    rounds = MAP_BURN_IN + -(-length // MAP_LAG)
    states = np.empty((num_series, rounds, MAP_LAG))
    states[:, 0] = random.uniform(0.1, 0.9, (num_series, MAP_LAG))
    for number in range(1, rounds):
        previous = states[:, number - 1]
        states[:, number] = MAP_RATE * previous * (1 - previous)
    return states[:, MAP_BURN_IN:].reshape(num_series, -1)[:, :length]


RULES: dict[str, Callable[[np.random.Generator, int, int], Float64Array]] = {
    "sawtooth": sawtooth,
    "logistic map": logistic_map,
}
RULE_TEXTS = {
    "sawtooth": f"teeth of {TOOTH_STEPS} steps, every other one {LOW_TOOTH:g} times as high",
    "logistic map": (
        f"x[t] = {MAP_RATE:g} x[t-{MAP_LAG}] (1 - x[t-{MAP_LAG}]), without any autocorrelation"
    ),
}
"""How the report describes each rule."""


def simulated_panel(rule: str, num_series: int, length: int, seed: int = 0) -> pd.DataFrame:
    """Simulate daily series that follow one rule, each with its own level and scale.

    Parameters
    ----------
    rule : str
        One of ``RULES``.
    num_series, length : int
    seed : int, default=0

    Returns
    -------
    pd.DataFrame
        One column, indexed by series and day. The noise has 5 % of the standard deviation of the
        rule's values.
    """
    random = np.random.default_rng(seed)
    values = RULES[rule](random, num_series, length)
    noise = NOISE * values.std(axis=1, keepdims=True) * random.standard_normal(values.shape)
    scales = np.exp(0.5 * random.standard_normal((num_series, 1)))
    levels = scales * random.uniform(1.0, 5.0, (num_series, 1))
    days = pd.period_range("2020-01-01", periods=length, freq="D")
    names = [f"series {number:03d}" for number in range(num_series)]
    index = pd.MultiIndex.from_product([names, days], names=["series", "day"])
    return pd.DataFrame({"value": (levels + scales * (values + noise)).ravel()}, index=index)


def split_panel(
    panel: pd.DataFrame, num_pretrained: int, horizon: int
) -> tuple[pd.DataFrame, pd.DataFrame, Float64Array]:
    """Split a panel by series, and the series that are forecast by time.

    Parameters
    ----------
    panel : pd.DataFrame
    num_pretrained : int
        Number of series to pretrain on.
    horizon : int
        Steps to forecast of the others.

    Returns
    -------
    pretrained : pd.DataFrame
        Whole series.
    histories : pd.DataFrame
        The other series without their last steps.
    actuals : float64 array of shape (series, horizon)
        Those last steps.
    """
    names = panel.index.get_level_values(0)
    is_pretrained = names.isin(names.unique()[:num_pretrained])
    forecast = panel[~is_pretrained]
    is_future = forecast.groupby(level=0).cumcount(ascending=False).to_numpy() < horizon
    actuals = forecast[is_future]["value"].to_numpy().reshape(-1, horizon)
    return panel[is_pretrained], forecast[~is_future], actuals
