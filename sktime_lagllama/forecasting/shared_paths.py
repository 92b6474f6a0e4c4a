"""Sample paths that all predictions after one ``fit`` share."""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.forecasting.cache import SamplePathCache
from sktime_lagllama.forecasting.paths import Adjust, Reduce, predict_paths, predict_statistics
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampled_paths import SampledPaths

MAX_CACHE_BYTES = 2**28

# Outside of any forecaster, so that predictions change no state.
CACHE = SamplePathCache(MAX_CACHE_BYTES)


def shared_paths(
    model: LagLlama, series: SeriesBatch, cutoff: int, steps: IntArray, options: SamplingOptions
) -> SampledPaths:
    """Return sample paths, drawing them only if they are not in the cache.

    Parameters
    ----------
    model, series, cutoff, steps, options
        As in ``predict_paths``.

    Returns
    -------
    SampledPaths of shape (series, num_samples, steps)
        Not writeable.
    """

    def draw() -> SampledPaths:
        return predict_paths(model, series, cutoff, steps, options)

    return CACHE.get((model, series), (cutoff, tuple(steps.tolist()), options), draw)


def statistics_of_shared_paths(
    model: LagLlama,
    series: SeriesBatch,
    cutoff: int,
    steps: IntArray,
    options: SamplingOptions,
    reduce: Reduce,
    adjust: Adjust | None = None,
) -> Float64Array:
    """Return what sample paths are reduced to.

    Paths that fit into the cache are drawn once for all predictions. Larger ones are drawn and
    reduced chunk by chunk, again for each prediction.

    Parameters
    ----------
    model, series, cutoff, steps, options, reduce, adjust
        As in ``predict_statistics``. The paths in the cache are not adjusted.

    Returns
    -------
    float64 array of shape (series, ...)
    """
    bytes_per_value = len(SampledPaths._fields) * np.float64().nbytes
    if series.num_series * options.num_samples * len(steps) * bytes_per_value > CACHE.max_bytes:
        return predict_statistics(model, series, cutoff, steps, options, reduce, adjust)
    paths = shared_paths(model, series, cutoff, steps, options)
    return reduce(paths if adjust is None else adjust(paths, slice(0, series.num_series)))
