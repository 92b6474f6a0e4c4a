"""Scores of forecasts of real series, relative to the seasonal naive forecast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.data.time_grid import grid_of
from sktime_lagllama.evaluation.quantile_loss import DECILES, REPORTED_LEVELS, pinball_loss
from sktime_lagllama.evaluation.seasonal_naive import seasonal_naive_quantiles
from sktime_lagllama.forecasting import summary_statistics
from sktime_lagllama.forecasting.resolutions import draw_paths
from sktime_lagllama.forecasting.rows import Rows
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.pretraining.validation.groups import GROUPS
from sktime_lagllama.pretraining.validation.windows import RealWindow
from sktime_lagllama.sampling.options import SamplingOptions

_COLUMN_OF_LEVEL = {level: column for column, level in enumerate(REPORTED_LEVELS)}
_DECILE_COLUMNS = [_COLUMN_OF_LEVEL[level] for level in DECILES]
_LOSSES = ["MASE", "WQL"]
_NUMBERS = ["series", "windows"]
_AVERAGED = [*_LOSSES, "coverage_80", "coverage_95"]


def model_quantiles(
    model: LagLlama,
    windows: Sequence[RealWindow],
    num_samples: int = 100,
    seed: int = 0,
    context_length: int | None = None,
) -> list[Float64Array]:
    """Forecast windows by a network, all those of a group in one batch.

    Parameters
    ----------
    model : LagLlama
    windows : sequence of RealWindow
    num_samples : int, default=100
    seed : int, default=0
    context_length : int, optional
        None: what its configuration says for the step.

    Returns
    -------
    list of float64 arrays of shape (targets, levels)
        One for each window, in data units, at ``REPORTED_LEVELS``.
    """
    options = SamplingOptions(num_samples=num_samples, seed=seed, context_length=context_length)
    forecasts: dict[int, Float64Array] = {}
    for group in dict.fromkeys(window.series.group for window in windows):
        places = [i for i, window in enumerate(windows) if window.series.group == group]
        batch = _batch_of_histories([windows[i].history for i in places])
        cutoffs = batch.starts + batch.lengths - 1
        rows = Rows.numbered(np.arange(batch.num_series), cutoffs)
        paths = draw_paths(model, batch, rows, GROUPS[group].horizon, options)
        # (windows of the group, horizon, levels)
        of_group = summary_statistics.quantiles(paths, REPORTED_LEVELS)
        for row, i in enumerate(places):
            forecasts[i] = of_group[row, : len(windows[i].targets)]
    return [forecasts[i] for i in range(len(windows))]


def naive_quantiles(windows: Sequence[RealWindow]) -> list[Float64Array]:
    """Forecast windows by the seasonal naive method.

    Parameters
    ----------
    windows : sequence of RealWindow

    Returns
    -------
    list of float64 arrays of shape (targets, levels)
        One for each window, in data units, at ``REPORTED_LEVELS``.
    """
    return [
        seasonal_naive_quantiles(
            window.history.to_numpy(), window.series.season, len(window.targets), REPORTED_LEVELS
        )
        for window in windows
    ]


def losses(windows: Sequence[RealWindow], forecasts: Sequence[Float64Array]) -> pd.DataFrame:
    """Compare forecasts with the observed targets.

    Parameters
    ----------
    windows : sequence of RealWindow
    forecasts : sequence of float64 arrays of shape (targets, levels)
        In data units, at ``REPORTED_LEVELS``.

    Returns
    -------
    pd.DataFrame
        A row for each horizon of each window, except where no target is observed, with the columns
        "group", "horizon", "source", "name", "shortened", "MASE", "WQL" (twice the mean pinball
        loss over the deciles, scaled as MASE is), "coverage_80" and "coverage_95" (shares of
        targets in these intervals).
    """
    rows = [
        _losses_of_one(window, quantiles, horizon)
        for window, quantiles in zip(windows, forecasts, strict=True)
        for horizon in window.horizons
        if window.targets[:horizon].notna().any()
    ]
    return pd.DataFrame(rows)


def _losses_of_one(window: RealWindow, quantiles: Float64Array, horizon: int) -> dict[str, Any]:
    """Return a row of ``losses``; quantiles have shape (targets, levels)."""
    observed = window.targets[:horizon].notna().to_numpy()
    targets = window.targets[:horizon].to_numpy()[observed]
    quantiles = quantiles[:horizon][observed]
    errors = targets - quantiles[:, _COLUMN_OF_LEVEL[0.5]]
    pinball = pinball_loss(targets, quantiles[:, _DECILE_COLUMNS], DECILES)
    return {
        "group": window.series.group,
        "horizon": horizon,
        "source": window.series.source,
        "name": window.series.name,
        "shortened": window.shortened,
        "MASE": np.abs(errors).mean() / window.scale,
        "WQL": 2 * pinball.mean() / window.scale,
        "coverage_80": _coverage(targets, quantiles, 0.1, 0.9),
        "coverage_95": _coverage(targets, quantiles, 0.025, 0.975),
    }


def compare(
    windows: Sequence[RealWindow],
    forecasts: Sequence[Float64Array],
    by: Sequence[str] = ("group",),
) -> pd.DataFrame:
    """Compare forecasts with those of the seasonal naive method, data set by data set.

    Parameters
    ----------
    windows : sequence of RealWindow
    forecasts : sequence of float64 arrays of shape (targets, levels)
        In data units, at ``REPORTED_LEVELS``.
    by : sequence of str, default=("group",)
        Columns of ``losses`` that name the parts of the table: ("group", "horizon") keeps the
        horizons of a group apart.

    Returns
    -------
    pd.DataFrame
        Indexed by these and the source: "MASE", "WQL", "MASE_naive", "WQL_naive", "coverage_80",
        "coverage_95", each the mean over the data set's windows, and the numbers "series" and
        "windows".
    """
    by_window = losses(windows, forecasts)
    naive = losses(windows, naive_quantiles(windows))
    by_window = by_window.assign(MASE_naive=naive["MASE"], WQL_naive=naive["WQL"], windows=1)
    by_source = by_window.groupby([*by, "source"], sort=False)
    means = by_source[[*_AVERAGED, "MASE_naive", "WQL_naive"]].mean()
    return means.assign(series=by_source["name"].nunique(), windows=by_source["windows"].sum())


def summarise(by_source: pd.DataFrame) -> pd.DataFrame:
    """Average over the data sets of each part, and divide by the seasonal naive's average.

    Parameters
    ----------
    by_source : pd.DataFrame
        What ``compare`` returns.

    Returns
    -------
    pd.DataFrame
        Indexed as it is, but for the source, with the columns "MASE" and "WQL", ratios to the
        seasonal naive, "coverage_80", "coverage_95", "series" and "windows". The last row, "all",
        has geometric means of the ratios, means of the coverages, and the sums of the groups'
        numbers.
    """
    parts = [level for level in by_source.index.names if level != "source"]
    by_group = by_source.groupby(level=parts, sort=False)
    table = by_group[_AVERAGED].mean()
    for loss in _LOSSES:
        table[loss] /= by_group[f"{loss}_naive"].mean()
    table[_NUMBERS] = by_group[_NUMBERS].sum()
    overall = table.mean()
    overall[_LOSSES] = np.exp(np.log(table[_LOSSES]).mean())
    # A window is scored at several horizons, but counts once.
    overall[_NUMBERS] = table[_NUMBERS].groupby(level="group").max().sum()
    table.loc["all" if len(parts) == 1 else ("all", *[""] * (len(parts) - 1)), :] = overall
    return table.astype(dict.fromkeys(_NUMBERS, int))


def score(
    model: LagLlama,
    windows: Sequence[RealWindow],
    num_samples: int = 100,
    seed: int = 0,
    context_length: int | None = None,
) -> pd.DataFrame:
    """Score a network.

    Parameters
    ----------
    model : LagLlama
        On any device.
    windows : sequence of RealWindow
    num_samples : int, default=100
        Paths per window. Half as many or fewer will do to follow a training.
    seed : int, default=0
    context_length : int, optional
        None: what its configuration says for the step.

    Returns
    -------
    pd.DataFrame
        As ``summarise`` returns.
    """
    return summarise(
        compare(windows, model_quantiles(model, windows, num_samples, seed, context_length))
    )


def _batch_of_histories(histories: Sequence[pd.Series]) -> SeriesBatch:
    """Return series of one frequency as a batch, in their order."""
    grid = grid_of(histories[0].index)
    return SeriesBatch(
        values=np.concatenate([history.to_numpy() for history in histories]),
        lengths=np.array([len(history) for history in histories]),
        starts=np.array([grid.positions(history.index[:1])[0] for history in histories]),
        grid=grid,
        instances=None,
        columns=pd.RangeIndex(len(histories)),
    )


def _coverage(
    targets: Float64Array, quantiles: Float64Array, lower_level: float, upper_level: float
) -> float:
    """Return the share of targets in an interval; shapes (targets,) and (targets, levels)."""
    lower = quantiles[:, _COLUMN_OF_LEVEL[lower_level]]
    upper = quantiles[:, _COLUMN_OF_LEVEL[upper_level]]
    return float(((lower <= targets) & (targets <= upper)).mean())
