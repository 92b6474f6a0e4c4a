"""
Ensembles: quantiles averaged with classical forecasters
========================================================

The mean of Lag-Llama, AutoETS and Theta, quantiles included: sktime's ensembles have point
forecasts only. AutoETS and Theta need statsmodels, which the extra ``sktime-lagllama[training]``
brings. sktime 1.2 prints a FutureWarning about ``remember_data`` for each of its own forecasters
here; the next version will not.
"""

import pandas as pd
from sktime.datasets import load_airline
from sktime.forecasting.ets import AutoETS
from sktime.forecasting.theta import ThetaForecaster
from sktime.performance_metrics.forecasting import mean_absolute_error
from sktime.performance_metrics.forecasting.probabilistic import EmpiricalCoverage, PinballLoss
from sktime.split import temporal_train_test_split

from sktime_lagllama import LagLlamaForecaster, QuantileEnsembleForecaster

# %%
# The members
# -----------
# Models with additive errors alone: sktime 1.2 cannot have intervals of the others from statsmodels
# 0.15.

past, future = temporal_train_test_split(load_airline(), test_size=36)
members = [
    ("Lag-Llama", LagLlamaForecaster(random_state=0)),
    ("AutoETS", AutoETS(auto=True, sp=12, additive_only=True)),
    ("Theta", ThetaForecaster(sp=12)),
]

# %%
# Each of them, and their mean
# ----------------------------
# Mean scores over 36 months, and the share of them inside the 80 % interval.

pinball, coverage = PinballLoss(), EmpiricalCoverage()
scores = {}
for name, forecaster in [*members, ("mean of the three", QuantileEnsembleForecaster(members))]:
    forecaster.fit(past, fh=future.index)
    scores[name] = {
        "absolute error": mean_absolute_error(future, forecaster.predict()),
        "pinball loss": pinball(future, forecaster.predict_quantiles(alpha=[0.1, 0.5, 0.9])),
        "in 80 %": coverage(future, forecaster.predict_interval(coverage=0.8)),
    }
print(pd.DataFrame(scores).T.to_string(float_format="{:.2f}".format))
