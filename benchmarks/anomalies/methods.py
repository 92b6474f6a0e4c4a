"""Methods that score the values of a series after its training part."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from sktime.detection.capa import CAPA
from sktime.detection.hampel import HampelDetector
from sktime.detection.lof import SubLOF
from statsforecast.models import AutoETS

from benchmarks.anomalies.simulated import LabelledSeries
from sktime_lagllama import LagLlamaAnomalyDetector
from sktime_lagllama._typing import Float64Array
from sktime_lagllama.detection.surprise import surprise_with_neighbours, two_sided_surprise

WINDOW = 7
"""Values that are judged together, of our detector and of AutoETS' residuals."""

MAX_SEASON = 24
"""Longest season that AutoETS takes."""

Method = Callable[[LabelledSeries], Float64Array]
"""Returns the score of each value after the training part; a higher one is a likelier anomaly."""


def lag_llama(checkpoint: str, window: int) -> Method:
    """Return our detector with its defaults, but for the window."""

    def scores(series: LabelledSeries) -> Float64Array:
        detector = LagLlamaAnomalyDetector(checkpoint, window=window).fit(series.training)
        rest = series.values.iloc[series.num_training :]
        return detector.transform_scores(rest)["scores"].to_numpy()

    return scores


def ets_residuals(window: int) -> Method:
    """Return one-step-ahead residuals of AutoETS over their standard deviation in the training.

    The model is chosen and fitted on the training part, and then goes through the whole series.
    """

    def scores(series: LabelledSeries) -> Float64Array:
        season = series.season if series.season <= MAX_SEASON else 1
        values = series.values.to_numpy()
        model = AutoETS(season_length=season).fit(values[: series.num_training])
        residuals = values - model.forward(values, h=1, fitted=True)["fitted"]
        scale = residuals[: series.num_training].std() or 1.0
        surprises = two_sided_surprise(residuals / scale)
        return surprise_with_neighbours(surprises, window)[series.num_training :]

    return scores


def hampel(series: LabelledSeries) -> Float64Array:
    """Score by sktime's Hampel filter with its defaults, which sees later values too."""
    values = series.values.reset_index(drop=True)
    scores = HampelDetector().fit(values).transform_scores(values)["scores"]
    return scores.to_numpy()[series.num_training :]


def local_outlier_factor(series: LabelledSeries) -> Float64Array:
    """Label by sktime's SubLOF of the whole series; it has no scores."""
    values = series.values.reset_index(drop=True).to_frame()
    detector = SubLOF(n_neighbors=20, window_size=len(values) + 1, novelty=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about names of columns
        labels = detector.fit(values).transform(values)["labels"]
    return labels.to_numpy(dtype=np.float64)[series.num_training :]


def capa(series: LabelledSeries) -> Float64Array:
    """Label by sktime's CAPA of the series, scaled as it expects by the training; no scores."""
    training, values = series.training, series.values.reset_index(drop=True)
    low, middle, high = np.quantile(training, [0.25, 0.5, 0.75])
    scaled = (values - middle) / ((high - low) / 1.349)
    labels = np.zeros(len(values))
    for interval in CAPA().fit(scaled.to_frame()).predict(scaled.to_frame())["ilocs"]:
        labels[interval.left : interval.right] = 1
    return labels[series.num_training :]


def all_methods(checkpoint: str) -> dict[str, Method]:
    """Return the methods by their names.

    Parameters
    ----------
    checkpoint : str

    Returns
    -------
    dict of Method
    """
    return {
        "ours": lag_llama(checkpoint, 1),
        f"ours, window {WINDOW}": lag_llama(checkpoint, WINDOW),
        "AutoETS": ets_residuals(1),
        f"AutoETS, window {WINDOW}": ets_residuals(WINDOW),
        "Hampel": hampel,
        "SubLOF": local_outlier_factor,
        "CAPA": capa,
    }
