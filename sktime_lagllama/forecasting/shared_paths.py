"""Sample paths that all predictions after one ``fit`` share."""

from __future__ import annotations

import numpy as np

from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.forecasting.cache import SamplePathCache
from sktime_lagllama.forecasting.paths import Reduce, predict_paths
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions

MAX_CACHE_BYTES = 2**28

# Outside of any forecaster, so that predictions change no state.
CACHE = SamplePathCache(MAX_CACHE_BYTES)


def shared_paths(
    model: LagLlama,
    series: SeriesBatch,
    cutoff: int,
    steps: IntArray,
    options: SamplingOptions,
    reduce: Reduce | None = None,
) -> Float64Array:
    """Return sample paths, or what they are reduced to, drawing them only if they are not there.

    Paths that fit into the cache are drawn once for all predictions. Larger ones are drawn and
    reduced chunk by chunk, again for each prediction.

    Parameters
    ----------
    model, series, cutoff, steps, options, reduce
        As in ``predict_paths``.

    Returns
    -------
    float64 array of shape (series, num_samples, steps), in data units, or (series, ...) if reduced
        Not writeable if it is not reduced.
    """

    def draw(reduce: Reduce | None = None) -> Float64Array:
        return predict_paths(model, series, cutoff, steps, options, reduce)

    num_bytes = series.num_series * options.num_samples * len(steps) * np.float64().nbytes
    if reduce is not None and num_bytes > CACHE.max_bytes:
        return draw(reduce)
    paths = CACHE.get((model, series), (cutoff, tuple(steps.tolist()), options), draw)
    return paths if reduce is None else reduce(paths)
