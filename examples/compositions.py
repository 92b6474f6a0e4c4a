"""
Ensembles that sktime has
=========================

Lag-Llama beside classical forecasters: averaged, weighted by past errors, stacked, or one of them
chosen.
"""

import warnings
from time import perf_counter

import pandas as pd
from matplotlib import pyplot
from sktime.datasets import load_airline
from sktime.forecasting.compose import (
    AutoEnsembleForecaster,
    EnsembleForecaster,
    MultiplexForecaster,
    StackingForecaster,
)
from sktime.forecasting.ets import AutoETS
from sktime.forecasting.model_selection import ForecastingGridSearchCV
from sktime.forecasting.theta import ThetaForecaster
from sktime.split import ExpandingWindowSplitter, temporal_train_test_split

from sktime_lagllama import LagLlamaForecaster

# sktime 1.2 says so whenever a composite is built; our forecaster does not depend on it.
warnings.filterwarnings("ignore", "The default of config ``remember_data``", FutureWarning)

# %%
# Each alone, and together
# ------------------------
# ``EnsembleForecaster`` takes the mean or the median; ``AutoEnsembleForecaster`` weights by how
# well members forecast the end of what they were fitted to; ``StackingForecaster`` regresses that
# end on their forecasts.

past, future = temporal_train_test_split(load_airline(), test_size=36)
members = [
    ("Lag-Llama", LagLlamaForecaster(random_state=0)),
    ("AutoETS", AutoETS(auto=True, sp=12)),
    ("Theta", ThetaForecaster(sp=12)),
]
forecasters = {
    **dict(members),
    "mean": EnsembleForecaster(members),
    "median": EnsembleForecaster(members, aggfunc="median"),
    "inverse variance": AutoEnsembleForecaster(members, method="inverse-variance"),
    "stacked": StackingForecaster(members),
}
rows, forecasts = {}, {}
for name, forecaster in forecasters.items():
    start = perf_counter()
    forecasts[name] = forecaster.clone().fit(past, fh=future.index).predict()
    error = (forecasts[name] - future).abs().mean()
    rows[name] = {"error": error, "seconds": perf_counter() - start}
print("Mean absolute error over 36 months:\n")
print(pd.DataFrame(rows).T.to_string(float_format="{:.1f}".format))

# %%
# The regression of ``StackingForecaster`` has as many observations as the horizon has steps, once:
# it is no surprise that it learns weights that do not last. Means of different kinds of forecasters
# are hard to beat.

figure, axes = pyplot.subplots(figsize=(9, 4), layout="constrained")
axes.plot(future.index.to_timestamp(), future, color="black", label="actual")
for name, forecast in forecasts.items():
    style = {"linewidth": 2.5} if name == "mean" else {"linewidth": 1, "linestyle": "--"}
    axes.plot(future.index.to_timestamp(), forecast, label=name, **style)
axes.set(ylabel="passengers, thousands", title="Members and ensembles")
axes.legend(frameon=False, ncols=2, loc="upper left")
pyplot.show()

# %%
# One of them, chosen
# -------------------
# ``MultiplexForecaster`` is one of its members, and a grid search decides which. Unlike the
# ensembles, it has the intervals of the member that it is.

multiplex = MultiplexForecaster(members)
search = ForecastingGridSearchCV(
    multiplex,
    cv=ExpandingWindowSplitter(fh=range(1, 13), initial_window=72, step_length=12),
    param_grid={"selected_forecaster": [name for name, _ in members]},
).fit(past)
print(search.cv_results_.iloc[:, [0, 3]].to_string(index=False))
print(f"\nchosen: {search.best_params_['selected_forecaster']}")
chosen = search.best_forecaster_.predict_interval(fh=range(1, 4), coverage=0.8)
print(f"\nits 80 % intervals:\n{chosen.to_string(float_format='{:.0f}'.format)}")
