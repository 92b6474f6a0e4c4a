"""
Pipelines: transform, forecast, transform back
==============================================

A forecaster of this package stands wherever sktime takes a forecaster, so also at the end of a
pipeline. Here are those that people put before a forecaster, and what each does to the forecasts of
a network that needs none of them.
"""

import warnings

import numpy as np
import pandas as pd
from matplotlib import pyplot
from sklearn.preprocessing import StandardScaler
from sktime.datasets import load_airline, load_longley
from sktime.forecasting.compose import ForecastingPipeline
from sktime.performance_metrics.forecasting import mean_absolute_error
from sktime.split import temporal_train_test_split
from sktime.transformations.adapt import TabularToSeriesAdaptor
from sktime.transformations.boxcox import BoxCoxTransformer, LogTransformer
from sktime.transformations.detrend import Deseasonalizer, Detrender
from sktime.transformations.difference import Differencer
from sktime.transformations.impute import Imputer

from sktime_lagllama import LagLlamaForecaster

# sktime 1.2 says so whenever a composite is built; our forecaster does not depend on it.
warnings.filterwarnings("ignore", "The default of config ``remember_data``", FutureWarning)

# %%
# Transformers of the series
# --------------------------
# ``transformer * forecaster`` is short for a ``TransformedTargetForecaster``. Forecasts and the
# ends of intervals are transformed back.

past, future = temporal_train_test_split(load_airline().rename("passengers"), test_size=36)
forecaster = LagLlamaForecaster(random_state=0)
pipelines = {
    "none": forecaster,
    "LogTransformer": LogTransformer() * forecaster,
    "BoxCoxTransformer": BoxCoxTransformer(sp=12) * forecaster,
    "Detrender": Detrender() * forecaster,
    "Deseasonalizer": Deseasonalizer(sp=12, model="multiplicative") * forecaster,
    "Log, Differencer": LogTransformer() * Differencer() * forecaster,
    "Log, Differencer(12)": LogTransformer() * Differencer(lags=12) * forecaster,
}
rows, forecasts = {}, {}
for name, pipeline in pipelines.items():
    pipeline.fit(past, fh=future.index)
    forecasts[name] = pipeline.predict()
    interval = pipeline.predict_interval(coverage=0.8)
    lower, upper = interval.iloc[:, 0], interval.iloc[:, 1]
    rows[name] = {
        "error": mean_absolute_error(future, forecasts[name]),
        "in 80 %": 100 * ((lower <= future) & (future <= upper)).mean(),
        "width": (upper - lower).mean(),
    }
print("Mean absolute error, share of 36 months in the 80 % interval, and its mean width:\n")
print(pd.DataFrame(rows).T.to_string(float_format="{:.0f}".format))

# %%
# Two things to know. A pipeline transforms the *ends of intervals* back, one step at a time. That
# is right for transformers that act on each value alone, as a logarithm does, and for those that
# add or multiply by what they learned, as ``Detrender`` and ``Deseasonalizer`` do, though as if
# what they learned were certain. It is wrong for ``Differencer()``, which sums: the sum of all the
# upper ends is far above what the sum will be. Take its point forecasts, and not its intervals.
#
# And one series proves little: ``Detrender`` wins here because the airline's growth slows down in
# the years that are held out. :ref:`sphx_glr_auto_examples_backtesting.py` looks at more than one
# cutoff.

figure, axes = pyplot.subplots(figsize=(9, 4), layout="constrained")
axes.plot(past.index.to_timestamp()[-48:], past.iloc[-48:], color="dimgrey", label="past")
axes.plot(future.index.to_timestamp(), future, color="black", label="actual")
for name in ("none", "LogTransformer", "Detrender", "Deseasonalizer"):
    axes.plot(future.index.to_timestamp(), forecasts[name], label=name)
axes.set(ylabel="passengers, thousands", title="Forecasts of pipelines")
axes.legend(frameon=False, ncols=2, loc="upper left")
pyplot.show()

# %%
# Missing values: impute or mask?
# -------------------------------
# A missing value needs no ``Imputer``: it is masked, the network does not see it. Which is better
# depends on the series and on how much is missing, and is tried in one line each. Here a tenth of
# all values is removed at random, ten times.

imputers = {"masked": forecaster}
for method in ("linear", "ffill", "mean"):
    imputers[f'Imputer("{method}")'] = Imputer(method=method) * forecaster
errors: dict[str, list[float]] = {name: [] for name in imputers}
for seed in range(10):
    holes = np.random.default_rng(seed).random(len(past)) < 0.1
    with_holes = past.astype(float).mask(holes)
    for name, pipeline in imputers.items():
        forecast = pipeline.clone().fit(with_holes, fh=range(1, 13)).predict()
        errors[name].append(mean_absolute_error(future[:12], forecast))
print("Mean absolute error of 12 months with a tenth of the past missing, and its spread:\n")
print(pd.DataFrame(errors).agg(["mean", "std"]).T.to_string(float_format="{:.1f}".format))

# %%
# Transformers of covariates
# --------------------------
# ``transformer ** forecaster`` is short for a ``ForecastingPipeline``, whose transformers get
# ``X``. It passes ``X`` on to a forecaster that uses it: one with ``covariates="ridge"``. That
# standardises columns itself and allows for missing values, so the two pipelines here have the same
# forecasts as the forecaster alone; a transformer that makes new columns would not.

y, X = load_longley()
ridge = LagLlamaForecaster(covariates="ridge", random_state=0)
standardised = TabularToSeriesAdaptor(StandardScaler()) ** ridge
written_out = ForecastingPipeline([("impute", Imputer()), ("forecast", ridge)])
employed = {"actual": y[-3:]}
for name, pipeline in {"ridge": ridge, "scaler": standardised, "imputer": written_out}.items():
    employed[name] = pipeline.fit(y[:-3], X=X[:-3], fh=[1, 2, 3]).predict(X=X[-3:])
print("Employed people in the USA, thousands:\n")
print(pd.DataFrame(employed).to_string(float_format="{:.0f}".format))
