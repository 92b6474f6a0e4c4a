"""Mixtures of Student-t distributions: the marginal forecast of each step.

Every path knows the distribution of its next value. The forecast of a step, whatever came before,
is the mixture of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import ndtri

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.forecasting.clipped_student_t import clipped_moments
from sktime_lagllama.forecasting.mixture_quantiles import mixture_quantiles
from sktime_lagllama.network.student_t import NUM_SCORE_COEFFICIENTS
from sktime_lagllama.sampling.threads import in_threads, num_threads_for

MIN_DF_OF_VARIANCE = 2.1
"""The variance is that of distributions with no fewer degrees of freedom than these.

At 2 degrees of freedom it is infinite. So it is at most 21 times the squared scale.
"""

MAX_VALUES_ARRAY = 2**15 - 1
"""Values of the largest arrays of a chunk.

They stay in the cache of a core, and torch does not split what it does with fewer values than 2**15
over cores: that would cost more than it brings, and very much more on a busy machine.
"""


@dataclass(frozen=True)
class StudentTMixture:
    """The forecast of each step of each series: a mixture with equal weights.

    Parameters
    ----------
    df, loc, scale : float64 arrays of shape (series, components, steps)
        Of the Student-t distribution of each component, in data units. Degrees of freedom are above
        2 and may be infinite; scales are positive.
    nonnegative : bool, default=False
        Whether the values of the mixture are clipped at zero: each is ``max(value, 0)``.
    """

    df: Float64Array
    loc: Float64Array
    scale: Float64Array
    nonnegative: bool = False

    def quantiles(self, levels: Sequence[float]) -> Float64Array:
        """Return quantiles.

        Their probabilities have an error of at most 2e-9. Quantiles of a single component, or of
        equal ones, have a relative error of at most 1e-7 of their distance from ``loc``. A quantile
        depends on no other series, step or level.

        Parameters
        ----------
        levels : sequence of float of shape (levels,)
            Between 0 and 1. At 0 and 1 the quantiles are infinite, or zero if the mixture is
            clipped there.

        Returns
        -------
        float64 array of shape (series, steps, levels), in data units
        """
        of_levels = np.asarray(levels, dtype=np.float64)
        if not ((of_levels >= 0) & (of_levels <= 1)).all():
            raise ValueError(f"levels must lie between 0 and 1, found {list(levels)}.")
        num_series, num_components, num_steps = self.loc.shape
        # (components, rows); a row is a step of a series
        parameters = [
            # A copy: torch warns of arrays that are read-only, as those of the cache are.
            torch.from_numpy(field.swapaxes(0, 1).copy()).flatten(1)
            for field in (self.df, self.loc, self.scale)
        ]
        num_rows = num_series * num_steps
        result = torch.empty(len(of_levels), num_rows, dtype=torch.float64)
        scores = torch.from_numpy(ndtri(of_levels))

        def compute(first: int, stop: int) -> None:
            rows = slice(first, stop)
            df, loc, scale = (parameter[:, rows] for parameter in parameters)
            result[:, rows] = mixture_quantiles(df, loc, scale, scores)

        values_per_row = num_components * max(len(of_levels), NUM_SCORE_COEFFICIENTS)
        size = max(1, MAX_VALUES_ARRAY // values_per_row)
        chunks = [(first, min(first + size, num_rows)) for first in range(0, num_rows, size)]
        in_threads(num_threads_for(result.device), compute, chunks)
        quantiles = result.numpy().T.reshape(num_series, num_steps, len(of_levels))
        return quantiles.clip(0.0) if self.nonnegative else quantiles

    def mean(self) -> Float64Array:
        """Return the mean.

        Returns
        -------
        float64 array of shape (series, steps), in data units
        """
        return self._mean_of_components(self.df).mean(axis=1)

    def variance(self) -> Float64Array:
        """Return the variance, with no fewer degrees of freedom than ``MIN_DF_OF_VARIANCE``.

        Returns
        -------
        float64 array of shape (series, steps), in squared data units
            Finite, if it does not overflow.
        """
        df = np.maximum(self.df, MIN_DF_OF_VARIANCE)
        between = self._mean_of_components(df).var(axis=1)
        if self.nonnegative:
            within = clipped_moments(df, self.loc, self.scale).variance
        else:
            within = self.scale**2 / (1 - 2 / df)
        return within.mean(axis=1) + between

    def _mean_of_components(self, df: Float64Array) -> Float64Array:
        """Return the mean of each component, shape (series, components, steps)."""
        return clipped_moments(df, self.loc, self.scale).mean if self.nonnegative else self.loc
