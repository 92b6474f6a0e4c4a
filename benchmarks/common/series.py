"""Series that the timings run on."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sktime.datasets import load_airline


def airline() -> pd.DataFrame:
    """Return sktime's airline data, as the data frame that the adapter works on inside.

    Returns
    -------
    pd.DataFrame
        144 months, one column.
    """
    return load_airline().astype(float).to_frame("passengers")


def airline_like(num_series: int, seed: int = 0) -> pd.DataFrame:
    """Return a panel of the airline data with random levels and noise.

    Parameters
    ----------
    num_series : int
    seed : int, default=0

    Returns
    -------
    pd.DataFrame
        One column, indexed by series and month.
    """
    random = np.random.default_rng(seed)
    original = airline()
    noise = np.exp(0.05 * random.standard_normal((num_series, len(original))))
    levels = np.exp(random.standard_normal(num_series))
    series = {
        # Names that sort as the series do: otherwise sktime compares them one by one.
        f"series {number:05d}": original * noise[number][:, None] * levels[number]
        for number in range(num_series)
    }
    return pd.concat(series, names=["series", "month"])


def first_of(y: pd.DataFrame, num_series: int) -> pd.DataFrame:
    """Return the first series of a panel; one series alone is returned as it is.

    Parameters
    ----------
    y : pd.DataFrame
        One series, or a panel as ``airline_like`` returns it.
    num_series : int

    Returns
    -------
    pd.DataFrame
    """
    if y.index.nlevels == 1:
        return y
    names = y.index.unique(0)[:num_series]
    return y.loc[names[0] : names[-1]]
