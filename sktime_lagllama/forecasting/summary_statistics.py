"""What forecasts are read off sample paths: quantiles, point forecasts, variances.

The marginal forecast of a step is computed, not drawn: it is the mixture, over all paths, of the
distributions that the paths knew for the step. The average of conditional distributions has less
noise than the values that were drawn from them (Rao-Blackwell), and none at all at the first step,
whose distribution is the same for all paths.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.forecasting.mixture import StudentTMixture
from sktime_lagllama.sampling.sampled_paths import SampledPaths


def marginal_forecast(paths: SampledPaths, nonnegative: bool = False) -> StudentTMixture:
    """Return the forecast of each step on its own.

    Parameters
    ----------
    paths : SampledPaths of shape (series, num_samples, steps)
    nonnegative : bool, default=False
        Whether the values were clipped at zero.

    Returns
    -------
    StudentTMixture of shape (series, steps), in data units
    """
    return StudentTMixture(paths.df, paths.loc, paths.scale, nonnegative)


def quantiles(
    paths: SampledPaths, levels: Sequence[float], nonnegative: bool = False
) -> Float64Array:
    """Return the quantiles of each step.

    Parameters
    ----------
    paths : SampledPaths of shape (series, num_samples, steps)
    levels : sequence of float of shape (levels,)
        Between 0 and 1.
    nonnegative : bool, default=False
        As in ``marginal_forecast``.

    Returns
    -------
    float64 array of shape (series, steps, levels), in data units
    """
    return marginal_forecast(paths, nonnegative).quantiles(levels)


def point_forecast(
    paths: SampledPaths, kind: Literal["median", "mean"], nonnegative: bool = False
) -> Float64Array:
    """Return the median or the mean of each step.

    Parameters
    ----------
    paths : SampledPaths of shape (series, num_samples, steps)
    kind : {"median", "mean"}
    nonnegative : bool, default=False
        As in ``marginal_forecast``.

    Returns
    -------
    float64 array of shape (series, steps), in data units
    """
    if kind == "median":
        return quantiles(paths, [0.5], nonnegative)[:, :, 0]
    return marginal_forecast(paths, nonnegative).mean()


def variance(paths: SampledPaths, nonnegative: bool = False) -> Float64Array:
    """Return the variance of each step.

    Parameters
    ----------
    paths : SampledPaths of shape (series, num_samples, steps)
    nonnegative : bool, default=False
        As in ``marginal_forecast``.

    Returns
    -------
    float64 array of shape (series, steps), in squared data units
        Finite: see ``StudentTMixture.variance``.
    """
    return marginal_forecast(paths, nonnegative).variance()


def covariance(paths: SampledPaths, nonnegative: bool = False) -> Float64Array:
    """Return the covariance between steps.

    The variances are computed, as ``variance`` does; the correlations are those of the values of
    the paths.

    Parameters
    ----------
    paths : SampledPaths of shape (series, num_samples, steps)
    nonnegative : bool, default=False
        As in ``marginal_forecast``.

    Returns
    -------
    float64 array of shape (series, steps, steps), in squared data units
        Symmetric and positive semidefinite; its diagonal is ``variance``.
    """
    deviations = paths.values - paths.values.mean(axis=1, keepdims=True)
    largest = np.abs(deviations).max(axis=1, keepdims=True)
    # Squares of very large or small deviations would overflow or vanish.
    np.divide(deviations, largest, out=deviations, where=largest > 0)
    norms = np.sqrt(np.square(deviations).sum(axis=1, keepdims=True))
    directions = np.divide(deviations, norms, out=np.zeros_like(deviations), where=norms > 0)
    correlation = np.einsum("snt,snu->stu", directions, directions)
    num_steps = correlation.shape[1]
    correlation[:, range(num_steps), range(num_steps)] = 1.0
    deviation = np.sqrt(variance(paths, nonnegative))
    return correlation * deviation[:, :, None] * deviation[:, None, :]
