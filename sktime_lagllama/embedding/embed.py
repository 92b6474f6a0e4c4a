"""A batch of series -> embeddings: a row of numbers per series, or numbers at every time."""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import Float32Array, Float64Array
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.embedding.hidden_states import Embedding, LevelAndScale, WindowStates
from sktime_lagllama.embedding.pooling import Pooling
from sktime_lagllama.embedding.token_windows import windows_of


def pooled_states(
    embedding: Embedding, series: SeriesBatch, statistics: tuple[str, ...]
) -> tuple[Float64Array, LevelAndScale]:
    """Pool the hidden states of every series over time.

    Parameters
    ----------
    embedding : Embedding
    series : SeriesBatch
        Each has an observed value.
    statistics : tuple of str
        As ``Pooling.rows`` takes them.

    Returns
    -------
    pooled : float64 array of shape (series, statistics * width)
    level : LevelAndScale of shape (series,)
    """
    spans, windows = windows_of(series, embedding.context_length)
    pooling = Pooling(windows, embedding.width)
    level = embedding.run(series, spans, windows, pooling.add)
    return pooling.rows(statistics), level


def states_at_all_times(embedding: Embedding, series: SeriesBatch) -> Float32Array:
    """Return the hidden states at every time.

    Parameters
    ----------
    embedding : Embedding
    series : SeriesBatch
        Each has an observed value.

    Returns
    -------
    float32 array of shape (total length, width)
        In the order of ``series.values``. NaN before the first observed value of a series and after
        its last one.
    """
    spans, windows = windows_of(series, embedding.context_length)
    states = np.full((len(series.values), embedding.width), np.nan, dtype=np.float32)
    first_places = series.offsets + spans.skipped

    def keep(found: WindowStates) -> None:
        stops = first_places[windows.series[found.numbers]] + windows.stops[found.numbers]
        places = stops[:, None] + np.arange(-found.hidden.shape[1], 0)
        states[places[found.is_new]] = found.hidden[found.is_new]

    embedding.run(series, spans, windows, keep)
    return states


def level_features(level: LevelAndScale) -> Float64Array:
    """Return two numbers for the location and scale of each series, which hidden states may lack.

    Parameters
    ----------
    level : LevelAndScale of shape (series,)

    Returns
    -------
    float64 array of shape (series, 2)
        ``arcsinh(loc / scale)``, which has no unit, and ``log(scale)``, to which another unit adds
        a constant.
    """
    return np.stack([np.arcsinh(level.loc / level.scale), np.log(level.scale)], axis=1)
