"""Quantiles of mixtures of Student-t distributions, by Halley's method within brackets."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from sktime_lagllama.network.student_t import (
    normal_scores,
    quantile_coefficients,
    score_coefficients,
    standard_quantile,
)

CLOSE = 2e-9
"""Error of a normal score that is small enough."""

NEARLY_CLOSE = 1e-5
"""Error of a normal score from which one more step ends the search where its slope hardly changes.

The error that is left is about the third power.
"""

MAX_CURVATURE_OF_LAST_STEP = 1e-2
"""Relative change of the slope over half of a step."""

NUM_FREE_ITERATIONS = 8
"""From here on, every other iteration halves the brackets. Few quantiles need as many."""

MAX_ITERATIONS = 400

MAX_DF = 1e12
"""Infinite degrees of freedom would be multiplied by zero."""

MIN_SCALE = 1e-150
"""Relative to the largest scale."""

MAX_SCORE = 37.0
"""The probability of a lower one is not a normal number."""


class _Components(NamedTuple):
    """Mixtures, in units in which their components' locations and scales are at most 1.

    Attributes
    ----------
    df, loc, scale : float64 Tensor of shape (components, 1, rows)
    coefficients : float64 Tensor of shape (coefficients, components, 1, rows)
        ``score_coefficients(df)``.
    density_at_zero : float64 Tensor of shape (components, 1, rows)
        Of the standard Student-t distribution, relative to that of the normal distribution.
    """

    df: Tensor
    loc: Tensor
    scale: Tensor
    coefficients: Tensor
    density_at_zero: Tensor

    def select(self, rows: Tensor) -> _Components:
        """Return some of the rows."""
        return _Components(*(field[..., rows] for field in self))


class _Search(NamedTuple):
    """Quantiles that are being searched for, each float64 Tensor of shape (levels, rows).

    Attributes
    ----------
    low, value, high : Tensor
        A bracket, and the candidate in it.
    active : bool Tensor
        Whether the search goes on.
    """

    low: Tensor
    value: Tensor
    high: Tensor
    active: Tensor


@torch.inference_mode()
def mixture_quantiles(df: Tensor, loc: Tensor, scale: Tensor, scores: Tensor) -> Tensor:
    """Return quantiles of mixtures with equal weights.

    The quantile of a mixture lies between the smallest and the largest of its components. There,
    Halley's method finds where the normal score of the mixture's distribution function, which is
    nearly linear, is that of the level. All is computed element by element, so that nothing depends
    on which other rows and levels there are.

    Parameters
    ----------
    df, loc, scale : float64 Tensors of shape (components, rows)
    scores : float64 Tensor of shape (levels,)
        Normal scores of the levels; may be infinite.

    Returns
    -------
    float64 Tensor of shape (levels, rows)
    """
    # Halved, so that neither overflows.
    centre = loc.amin(0) / 2 + loc.amax(0) / 2
    unit = torch.maximum(scale.amax(0), loc.amax(0) / 2 - loc.amin(0) / 2)
    unit = torch.where(unit > 0, unit, 1.0)  # where all scales are zero by underflow
    components = _components(df, (loc - centre) / unit, scale / unit)
    scores = scores[:, None]
    standardised = _search(components, scores.clamp(-MAX_SCORE, MAX_SCORE))
    return torch.where(scores.isfinite(), centre + unit * standardised, scores)


def _components(df: Tensor, loc: Tensor, scale: Tensor) -> _Components:
    """Return components, whose parameters have shape (components, rows)."""
    df = df[:, None].clamp_max(MAX_DF)
    scale = scale[:, None].clamp_min(MIN_SCALE)
    # The logarithms cancel where there are more degrees of freedom, and the ratio is 1.
    few = df.clamp_max(1e6)
    log_ratio = torch.lgamma((few + 1) / 2) - torch.lgamma(few / 2)
    density_at_zero = log_ratio.exp() * (2 / few).sqrt()
    return _Components(df, loc[:, None], scale, score_coefficients(df), density_at_zero)


def _search(components: _Components, scores: Tensor) -> Tensor:
    """Return quantiles, shape (levels, rows), of finite scores, shape (levels, 1)."""
    search = _start(components, scores)
    result = search.value.clone()
    rows = torch.arange(result.shape[1])
    for iteration in range(MAX_ITERATIONS):
        remaining = search.active.any(0)
        num_remaining = int(remaining.sum())
        if num_remaining == 0:
            break
        if num_remaining < len(remaining):
            rows = rows[remaining]
            components = components.select(remaining)
            search = _Search(*(field[:, remaining] for field in search))
        may_jump = iteration < NUM_FREE_ITERATIONS or iteration % 2 == 0
        search = _step(components, scores, search, may_jump)
        result[:, rows] = search.value
    return result


def _start(components: _Components, scores: Tensor) -> _Search:
    """Bracket the quantiles by those of the components, and start at a weighted mean of these."""
    of_standard = standard_quantile(scores, components.df, quantile_coefficients(components.df))
    of_components = torch.addcmul(components.loc, components.scale, of_standard)
    low, high = of_components.amin(0), of_components.amax(0)
    # Newton's method would end there if the densities at all quantiles were as at zero.
    weights = components.scale.reciprocal()
    value = _sum_of_components(of_components * weights) / _sum_of_components(weights)
    value = torch.minimum(torch.maximum(value, low), high)
    return _Search(low, value, high, low < high)


def _step(components: _Components, scores: Tensor, search: _Search, may_jump: bool) -> _Search:
    """Make one step, which halves the bracket if Halley's method leaves it or may not be used."""
    low, value, high, active = search
    residual, jump, is_last = _halley(components, scores, value)
    low = torch.where(residual <= 0, value, low)
    high = torch.where(residual >= 0, value, high)
    middle = low + (high - low) / 2
    is_inside = (jump >= low) & (jump <= high)  # not so if it is not a number
    next_value = torch.where(is_inside & (is_last | may_jump), jump, middle)
    next_value = torch.where((is_last & ~is_inside) | ~active, value, next_value)
    are_neighbours = (middle <= low) | (middle >= high)
    return _Search(low, next_value, high, active & ~is_last & ~are_neighbours)


