"""What sktime's ``evaluate`` returns, fold by fold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from sktime_lagllama._typing import IntArray


class Fold(NamedTuple):
    """A forecast of a backtest.

    Parameters
    ----------
    past : pd.Series or pd.DataFrame
        What was known.
    actual : pd.Series or pd.DataFrame
        What was forecast; a data frame if it is a panel.
    point : pd.Series, pd.DataFrame or None
        Point forecast, if it was scored.
    table : pd.DataFrame or None
        Quantiles, or else intervals, if they were scored.
    """

    past: pd.Series | pd.DataFrame
    actual: pd.Series | pd.DataFrame
    point: pd.Series | pd.DataFrame | None
    table: pd.DataFrame | None


def read_folds(results: pd.DataFrame) -> list[Fold]:
    """Return the folds of a backtest; those in which the forecaster failed are left out.

    Parameters
    ----------
    results : pd.DataFrame
        Of ``evaluate(..., return_data=True)``.

    Returns
    -------
    list of Fold

    Raises
    ------
    ValueError
        If data are missing.
    """
    for column in ("y_train", "y_test"):
        if not isinstance(results, pd.DataFrame) or column not in results:
            raise ValueError(
                "results must be what sktime's evaluate(..., return_data=True) returns, but found "
                f"no column {column!r}"
            )
    folds = [_fold(row) for _, row in results.iterrows()]
    forecast = [fold for fold in folds if fold.point is not None or fold.table is not None]
    if not forecast:
        raise ValueError("results must have forecasts, but found none in any fold")
    return forecast


def tables(folds: list[Fold]) -> list[pd.DataFrame]:
    """Return the quantiles or intervals of folds.

    Parameters
    ----------
    folds : list of Fold

    Returns
    -------
    list of pd.DataFrame

    Raises
    ------
    ValueError
        If folds have none.
    """
    found = [fold.table for fold in folds if fold.table is not None]
    if len(found) < len(folds):
        raise ValueError(
            "results must have quantiles or intervals, but found only point forecasts: add "
            "PinballLoss(alpha=[0.1, 0.5, 0.9]), for example, to the scoring of evaluate"
        )
    return found


def steps_ahead(fold: Fold) -> IntArray:
    """Return how many steps after the cutoff each row of a fold lies.

    Parameters
    ----------
    fold : Fold

    Returns
    -------
    int64 array of shape (rows,)

    Raises
    ------
    ValueError
        If the times of the series are not regular.
    """
    past = fold.past.index.get_level_values(-1).unique().sort_values()
    times = fold.actual.index.get_level_values(-1)
    if isinstance(past, pd.DatetimeIndex):
        freq = pd.infer_freq(past) if len(past) >= 3 else None
        if freq is None:
            raise ValueError(
                "results must be of a series with regular times, but found no step between "
                f"those up to {past[-1]}"
            )
        return pd.date_range(past[-1], times.max(), freq=freq).get_indexer(times)
    from sktime.forecasting.base import ForecastingHorizon

    relative = ForecastingHorizon(times.unique(), is_relative=False).to_relative(past[-1:])
    steps = np.asarray(relative.to_numpy(), dtype=np.int64)
    return steps[times.unique().get_indexer(times)]


def _fold(row: pd.Series) -> Fold:
    found = {
        name: row[name] if isinstance(row.get(name), pd.Series | pd.DataFrame) else None
        for name in ("y_pred", "y_pred_quantiles", "y_pred_interval")
    }
    table = found["y_pred_quantiles"]
    if table is None:
        table = found["y_pred_interval"]
    return Fold(row["y_train"], row["y_test"], found["y_pred"], table)
