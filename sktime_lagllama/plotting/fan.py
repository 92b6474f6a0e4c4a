"""The forecast of a series: its quantiles as a fan, and some of its sample paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sktime_lagllama.plotting.axes import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    check_is_one_instance,
    draw_band,
    draw_line,
    finish,
    label_times,
    new_axes,
    one_series,
    tint,
)
from sktime_lagllama.plotting.intervals import central_intervals, median

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LIGHTEST, DARKEST = 0.2, 0.5
"""How much of the colour the widest and the narrowest interval have; white is the rest."""


def plot_fan(
    past: pd.Series | pd.DataFrame,
    quantiles: pd.DataFrame,
    actual: pd.Series | pd.DataFrame | None = None,
    samples: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a series and its forecast: nested central intervals, the median, and sample paths.

    Parameters
    ----------
    past : pd.Series or pd.DataFrame with one column
        What was known. Cut it to its end, if what is of interest is the forecast.
    quantiles : pd.DataFrame
        As ``predict_quantiles`` of any forecaster returns it, at levels that lie symmetrically
        about 0.5, such as 0.025, 0.1, 0.5, 0.9 and 0.975. The level 0.5 is the median, and may be
        left out.
    actual : pd.Series or pd.DataFrame with one column, optional
        What happened afterwards.
    samples : pd.DataFrame, optional
        Sample paths, as ``LagLlamaForecaster.predict_samples`` returns them. All are drawn: take
        a few, such as ``samples.loc[:4]``.
    ax : Axes, optional
        Where to draw. None: a new figure.

    Returns
    -------
    Axes
        The legend stands to the right of them.

    Raises
    ------
    TypeError, ValueError
        If an argument is of another kind, of a panel (draw its instances one by one), has
        several variables, or quantiles without their counterpart.
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from sktime.datasets import load_airline
    >>> from sktime_lagllama import LagLlamaForecaster
    >>> from sktime_lagllama.plotting import plot_fan
    >>> y = load_airline()
    >>> forecaster = LagLlamaForecaster(random_state=0).fit(y[:-36], fh=range(1, 37))
    >>> ax = plot_fan(
    ...     y[:-36],
    ...     forecaster.predict_quantiles(alpha=[0.05, 0.25, 0.5, 0.75, 0.95]),
    ...     actual=y[-36:],
    ...     samples=forecaster.predict_samples().loc[:4],
    ... )  # doctest: +SKIP
    """
    past = one_series("past", past)
    check_is_one_instance("quantiles", quantiles)
    intervals, middle = central_intervals("quantiles", quantiles), median("quantiles", quantiles)
    paths = [] if samples is None else _paths(samples)
    ax = new_axes() if ax is None else ax

    draw_line(ax, past, color=GREY, label="past", zorder=3)
    shades = np.linspace(LIGHTEST, DARKEST, len(intervals))
    for interval, shade in zip(intervals, shades, strict=True):
        draw_band(
            ax,
            quantiles.index,
            interval.lower,
            interval.upper,
            color=tint(BLUE, float(shade)),
            label=interval.label,
            zorder=1,
        )
    for path in paths:
        draw_line(ax, path, color=ORANGE, linewidth=0.9, label="sample path", zorder=2)
    if middle is not None:
        draw_line(ax, middle, color=BLUE, linewidth=2, label="median", zorder=4)
    if actual is not None:
        draw_line(ax, one_series("actual", actual), color=BLACK, label="actual", zorder=5)
    label_times(ax, past.index)
    ax.set_ylabel("" if past.name is None else str(past.name))
    finish(ax)
    return ax


def _paths(samples: pd.DataFrame) -> list[pd.Series]:
    """Return sample paths one by one.

    Raises
    ------
    ValueError
        If they are those of a panel or of several variables, or are no sample paths.
    """
    if not isinstance(samples, pd.DataFrame) or samples.index.nlevels != 2:
        raise ValueError(
            "samples must be the sample paths of a single series, as predict_samples returns them: "
            "a data frame whose rows have a sample and a time; take an instance of a panel with "
            ".xs(instance, level=1)"
        )
    values = one_series("samples", samples.reset_index(level=0, drop=True))
    numbers = samples.index.get_level_values(0)
    return [values[numbers == number] for number in numbers.unique()]
