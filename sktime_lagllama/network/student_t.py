"""Student-t distributions: what the network predicts."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import linear

from sktime_lagllama.network.student_t_coefficients import (
    CENTRE,
    MAX_SQUARE,
    QUANTILE_TABLE,
    SCORE_TABLE,
    Table,
)

MAX_X = (MAX_SQUARE - CENTRE) / (MAX_SQUARE + CENTRE)

NUM_SCORE_COEFFICIENTS = len(SCORE_TABLE[0])
"""Of ``score_coefficients``, for each number of degrees of freedom."""


class StudentT(NamedTuple):
    """Parameters of Student-t distributions, in scaled units.

    Attributes
    ----------
    df, loc, scale : float32 Tensor, all of the same shape
        Degrees of freedom, location and scale. The standard deviation is
        ``scale * sqrt(df / (df - 2))``.
    """

    df: Tensor
    loc: Tensor
    scale: Tensor


def standard_quantile(scores: Tensor, df: Tensor, coefficients: Tensor | None = None) -> Tensor:
    """Return quantiles of standard Student-t distributions.

    Parameters
    ----------
    scores : float32 or float64 Tensor
        Standard normal quantiles of the probabilities. Unlike probabilities they are as precise in
        the upper tail as in the lower one.
    df : Tensor of the same precision, whose shape broadcasts with that of the scores
        Above 2; may be infinite.
    coefficients : Tensor, optional
        ``quantile_coefficients(df)``. With them, not even rounding depends on the shape. Without
        them, it takes fewer operators: that is faster for fewer than some hundred values.

    Returns
    -------
    Tensor of the broadcast shape
        With a relative error of at most 1e-7 up to scores of 8.5, plus rounding. Increases with
        the score beyond, too.
    """
    inverse_df = df.reciprocal()
    square = _at_least_tiny(scores.square() * inverse_df)
    x = _x(square)
    if coefficients is None:
        correction = _correction(QUANTILE_TABLE, x, inverse_df)
    else:
        correction = inverse_df * _polynomial(x, coefficients)
    exponent = torch.addcmul(square, square, correction)  # w**2 / df
    return exponent.expm1_().div_(square).sqrt_().mul_(scores)


def normal_scores(values: Tensor, df: Tensor, coefficients: Tensor | None = None) -> Tensor:
    """Return the standard normal quantiles of the probabilities of values.

    The distribution function of the standard Student-t distribution is that of the normal
    distribution of what this returns: ``erfc(-score / sqrt(2)) / 2``.

    Parameters
    ----------
    values : float32 or float64 Tensor
    df : Tensor of the same precision, whose shape broadcasts with that of the values
        Above 2; may be infinite.
    coefficients : Tensor, optional
        ``score_coefficients(df)``, for whoever calls this several times with the same ``df``.

    Returns
    -------
    Tensor of the broadcast shape
        With a relative error of at most 1e-8 up to scores of 8.5, plus rounding; the error of the
        probability is at most 1e-9. Increases with the value beyond, too.
    """
    if coefficients is None:
        coefficients = score_coefficients(df)
    inverse_df = df.reciprocal()
    # The square must not overflow.
    limit = torch.finfo(values.dtype).max ** 0.5 / 16
    values = values.clamp(-limit, limit)
    square = _at_least_tiny(values.square() * inverse_df)
    exponent = torch.log1p(square)  # w**2 / df
    correction = _polynomial(_x(exponent), coefficients)
    return values * (exponent / square * (1 + inverse_df * correction)).sqrt()


def quantile_coefficients(df: Tensor) -> Tensor:
    """Return what ``standard_quantile`` needs of the degrees of freedom alone.

    Parameters
    ----------
    df : float32 or float64 Tensor
        Above 2; may be infinite.

    Returns
    -------
    Tensor of shape (coefficients, *df.shape)
    """
    return _coefficients(QUANTILE_TABLE, df.reciprocal())


def score_coefficients(df: Tensor) -> Tensor:
    """Return what ``normal_scores`` needs of the degrees of freedom alone.

    Parameters
    ----------
    df : float32 or float64 Tensor
        Above 2; may be infinite.

    Returns
    -------
    Tensor of shape (NUM_SCORE_COEFFICIENTS, *df.shape)
    """
    return _coefficients(SCORE_TABLE, df.reciprocal())


def _at_least_tiny(square: Tensor) -> Tensor:
    """Keep squares from zero, so that others can be divided by them."""
    return square.clamp_min(torch.finfo(square.dtype).tiny * 2**24)


def _x(square: Tensor) -> Tensor:
    """Return the variable of the polynomials."""
    return (square - CENTRE).div_(square + CENTRE).clamp_max_(MAX_X)


def _coefficients(table: Table, inverse_df: Tensor) -> Tensor:
    """Return the coefficients of polynomials in x, shape (coefficients, *inverse_df.shape)."""
    by_power = _tensor(table, inverse_df.dtype, inverse_df.device)
    *rest, coefficients = by_power.view(*by_power.shape, *[1] * inverse_df.dim())
    for row in reversed(rest):
        coefficients = torch.addcmul(row, coefficients, inverse_df)
    return coefficients


def _polynomial(x: Tensor, coefficients: Tensor) -> Tensor:
    """Return the value of polynomials of shape (coefficients, ...)."""
    *rest, value = coefficients.unbind()
    for coefficient in reversed(rest):
        value = torch.addcmul(coefficient, value, x)
    return value


def _correction(table: Table, x: Tensor, inverse_df: Tensor) -> Tensor:
    """Return ``inverse_df`` times the value of a table's polynomials, in few operators."""
    weight, bias = _linear_map(table, x.dtype, x.device)
    powers = x.unsqueeze(-1).expand(*x.shape, weight.shape[1]).cumprod(-1)
    powers_df = inverse_df.unsqueeze(-1).expand(*inverse_df.shape, len(bias)).cumprod(-1)
    return linear(powers, weight, bias).mul_(powers_df).sum(-1)


@lru_cache(maxsize=64)
def _linear_map(table: Table, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the columns of a table without the first, and the first."""
    by_power = _tensor(table, dtype, device)
    with torch.inference_mode(False):
        return by_power[:, 1:].contiguous(), by_power[:, 0].contiguous()


@lru_cache(maxsize=64)
def _tensor(table: Table, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return a table, shape (powers of 1 / df, powers of x)."""
    with torch.inference_mode(False):  # the next caller may be outside of inference mode
        return torch.tensor(table, dtype=dtype, device=device)
