"""Ridge regression of many series at once, from sums over their times."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sktime_lagllama._typing import BoolArray, Float64Array, IntArray


class Sums(NamedTuple):
    """What a regression needs of its rows: enough for every penalty and choice of features.

    Attributes
    ----------
    num_rows : float64 array of shape (series,)
    y : float64 array of shape (series,)
        Sum of the targets.
    x : float64 array of shape (series, features)
        Sums of the features.
    yy : float64 array of shape (series,)
        Sum of the squared targets.
    xy : float64 array of shape (series, features)
        Sums of the products of targets and features.
    xx : float64 array of shape (series, features, features)
        Sums of the products of features.
    """

    num_rows: Float64Array
    y: Float64Array
    x: Float64Array
    yy: Float64Array
    xy: Float64Array
    xx: Float64Array

    def of(self, series: Any) -> Sums:
        """Return those of some series, indexed as numpy indexes."""
        return Sums(*(part[series] for part in self))


class Solution(NamedTuple):
    """Coefficients, and how uncertain they are.

    Attributes
    ----------
    coefficients : float64 array of shape (series, features)
    root : float64 array of shape (series, features, features)
        ``root @ root.T`` is the covariance of the coefficients: ``root @ z`` with independent
        standard normal z is a draw of their deviation.
    """

    coefficients: Float64Array
    root: Float64Array


class CompleteRows(NamedTuple):
    """Rows of a regression; those with a missing value are all zeros.

    Attributes
    ----------
    y : float64 array of shape (series, times)
    x : float64 array of shape (series, times, features)
    valid : bool array of shape (series, times)
        Which rows have no missing value.
    """

    y: Float64Array
    x: Float64Array
    valid: BoolArray

    def of(self, series: Any) -> CompleteRows:
        """Return those of some series, indexed as numpy indexes."""
        return CompleteRows(self.y[series], self.x[series], self.valid[series])

    def between(self, first: int, stop: int) -> CompleteRows:
        """Return the rows of some times, ``stop`` exclusive."""
        times = slice(first, stop)
        return CompleteRows(self.y[:, times], self.x[:, times], self.valid[:, times])


def differences(values: Float64Array, lag: int) -> Float64Array:
    """Return values minus those ``lag`` steps before, of the shape (series, times, ...) of values.

    The first ``lag`` are NaN.
    """
    result = np.full_like(values, np.nan)
    result[:, lag:] = values[:, lag:] - values[:, :-lag]
    return result


def complete_rows(y: Float64Array, x: Float64Array) -> CompleteRows:
    """Return rows without missing values.

    Parameters
    ----------
    y : float64 array of shape (series, times)
    x : float64 array of shape (series, times, features)

    Returns
    -------
    CompleteRows of shape (series, times)
    """
    valid = ~np.isnan(y) & ~np.isnan(x).any(axis=-1)
    return CompleteRows(np.where(valid, y, 0.0), np.where(valid[:, :, None], x, 0.0), valid)


def sums_of(rows: CompleteRows) -> Sums:
    """Sum over rows.

    Parameters
    ----------
    rows : CompleteRows of shape (series, times)

    Returns
    -------
    Sums of shape (series,)
    """
    transposed = rows.x.swapaxes(1, 2)
    return Sums(
        num_rows=rows.valid.sum(axis=1).astype(np.float64),
        y=rows.y.sum(axis=1),
        x=rows.x.sum(axis=1),
        yy=np.square(rows.y).sum(axis=1),
        xy=(transposed @ rows.y[:, :, None])[:, :, 0],
        xx=transposed @ rows.x,
    )


def path_of_coefficients(sums: Sums, penalties: Float64Array) -> Float64Array:
    """Return the coefficients for several penalties.

    Parameters
    ----------
    sums : Sums of shape (series,)
    penalties : float64 array of shape (penalties,)
        As ``solve`` takes them.

    Returns
    -------
    float64 array of shape (series, features, penalties)
    """
    size, _, moment, correlation = _standardized(sums)
    identity = np.eye(size.shape[1])
    # For a handful of penalties this is faster than to diagonalise once.
    solved = [
        np.linalg.solve(correlation + penalty * identity, moment[:, :, None])
        for penalty in penalties
    ]
    return np.concatenate(solved, axis=2) / size[:, :, None]


def solve(
    sums: Sums, penalty: Float64Array, num_features: IntArray, inflation: Float64Array
) -> Solution:
    """Return the coefficients for one penalty and set of features per series.

    The penalty is the variance of the noise over that which a coefficient has before any data, in
    units in which features have mean square 1, and per row: the coefficients minimise the mean
    squared error plus ``penalty`` times their sum of squares. So they are the mean of a normal
    distribution, whose covariance is that of Hoerl and Kennard's Bayesian ridge (1970), with the
    mean square of the residuals, over the remaining degrees of freedom, as the noise.

    Parameters
    ----------
    sums : Sums of shape (series,)
    penalty : float64 array of shape (series,)
        Infinite: all coefficients are 0, with certainty.
    num_features : int64 array of shape (series,)
        The first ones are used, the coefficients of others are 0.
    inflation : float64 array of shape (series, features)
        Factor by which dependent rows widen the variance of each coefficient.

    Returns
    -------
    Solution of shape (series,)
    """
    size, yy, moment, correlation = _standardized(sums)
    identity = np.eye(size.shape[1])
    used = (np.arange(size.shape[1]) < num_features[:, None]) & np.isfinite(penalty)[:, None]
    correlation = correlation * used[:, :, None] * used[:, None, :]
    moment = moment * used
    penalty = np.where(np.isfinite(penalty), penalty, 1.0)
    triangle = np.linalg.cholesky(correlation + penalty[:, None, None] * identity)
    # The precision is triangle @ triangle.T, so the covariance is root @ root.T.
    root = np.linalg.inv(triangle).swapaxes(1, 2)
    solved = (root @ (root.swapaxes(1, 2) @ moment[:, :, None]))[:, :, 0]
    count = np.maximum(sums.num_rows, 1.0)
    fitted = (correlation @ solved[:, :, None])[:, :, 0]
    mean_square = np.maximum(
        yy - 2 * (moment * solved).sum(axis=1) + (fitted * solved).sum(axis=1), 0.0
    )
    degrees = size.shape[1] - penalty * np.square(root).sum(axis=(1, 2))
    noise = mean_square * count / np.maximum(count - degrees - 1.0, 1.0)
    root = root * np.sqrt(noise / count)[:, None, None]
    root = root * (used * np.sqrt(inflation) / size)[:, :, None]
    return Solution(solved / size, root)


class _Standardized(NamedTuple):
    """Means over the rows, of deviations from the mean, features in units of their deviation.

    Attributes
    ----------
    size : float64 array of shape (series, features)
        Standard deviation. Infinite for a feature that is constant: its coefficient is 0.
    yy : float64 array of shape (series,)
    xy : float64 array of shape (series, features)
    xx : float64 array of shape (series, features, features)
    """

    size: Float64Array
    yy: Float64Array
    xy: Float64Array
    xx: Float64Array


def _standardized(sums: Sums) -> _Standardized:
    """Return the means of products, in units in which features have variance 1."""
    count = np.maximum(sums.num_rows, 1.0)
    x, y = sums.x / count[:, None], sums.y / count
    xx = sums.xx / count[:, None, None] - x[:, :, None] * x[:, None, :]
    xy = sums.xy / count[:, None] - x * y[:, None]
    yy = np.maximum(sums.yy / count - np.square(y), 0.0)
    mean_square = np.diagonal(sums.xx, axis1=1, axis2=2) / count[:, None]
    variance = np.diagonal(xx, axis1=1, axis2=2)
    # What rounding leaves of a constant is no deviation.
    is_constant = variance <= 1e-10 * mean_square + 1e-18
    size = np.where(is_constant, np.inf, np.sqrt(np.where(is_constant, 1.0, variance)))
    return _Standardized(size, yy, xy / size, xx / size[:, :, None] / size[:, None, :])


def intercept(sums: Sums, coefficients: Float64Array) -> Float64Array:
    """Return what makes the mean residual zero.

    Parameters
    ----------
    sums : Sums of shape (series,)
    coefficients : float64 array of shape (series, features, ...)

    Returns
    -------
    float64 array of shape (series, ...)
    """
    count = np.maximum(sums.num_rows, 1.0)
    y = (sums.y / count).reshape(-1, *[1] * (coefficients.ndim - 2))
    return y - np.einsum("sf,sf...->s...", sums.x / count[:, None], coefficients)
