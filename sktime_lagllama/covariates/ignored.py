"""The warning that X is ignored."""

from __future__ import annotations

import warnings
from typing import Any

_WARNED: set[str] = set()
"""Columns that a warning has named. A backtest or a grid search passes the same ones many times."""


def warn_of_ignored_columns(X: Any) -> None:
    """Warn that X is ignored, once per process for the same columns.

    Parameters
    ----------
    X : time series in sktime compatible format
    """
    columns = getattr(X, "columns", None)
    names = "" if columns is None else f" (columns {', '.join(map(repr, columns))})"
    if names in _WARNED:
        return
    _WARNED.add(names)
    warnings.warn(
        f"X{names} is ignored: LagLlamaForecaster uses covariates only with covariates='ridge'",
        UserWarning,
        stacklevel=3,
    )
