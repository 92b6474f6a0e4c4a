"""Matplotlib's axes: new ones, what stands on the time axis, and where the legend goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float64Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours of Okabe and Ito (Color Universal Design, 2008), which colour-blind readers tell apart.
BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
ORANGE = "#E69F00"
GREY = "#666666"
BLACK = "#000000"

WIDTH = 10.0
"""Inches."""
HEIGHT = 4.5
"""Inches."""


def new_axes(rows: int = 1) -> Any:
    """Open a figure.

    Parameters
    ----------
    rows : int, default=1
        Axes above each other, which share the horizontal one.

    Returns
    -------
    Axes, or array of Axes of shape (rows,) if there are several

    Raises
    ------
    ImportError
        If matplotlib is missing.
    """
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError(
            'pictures need matplotlib: pip install "sktime-lagllama[plots]"'
        ) from error
    _, axes = pyplot.subplots(rows, figsize=(WIDTH, HEIGHT), sharex=True, layout="constrained")
    return axes


def one_series(name: str, y: Any) -> pd.Series:
    """Return a single series as such.

    Parameters
    ----------
    name : str
        Of the parameter, for the message.
    y : pd.Series or pd.DataFrame with one column

    Returns
    -------
    pd.Series

    Raises
    ------
    TypeError
        If it is neither.
    ValueError
        If it has several instances or columns.
    """
    if not isinstance(y, pd.Series | pd.DataFrame):
        raise TypeError(
            f"{name} must be a pandas Series or DataFrame, but found {type(y).__name__}"
        )
    check_is_one_instance(name, y)
    if isinstance(y, pd.Series):
        return y
    if y.shape[1] != 1:
        raise ValueError(
            f"{name} must have one column, but found {list(y.columns)}: draw them one by one"
        )
    return y.iloc[:, 0]


def check_is_one_instance(name: str, y: pd.Series | pd.DataFrame) -> None:
    """Check that data are no panel.

    Parameters
    ----------
    name : str
        Of the parameter, for the message.
    y : pd.Series or pd.DataFrame

    Raises
    ------
    ValueError
        If they are.
    """
    if isinstance(y.index, pd.MultiIndex):
        raise ValueError(
            f"{name} must be of a single series, but found a panel: draw its instances one by one, "
            f"each on axes of its own, such as that of .loc[{y.index.droplevel(-1)[0]!r}]"
        )


def on_time_axis(index: pd.Index) -> pd.Index:
    """Return times as matplotlib draws them: periods at their start, time zones as UTC.

    Parameters
    ----------
    index : pd.Index of shape (times,)

    Returns
    -------
    pd.Index of shape (times,)
    """
    if isinstance(index, pd.PeriodIndex):
        return index.to_timestamp()
    if isinstance(index, pd.DatetimeIndex) and index.tz is not None:
        return index.tz_convert(None)
    return index


def label_times(ax: Axes, index: pd.Index) -> None:
    """Put labels on the time axis that do not overlap, in the time zone of the data.

    Parameters
    ----------
    ax : Axes
        Is changed.
    index : pd.Index
        Of the data.
    """
    if isinstance(index, pd.PeriodIndex | pd.DatetimeIndex):
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        zone = getattr(index, "tz", None)
        locator = AutoDateLocator(tz=zone)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=zone))
    elif pd.api.types.is_integer_dtype(index.dtype):
        label_integers(ax)


def label_integers(ax: Axes) -> None:
    """Put labels at whole numbers only.

    Parameters
    ----------
    ax : Axes
        Its horizontal axis is changed.
    """
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def tint(color: str, share: float) -> tuple[float, float, float]:
    """Return a colour mixed with white. Unlike a transparent one it is the same in the legend.

    Parameters
    ----------
    color : str
    share : float
        How much of the colour it has, from 0 (white) to 1.

    Returns
    -------
    red, green, blue : float
        From 0 to 1.
    """
    from matplotlib.colors import to_rgb

    red, green, blue = (1 - share * (1 - part) for part in to_rgb(color))
    return red, green, blue


def draw_line(ax: Axes, y: pd.Series, **style: Any) -> None:
    """Draw a series; a single value as a dot, which as a line would not be seen.

    Parameters
    ----------
    ax : Axes
        Is changed.
    y : pd.Series
    **style
        As ``Axes.plot`` takes it.
    """
    dot = {"marker": "o", "markersize": 4} if len(y) == 1 else {}
    ax.plot(on_time_axis(y.index), y.to_numpy(dtype=np.float64), **{**dot, **style})


def draw_band(
    ax: Axes, index: pd.Index, lower: Float64Array, upper: Float64Array, **style: Any
) -> None:
    """Fill what lies between two lines; at a single time, by a thick line upwards.

    Parameters
    ----------
    ax : Axes
        Is changed.
    index : pd.Index of shape (times,)
    lower, upper : float64 array of shape (times,)
    **style
        ``color``, ``alpha``, ``label``, ``zorder``.
    """
    times = on_time_axis(index)
    if len(times) == 1:
        ax.vlines(times, lower, upper, linewidth=6, **style)
    else:
        ax.fill_between(times, lower, upper, linewidth=0, **style)


def finish(ax: Axes) -> None:
    """Put the legend beside the axes, where it hides nothing: a line for each label.

    What has one label and several colours stands in one line, in all of them.

    Parameters
    ----------
    ax : Axes
        Is changed.
    """
    from matplotlib.legend_handler import HandlerTuple

    by_label: dict[str, dict[str, Any]] = {}
    for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
        by_label.setdefault(label, {}).setdefault(_color(handle), handle)
    ax.legend(
        [tuple(by_color.values()) for by_color in by_label.values()],
        list(by_label),
        loc="upper left",
        bbox_to_anchor=(1, 1),
        frameon=False,
        handler_map={tuple: HandlerTuple(ndivide=None)},
    )
    ax.spines[["top", "right"]].set_visible(False)


def _color(handle: Any) -> str:
    """Return what tells the colours of two entries of a legend apart."""
    has_line = hasattr(handle, "get_color")
    return str(handle.get_color() if has_line else getattr(handle, "get_facecolor", str)())
