"""Which regression a series gets: chosen by how well it would have forecast, at several times.

Differences of y are regressed on differences of the features: so neither the level nor the season
of y, which the network forecasts, is explained by columns that happen to rise or swing with it.
To be chosen are the lag of the differences (one step, or a season), the set of features, and the
penalty. At each of several times, which grow apart as the history grows, every candidate is
estimated from what lies before, and forecasts the difference of y from one season to the next, up
to the next of these times. That has a closed form for all penalties together. The candidate with
the smallest sum of squared errors so far is used up to the next time. One of them is no regression.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sktime_lagllama._typing import BoolArray, Float64Array, IntArray
from sktime_lagllama.covariates.features import Standards, feature_sets, features, standards_of
from sktime_lagllama.covariates.ridge import (
    CompleteRows,
    Sums,
    complete_rows,
    differences,
    intercept,
    path_of_coefficients,
    solve,
    sums_of,
)

PENALTIES = np.array([1e-4, 1e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 3.0])
FIRST_TIME, GROWTH = 8, 1.25
"""The first of the times at which candidates are compared, and how much later each next one is."""

MIN_ROWS_PER_FEATURE = 2
"""Rows without which coefficients are zero: they would tell of chance."""

MEMORY = 0.8
"""Weight of earlier errors, when those up to the next of the times are added."""

MAX_AUTOCORRELATION = 0.99


class Choice(NamedTuple):
    """The regression of each series from one of the times on.

    Attributes
    ----------
    standards : Standards of shape (series, columns)
    lag : int64 array of shape (series,)
        Of the differences.
    num_features : int64 array of shape (series,)
        The first ones are used.
    penalty : float64 array of shape (series,)
        As ``ridge.solve`` takes it; infinite if there is no regression.
    inflation : float64 array of shape (series, features)
        As ``ridge.solve`` takes it.
    """

    standards: Standards
    lag: IntArray
    num_features: IntArray
    penalty: Float64Array
    inflation: Float64Array

    def of(self, series: Any) -> Choice:
        """Return that of some series, indexed as numpy indexes."""
        return Choice(self.standards.of(series), *(part[series] for part in self[1:]))


class _Candidate(NamedTuple):
    lag: int
    num_features: int


def comparison_times(length: int) -> list[int]:
    """Return the times at which candidates are compared, in steps from a series' start.

    Parameters
    ----------
    length : int
        Steps in the series.

    Returns
    -------
    list of int
        Rising, at most ``length``; 0 is the first: from there to the next one nothing is known.
    """
    times = [0, FIRST_TIME]
    while times[-1] < length:
        times.append(int(np.ceil(times[-1] * GROWTH)))
    return [time for time in times if time <= length]


def choices(y: Float64Array, x: Float64Array, positions: IntArray, season: int) -> list[Choice]:
    """Choose the regressions of a batch of series, at each of the ``comparison_times``.

    Nothing at or after one of these times has an influence on what is chosen there.

    Parameters
    ----------
    y : float64 array of shape (series, times)
        NaN where missing, and after the end of shorter series.
    x : float64 array of shape (series, times, columns)
    positions : int64 array of shape (series, times)
        Of the times on the grid.
    season : int
        Steps in a season.

    Returns
    -------
    list of Choice of shape (series,)
    """
    times = comparison_times(y.shape[1])
    sizes = feature_sets(x.shape[2], season)
    lags = [1] if season == 1 else [1, season]
    candidates = [_Candidate(lag, size) for lag in lags for size in sizes]
    num_losses = len(candidates) * len(PENALTIES) + 1
    losses = {lag: np.zeros((len(y), num_losses)) for lag in lags}
    result = []
    # What follows the last of these times is judged when the next one is reached.
    for time, stop in zip(times, [*times[1:], times[-1]], strict=True):
        standards = standards_of(x[:, :time])
        block = features(x[:, :stop], standards, positions[:, :stop], season)
        rows = {
            lag: complete_rows(differences(y[:, :stop], lag), differences(block, lag))
            for lag in lags
        }
        past = {lag: of_lag.between(0, time) for lag, of_lag in rows.items()}
        sums = {lag: sums_of(of_lag) for lag, of_lag in past.items()}
        judging_lag = season if time >= 2 * season else 1
        best = losses[judging_lag].argmin(axis=1)
        result.append(_choice(best, candidates, standards, past, sums))
        if stop > time:
            paths = [_path(_first(sums[one.lag], one.num_features)) for one in candidates]
            for lag, of_lag in rows.items():
                losses[lag] *= MEMORY
                losses[lag] += _losses(of_lag.between(time, stop), paths, sums[lag])
    return result


def _choice(
    best: IntArray,
    candidates: list[_Candidate],
    standards: Standards,
    past: dict[int, CompleteRows],
    sums: dict[int, Sums],
) -> Choice:
    """Return the choice of the candidates with these numbers; number 0 is no regression."""
    is_none = best == 0
    numbers, of_penalty = np.divmod(np.maximum(best - 1, 0), len(PENALTIES))
    lag = np.array([one.lag for one in candidates])[numbers]
    num_features = np.array([one.num_features for one in candidates])[numbers]
    penalty = np.where(is_none, np.inf, PENALTIES[of_penalty])
    inflation = np.ones(next(iter(sums.values())).xy.shape)
    for one_lag, rows in past.items():
        mine = np.flatnonzero((lag == one_lag) & ~is_none)
        if len(mine) > 0:
            parts = sums[one_lag].of(mine)
            found = solve(parts, penalty[mine], num_features[mine], inflation[mine])
            inflation[mine] = _inflation(rows.of(mine), found.coefficients, parts)
    return Choice(standards, lag, num_features, penalty, inflation)


def _path(sums: Sums) -> Float64Array:
    """Return the coefficients for all penalties, zeros where there are too few rows for them."""
    path = np.zeros((*sums.x.shape, len(PENALTIES)))
    is_enough = sums.num_rows >= MIN_ROWS_PER_FEATURE * path.shape[1]
    if is_enough.any():
        path[is_enough] = path_of_coefficients(sums.of(is_enough), PENALTIES)
    return path


def _first(sums: Sums, num_features: int) -> Sums:
    """Return the sums of the first features only."""
    some = slice(num_features)
    return sums._replace(x=sums.x[:, some], xy=sums.xy[:, some], xx=sums.xx[:, some, some])


def _losses(rows: CompleteRows, paths: list[Float64Array], past: Sums) -> Float64Array:
    """Return the squared errors of no regression, and of each candidate with each penalty.

    Parameters
    ----------
    rows : CompleteRows of shape (series, times)
    paths : list of float64 array of shape (series, features of the candidate, penalties)
    past : Sums of shape (series,)
        Over earlier differences of the same lag. Their mean residual, the drift of what is left, is
        expected to go on.

    Returns
    -------
    float64 array of shape (series, 1 + candidates * penalties)
    """
    none = np.zeros((len(rows.y), 1, 1))
    losses = []
    for path in (none, *paths):
        num_features = path.shape[1]
        drift = intercept(_first(past, num_features), path)
        errors = rows.y[:, :, None] - rows.x[:, :, :num_features] @ path - drift[:, None]
        losses.append((np.square(errors) * rows.valid[:, :, None]).sum(axis=1))
    return np.concatenate(losses, axis=1)


def _inflation(rows: CompleteRows, coefficients: Float64Array, sums: Sums) -> Float64Array:
    """Return how much the dependence of rows widens the variance of each coefficient.

    ``(1 + a b) / (1 - a b)``, where a and b are the correlations of neighbours in the residuals and
    in the feature: the variance of a mean product of two first-order autoregressions (Bartlett,
    1935), relative to that of independent values.

    Parameters
    ----------
    rows : CompleteRows of shape (series, times)
    coefficients : float64 array of shape (series, features)
    sums : Sums of shape (series,)
        Over these rows.

    Returns
    -------
    float64 array of shape (series, features)
        At least 1.
    """
    residuals = rows.y - (rows.x @ coefficients[:, :, None])[:, :, 0]
    residuals = residuals - intercept(sums, coefficients)[:, None]
    x = rows.x - (sums.x / np.maximum(sums.num_rows, 1.0)[:, None])[:, None]
    both = rows.valid[:, 1:] & rows.valid[:, :-1]
    product = _autocorrelation(residuals[:, :, None], both) * _autocorrelation(x, both)
    product = np.clip(product, 0.0, MAX_AUTOCORRELATION)
    return (1 + product) / (1 - product)


def _autocorrelation(values: Float64Array, both: BoolArray) -> Float64Array:
    """Return the correlation of neighbours, shape (series, features), 0 where undefined.

    Parameters
    ----------
    values : float64 array of shape (series, times, features)
    both : bool array of shape (series, times - 1)
        Where a value and the next one are observed.
    """
    first, second = values[:, :-1] * both[:, :, None], values[:, 1:] * both[:, :, None]
    products = (first * second).sum(axis=1)
    sizes = np.sqrt(np.square(first).sum(axis=1) * np.square(second).sum(axis=1))
    return np.divide(products, sizes, out=np.zeros_like(products), where=sizes > 0)
