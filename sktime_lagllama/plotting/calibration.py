"""Whether what was forecast with some probability happened as often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import binom

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.plotting.axes import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILION,
    finish,
    label_integers,
    new_axes,
    tint,
)
from sktime_lagllama.plotting.backtest import Fold, read_folds, steps_ahead, tables
from sktime_lagllama.plotting.intervals import central_intervals, of_one_variable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS_AND_MARKERS = ((BLUE, "o"), (VERMILION, "s"), (GREEN, "^"), (PURPLE, "D"), (ORANGE, "v"))
CHANCE = 0.95
"""Probability that what is drawn for a calibrated forecaster lies inside the shade."""


def plot_pit(results: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the histogram of the probability integral transform over a backtest.

    Each value lies between two of the quantiles that were forecast for it, or beyond the first or
    last. A bar stands between two levels; its height is the share of the values there, divided by
    what the share should be (Gneiting, Balabdaoui and Raftery, J. R. Stat. Soc. B 69, 2007). All
    bars of a calibrated forecaster are about 1 high. High bars at both ends: intervals are too
    narrow; in the middle: too wide; at one end: forecasts are too low (right) or too high (left).

    Parameters
    ----------
    results : pd.DataFrame
        Of sktime's ``evaluate(..., return_data=True)`` with ``PinballLoss(alpha=...)`` in
        ``scoring``: its levels are the edges of the bars. A panel's instances count together.
    ax : Axes, optional
        Where to draw. None: a new figure.

    Returns
    -------
    Axes
        The legend stands to the right of them. 95 % of the bars of a calibrated forecaster end
        inside the whiskers if forecasts err independently, fewer where horizons overlap.

    Raises
    ------
    ValueError
        If there are no quantiles in ``results``, or if they are of several variables.
    ImportError
        If matplotlib is missing.

    See Also
    --------
    sktime.utils.plotting.plot_calibration : The share of values below each quantile, as a curve.
    plot_coverage : Step by step.
    """
    folds = read_folds(results)
    quantiles = [of_one_variable("results", table) for table in tables(folds)]
    if quantiles[0].columns.nlevels != 1:
        raise ValueError(
            "results must have quantiles, but found intervals: add "
            "PinballLoss(alpha=[0.1, 0.3, 0.5, 0.7, 0.9]), for example, to the scoring of evaluate"
        )
    levels = np.sort(quantiles[0].columns.to_numpy(dtype=np.float64))
    edges = np.concatenate([[0.0], levels, [1.0]])
    widths = np.diff(edges)
    values = np.concatenate([_values(fold) for fold in folds])
    ordered = np.concatenate([each[levels].to_numpy(dtype=np.float64) for each in quantiles])
    observed = ~np.isnan(values)
    shares = _shares_between(values[observed], ordered[observed])
    count = int(observed.sum())

    ax = new_axes() if ax is None else ax
    ax.bar(
        edges[:-1],
        shares / widths,
        widths,
        align="edge",
        color=tint(BLUE, 0.5),
        edgecolor="white",
        label=f"{count} values",
    )
    low, high = np.array(binom.interval(CHANCE, count, widths)) / count / widths
    ax.errorbar(
        edges[:-1] + widths / 2,
        np.ones_like(widths),
        yerr=[1 - low, high - 1],
        fmt="none",
        ecolor=BLACK,
        elinewidth=1,
        capsize=3,
        label="95 % by chance",
    )
    ax.axhline(1, color=BLACK, linestyle="--", linewidth=1, label="calibrated")
    ax.set(xlim=(0, 1), xlabel="level of the forecast quantiles", ylabel="observed / expected")
    finish(ax)
    return ax


def plot_coverage(results: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how many values lay inside the intervals of a backtest, step by step.

    Parameters
    ----------
    results : pd.DataFrame
        Of sktime's ``evaluate(..., return_data=True)`` with ``PinballLoss(alpha=[0.1, 0.9])`` or
        ``EmpiricalCoverage(coverage=0.8)``, for example, in ``scoring``. At most five intervals. A
        panel's instances count together.
    ax : Axes, optional
        Where to draw. None: a new figure.

    Returns
    -------
    Axes
        The legend stands to the right of them. A dashed line is where a calibrated forecaster's
        share would be, on average; 95 % of its shares lie in the shade, if folds err independently.

    Raises
    ------
    ValueError
        If there are no intervals in ``results``, more than five, quantiles without their
        counterpart, or several variables.
    ImportError
        If matplotlib is missing.
    """
    inside = _inside_by_step(read_folds(results))
    coverages = [float(coverage) for coverage in inside.columns]
    if len(coverages) > len(COLORS_AND_MARKERS):
        raise ValueError(
            f"results must have at most {len(COLORS_AND_MARKERS)} intervals, but found {coverages}"
        )
    by_step = inside.groupby(level=0)
    shares, counts = by_step.mean(), by_step.size().to_numpy()
    ax = new_axes() if ax is None else ax
    for (color, marker), coverage in zip(COLORS_AND_MARKERS, coverages, strict=False):
        label = f"{100 * coverage:.4g} % interval"
        ax.plot(shares.index, shares[coverage], color=color, marker=marker, label=label)
        ax.axhline(coverage, color=color, linestyle="--", linewidth=1)
        low, high = np.array(binom.interval(CHANCE, counts, coverage)) / counts
        ax.fill_between(shares.index, low, high, color=color, alpha=0.12, linewidth=0)
    ax.plot([], [], color=GREY, linestyle="--", linewidth=1, label="calibrated")
    ax.fill_between([], [], [], color=GREY, alpha=0.3, linewidth=0, label="95 % by chance")
    ax.set(
        xlabel="steps ahead",
        ylabel=f"share of {_range(counts)} values inside",
        ylim=(0, 1.02),
    )
    label_integers(ax)
    finish(ax)
    return ax


def _values(fold: Fold) -> Float64Array:
    return np.asarray(fold.actual, dtype=np.float64).reshape(-1)


def _shares_between(values: Float64Array, quantiles: Float64Array) -> Float64Array:
    """Return the share of values below, between and above their quantiles.

    A value that equals quantiles, as the zeros of counts often do, belongs in equal parts to the
    places on both sides of them.

    Parameters
    ----------
    values : float64 array of shape (values,)
    quantiles : float64 array of shape (values, levels)
        In ascending order of the levels.

    Returns
    -------
    float64 array of shape (levels + 1,)
    """
    first = (quantiles < values[:, np.newaxis]).sum(axis=1, keepdims=True)
    last = (quantiles <= values[:, np.newaxis]).sum(axis=1, keepdims=True)
    places = np.arange(quantiles.shape[1] + 1)
    parts = (places >= first) & (places <= last)  # (values, places)
    return (parts / parts.sum(axis=1, keepdims=True)).mean(axis=0)


def _inside_by_step(folds: list[Fold]) -> pd.DataFrame:
    """Return which values lay inside the intervals.

    Returns
    -------
    pd.DataFrame of bool
        Row: a value that was observed, index: its step. Column: coverage, the widest first.
    """
    rows = []
    for fold, table in zip(folds, tables(folds), strict=True):
        values = _values(fold)
        inside = {
            interval.coverage: (interval.lower <= values) & (values <= interval.upper)
            for interval in central_intervals("results", table)
        }
        rows.append(pd.DataFrame(inside, index=steps_ahead(fold))[~np.isnan(values)])
    return pd.concat(rows)


def _range(counts: np.ndarray) -> str:
    """Write a number of values, or the smallest and the largest if they differ."""
    low, high = counts.min(), counts.max()
    return str(low) if low == high else f"{low} to {high}"