def _halley(
    components: _Components, scores: Tensor, value: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Make a step of Halley's method.

    Parameters
    ----------
    components : _Components
    scores : float64 Tensor of shape (levels, 1)
    value : float64 Tensor of shape (levels, rows)

    Returns
    -------
    residual : float64 Tensor of shape (levels, rows)
        By how much the normal scores of the values are too high.
    next_value : float64 Tensor of shape (levels, rows)
    is_last : bool Tensor of shape (levels, rows)
        Whether the next values need no further step.
    """
    df, loc, scale, coefficients, density_at_zero = components
    deviation = (value - loc) / scale  # (components, levels, rows)
    square = deviation.square() / df
    density = density_at_zero / scale * torch.exp(torch.log1p(square) * (-(df + 1) / 2))
    slope = -(1 + 1 / df) / scale * deviation / (1 + square)  # of the logarithm of the density
    # The smaller tail is the one that is precise; torch.special.ndtr is so in neither.
    sign = torch.ones_like(scores).copysign(-scores)
    twice_tails = torch.erfc(normal_scores(deviation, df, coefficients) * (-sign / math.sqrt(2)))
    score = sign * torch.special.ndtri(_sum_of_components(twice_tails) / (2 * len(deviation)))

    sum_of_densities = _sum_of_components(density)
    # Derivatives of the score; densities are relative to the normal one at zero.
    first = sum_of_densities / len(deviation) * torch.exp(score.square() / 2)
    second_by_first = score * first + _sum_of_components(density * slope) / sum_of_densities
    residual = score - scores
    newton = -residual / first
    curvature = newton * second_by_first / 2
    is_nearly_linear = curvature.abs() <= MAX_CURVATURE_OF_LAST_STEP
    is_last = (residual.abs() <= NEARLY_CLOSE) & is_nearly_linear | (residual.abs() <= CLOSE)
    return residual, value + newton / (1 + curvature).clamp(0.5, 2.0), is_last


def _sum_of_components(values: Tensor) -> Tensor:
    """Sum over the first axis, in an order that does not depend on the other ones."""
    return values.cumsum(0)[-1]
