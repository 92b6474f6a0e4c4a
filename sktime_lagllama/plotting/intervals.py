"""Central intervals in the tables of ``predict_quantiles`` and ``predict_interval``."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float64Array


class CentralInterval(NamedTuple):
    """An interval with as much probability below it as above it.

    Parameters
    ----------
    coverage : float
        Probability inside.
    lower, upper : float64 array of shape (times,)
    """

    coverage: float
    lower: Float64Array
    upper: Float64Array

    @property
    def label(self) -> str:
        """What it is called in a legend."""
        return f"{100 * self.coverage:.4g} % interval"


def of_one_variable(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table without its level of variables.

    Parameters
    ----------
    name : str
        Of the parameter, for the message.
    table : pd.DataFrame
        As ``predict_quantiles`` or ``predict_interval`` returns it.

    Returns
    -------
    pd.DataFrame

    Raises
    ------
    TypeError
        If it is no such table.
    ValueError
        If it has several variables.
    """
    if not isinstance(table, pd.DataFrame) or table.columns.nlevels not in (2, 3):
        raise TypeError(
            f"{name} must be what predict_quantiles or predict_interval returns, but found "
            f"{type(table).__name__}"
        )
    variables = list(table.columns.unique(level=0))
    if len(variables) != 1:
        raise ValueError(
            f"{name} must have one variable, but found {variables}: draw them one by one"
        )
    return table.droplevel(0, axis=1)


def central_intervals(name: str, table: pd.DataFrame) -> list[CentralInterval]:
    """Return the central intervals of a table, the widest first.

    Parameters
    ----------
    name : str
        Of the parameter, for the message.
    table : pd.DataFrame
        As ``predict_quantiles`` or ``predict_interval`` returns it.

    Returns
    -------
    list of CentralInterval

    Raises
    ------
    TypeError
        If it is no such table.
    ValueError
        If it has several variables, or a quantile without its counterpart on the other side.
    """
    values = of_one_variable(name, table)
    if values.columns.nlevels == 2:
        coverages = sorted(values.columns.unique(level=0), reverse=True)
        return [
            CentralInterval(
                float(coverage),
                values[coverage]["lower"].to_numpy(dtype=np.float64),
                values[coverage]["upper"].to_numpy(dtype=np.float64),
            )
            for coverage in coverages
        ]
    levels = np.sort(values.columns.to_numpy(dtype=np.float64))
    if not np.allclose(levels + levels[::-1], 1):
        raise ValueError(
            f"{name} must have quantiles on both sides of the median, such as 0.1 and 0.9, but "
            f"found those at {levels.tolist()}"
        )
    ordered = values[levels].to_numpy(dtype=np.float64)
    return [
        CentralInterval(
            round(float(levels[-1 - number] - levels[number]), 12),
            ordered[:, number],
            ordered[:, -1 - number],
        )
        for number in range(len(levels) // 2)
    ]


def median(name: str, table: pd.DataFrame) -> pd.Series | None:
    """Return the median in a table of quantiles, or None if it has none.

    Parameters
    ----------
    name : str
        Of the parameter, for the message.
    table : pd.DataFrame
        As ``predict_quantiles`` or ``predict_interval`` returns it.

    Returns
    -------
    pd.Series or None
    """
    values = of_one_variable(name, table)
    return values[0.5] if values.columns.nlevels == 1 and 0.5 in values.columns else None
