"""What stands on matplotlib's axes, by the labels of the legend."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import date2num

from sktime_lagllama._typing import Float64Array


def labels(ax: Axes) -> list[str]:
    """Return the lines of the legend."""
    legend = ax.get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def lines(ax: Axes, label: str) -> list[Float64Array]:
    """Return the points of the lines with a label, each of shape (points, 2)."""
    found = [line for line in ax.get_lines() if line.get_label() == label]
    return [np.array([_numbers(line.get_xdata()), line.get_ydata()], float).T for line in found]


def bands(ax: Axes, label: str) -> list[Float64Array]:
    """Return what filled bands with a label span: columns are time, lower and upper end."""
    found = [band for band in ax.collections if band.get_label() == label]
    return [_ends(np.asarray(band.get_paths()[0].vertices)) for band in found]


def _numbers(times: Any) -> Float64Array:
    times = np.asarray(times)
    return times.astype(float) if times.dtype.kind in "iuf" else np.asarray(date2num(times))


def _ends(corners: Float64Array) -> Float64Array:
    times = np.unique(corners[:, 0])
    at_time = [corners[corners[:, 0] == time, 1] for time in times]
    return np.array([[t, y.min(), y.max()] for t, y in zip(times, at_time, strict=True)])
