"""Anomalies in a series, and the scores that they were found by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sktime_lagllama._typing import IntArray
from sktime_lagllama.plotting.axes import (
    BLACK,
    BLUE,
    GREY,
    VERMILION,
    draw_line,
    finish,
    label_times,
    new_axes,
    on_time_axis,
    one_series,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_anomalies(
    y: pd.Series | pd.DataFrame,
    scores: pd.Series | pd.DataFrame,
    anomalies: pd.DataFrame | Sequence[int],
    threshold: float | None = None,
    ax: Sequence[Axes] | None = None,
) -> np.ndarray:
    """Draw a series with its anomalies, and the scores below it.

    Parameters
    ----------
    y : pd.Series or pd.DataFrame with one column
        The series in which anomalies were looked for.
    scores : pd.Series or pd.DataFrame with one column
        A score for each time, as ``transform_scores(y)`` of a detector returns them.
    anomalies : pd.DataFrame or sequence of int
        As ``predict(y)`` of a detector returns them: places in ``y``, in the column "ilocs".
    threshold : float, optional
        Score from which on a value is an anomaly: ``-log10(false_alarm_rate)`` for
        ``LagLlamaAnomalyDetector`` without a ``correction``. None: no line is drawn.
    ax : sequence of two Axes, optional
        Where to draw the series and the scores. None: a new figure, with the one above the other.

    Returns
    -------
    array of Axes of shape (2,)
        Legends stand to the right of them.

    Raises
    ------
    TypeError
        If ``y`` or ``scores`` is no pandas object.
    ValueError
        If they are of a panel or of several variables, or of different lengths, if a place lies
        outside ``y``, or if ``ax`` is not a pair.
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from sktime.datasets import load_airline
    >>> from sktime_lagllama import LagLlamaAnomalyDetector
    >>> from sktime_lagllama.plotting import plot_anomalies
    >>> y = load_airline().astype(float)
    >>> y["1957-05"] += 150
    >>> detector = LagLlamaAnomalyDetector(false_alarm_rate=0.001).fit(y)
    >>> above, below = plot_anomalies(
    ...     y, detector.transform_scores(y), detector.predict(y), threshold=3
    ... )  # doctest: +SKIP
    """
    y = one_series("y", y)
    scores = one_series("scores", scores)
    if len(scores) != len(y):
        raise ValueError(
            f"scores must have one for each of the {len(y)} times of y, but found {len(scores)}: "
            "take transform_scores, not predict_scores"
        )
    places = _places(anomalies, len(y))
    if ax is not None and len(ax) != 2:
        raise ValueError(f"ax must be two axes, one above the other, but found {ax!r}")
    axes = new_axes(2) if ax is None else np.asarray(ax, dtype=object)
    series_axes, score_axes = axes

    times = on_time_axis(y.index)
    values = y.to_numpy(dtype=np.float64)
    draw_line(series_axes, y, color=BLACK, linewidth=1, label="series", zorder=1)
    score_of_time = pd.Series(scores.to_numpy(dtype=np.float64), y.index)
    draw_line(score_axes, score_of_time, color=BLUE, linewidth=1, label="score", zorder=1)
    found = {"color": VERMILION, "linestyle": "", "marker": "o", "markersize": 5, "zorder": 2}
    if len(places):
        series_axes.plot(times[places], values[places], label="anomaly", **found)
        score_axes.plot(times[places], score_of_time.iloc[places], label="anomaly", **found)
    if threshold is not None:
        score_axes.axhline(threshold, color=GREY, linestyle="--", linewidth=1, label="threshold")
    series_axes.set_ylabel("" if y.name is None else str(y.name))
    score_axes.set_ylabel("score")
    for one in axes:
        label_times(one, y.index)
        finish(one)
    return axes


def _places(anomalies: pd.DataFrame | Sequence[int], count: int) -> IntArray:
    """Return the places of anomalies.

    Raises
    ------
    ValueError
        If one lies outside the series.
    """
    listed = anomalies["ilocs"] if isinstance(anomalies, pd.DataFrame) else anomalies
    places = np.asarray(listed, dtype=np.int64).reshape(-1)
    outside = places[(places < 0) | (places >= count)]
    if len(outside):
        raise ValueError(
            f"anomalies must be places in y, from 0 to {count - 1}, but found {outside[0]}"
        )
    return places
