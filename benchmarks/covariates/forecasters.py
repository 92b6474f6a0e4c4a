"""What is compared: each turns a history and covariates into quantiles."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sktime.forecasting.statsforecast import StatsForecastAutoARIMA, StatsForecastAutoETS

from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama._typing import Float64Array
from sktime_lagllama.covariates.effect import effect_of
from sktime_lagllama.covariates.remainder import Remainder
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.evaluation.quantile_loss import DECILES
from sktime_lagllama.evaluation.seasonal_naive import seasonal_naive_quantiles

LONG_SEASON = 13
"""From this many steps in a season on, others than ours get only the end of the history."""

SEASONS_OF_ARIMA = 7
SEASONS_OF_OTHERS = 28

Forecast = Callable[[pd.Series, pd.DataFrame, pd.DataFrame, int], Float64Array]
"""Takes y, X up to the cutoff, X of the horizon and the season, returns (horizon, deciles)."""


def seasonal_naive(
    y: pd.Series, X: pd.DataFrame, future: pd.DataFrame, season: int
) -> Float64Array:
    """Repeat the last season, without X."""
    return seasonal_naive_quantiles(y.to_numpy(), season, len(future), DECILES)


def lag_llama(y: pd.Series, X: pd.DataFrame, future: pd.DataFrame, season: int) -> Float64Array:
    """Forecast with the default settings, without X."""
    forecaster = LagLlamaForecaster(random_state=0).fit(y)
    return _quantiles(forecaster.predict_quantiles(_steps(future), alpha=list(DECILES)))


def lag_llama_ridge(
    y: pd.Series, X: pd.DataFrame, future: pd.DataFrame, season: int
) -> Float64Array:
    """Forecast with ``covariates="ridge"`` and otherwise the default settings."""
    forecaster = LagLlamaForecaster(random_state=0, covariates="ridge").fit(y, X)
    return _quantiles(forecaster.predict_quantiles(_steps(future), X=future, alpha=list(DECILES)))


def ridge_ets(y: pd.Series, X: pd.DataFrame, future: pd.DataFrame, season: int) -> Float64Array:
    """Forecast the residuals of scikit-learn's ridge by AutoETS."""
    ridge = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-4, 4, 17)))
    observed = y.notna().to_numpy()
    ridge.fit(X[observed], y[observed])
    explained = pd.Series(ridge.predict(X), y.index)
    left = (y - explained).interpolate(limit_direction="both")
    return _ets(left, season, len(future)) + np.asarray(ridge.predict(future))[:, None]


def own_ridge_ets(y: pd.Series, X: pd.DataFrame, future: pd.DataFrame, season: int) -> Float64Array:
    """Forecast what the regression of ``covariates="ridge"`` leaves by AutoETS."""
    series = to_series_batch(y)
    cutoff = int(series.starts[0] + series.lengths[0]) - 1
    remainder = Remainder.read(series, X, cutoff)
    effect = effect_of(remainder, future, cutoff, np.arange(1, len(future) + 1), seed=0)
    left = pd.Series(remainder.values, y.index).interpolate(limit_direction="both")
    return _ets(left, season, len(future)) + effect.shift[0][:, None]


def auto_arima(y: pd.Series, X: pd.DataFrame, future: pd.DataFrame, season: int) -> Float64Array:
    """Forecast by AutoARIMA with X."""
    y = y.interpolate(limit_direction="both")
    if season >= LONG_SEASON:
        last = season * SEASONS_OF_ARIMA
        y, X = y.iloc[-last:], X.iloc[-last:]
    varying = X.columns[X.nunique() > 1]  # a constant column has no effect to be estimated
    X, future = X[varying], future[varying]
    return _with_fallback(StatsForecastAutoARIMA(sp=season), y, X, future)


def harmonic_arima(
    y: pd.Series, X: pd.DataFrame, future: pd.DataFrame, season: int
) -> Float64Array:
    """Forecast by AutoARIMA without a season, with X and waves of the day and the week.

    For long seasons: "dynamic harmonic regression" (Hyndman and Athanasopoulos, Forecasting:
    Principles and Practice, 3rd edition, section 10.5). Squares of X are among the columns.
    """
    if season < LONG_SEASON:
        return auto_arima(y, X, future, season)
    last = SEASONS_OF_OTHERS * season
    y, both = y.interpolate(limit_direction="both").iloc[-last:], pd.concat([X, future])
    times = np.arange(len(both))
    columns = {f"{name} squared": both[name] ** 2 for name in both if both[name].nunique() > 2}
    for period, count in ((season, 6), (7 * season, 3)):
        for number in range(1, count + 1):
            angle = 2 * np.pi * number * times / period
            columns[f"sine {period} {number}"] = pd.Series(np.sin(angle), both.index)
            columns[f"cosine {period} {number}"] = pd.Series(np.cos(angle), both.index)
    both = both.assign(**columns)
    both = both / both.abs().max().replace(0.0, 1.0)
    past = both.iloc[: len(X)].iloc[-last:]
    varying = past.columns[past.nunique() > 1]
    forecaster = StatsForecastAutoARIMA(sp=1, seasonal=False)
    return _with_fallback(forecaster, y, past[varying], both.iloc[len(X) :][varying])


FORECASTERS: dict[str, Forecast] = {
    "Lag-Llama, ridge": lag_llama_ridge,
    "Lag-Llama, no X": lag_llama,
    "ridge + AutoETS": ridge_ets,
    "our ridge + AutoETS": own_ridge_ets,
    "AutoARIMA with X": auto_arima,
    "harmonic AutoARIMA": harmonic_arima,
}
"""By their name in the report."""


def _ets(y: pd.Series, season: int, horizon: int) -> Float64Array:
    """Forecast by AutoETS."""
    if season >= LONG_SEASON:
        y = y.iloc[-SEASONS_OF_OTHERS * season :]
    with warnings.catch_warnings(record=True):
        forecaster = StatsForecastAutoETS(season_length=season).fit(y)
        steps = np.arange(1, horizon + 1)
        return _quantiles(forecaster.predict_quantiles(steps, alpha=list(DECILES)))


def _with_fallback(
    forecaster: StatsForecastAutoARIMA, y: pd.Series, X: pd.DataFrame, future: pd.DataFrame
) -> Float64Array:
    """Forecast with X; collinear columns, which AutoARIMA refuses, are left out from the end."""
    while True:
        try:
            with warnings.catch_warnings(record=True):
                fitted = forecaster.clone().fit(y, X)
                return _quantiles(
                    fitted.predict_quantiles(_steps(future), X=future, alpha=list(DECILES))
                )
        # Which errors the library raises for columns that it cannot use is not documented.
        except Exception:
            if X.shape[1] == 1:
                raise
            X, future = X.iloc[:, :-1], future.iloc[:, :-1]


def _steps(future: pd.DataFrame) -> np.ndarray:
    return np.arange(1, len(future) + 1)


def _quantiles(frame: pd.DataFrame) -> Float64Array:
    return frame.to_numpy(dtype=np.float64)
