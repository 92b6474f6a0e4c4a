"""
Backtesting: folds, strategies, scores
======================================

How good would the forecasts have been? ``evaluate`` forecasts from many cutoffs, and scores each
forecast by what came.
"""

import warnings
from time import perf_counter

import pandas as pd
from matplotlib import pyplot
from sktime.benchmarking.forecasting import ForecastingBenchmark
from sktime.datasets import load_airline
from sktime.forecasting.ets import AutoETS
from sktime.forecasting.model_evaluation import evaluate
from sktime.forecasting.naive import NaiveForecaster
from sktime.performance_metrics.forecasting import (
    MeanAbsolutePercentageError,
    MeanAbsoluteScaledError,
)
from sktime.performance_metrics.forecasting.probabilistic import (
    CRPS,
    EmpiricalCoverage,
    PinballLoss,
)
from sktime.split import ExpandingWindowSplitter, SlidingWindowSplitter

from sktime_lagllama import LagLlamaForecaster

# sktime 1.2 says so whenever a forecaster of its own is built.
warnings.filterwarnings("ignore", "The default of config ``remember_data``", FutureWarning)

y = load_airline().rename("passengers")
forecaster = LagLlamaForecaster(random_state=0)

# %%
# The folds
# ---------
# An expanding window shows the forecaster all that was known at each cutoff; a sliding one only the
# latest years.

expanding = ExpandingWindowSplitter(fh=range(1, 13), initial_window=72, step_length=12)
sliding = SlidingWindowSplitter(fh=range(1, 13), window_length=72, step_length=12)
figure, both = pyplot.subplots(1, 2, figsize=(10, 3), sharey=True, layout="constrained")
for axes, (name, cv) in zip(
    both, {"expanding": expanding, "sliding": sliding}.items(), strict=True
):
    for fold, (known, ahead) in enumerate(cv.split(y)):
        axes.barh(fold, len(known), left=known[0], color="tab:blue", height=0.6)
        axes.barh(fold, len(ahead), left=ahead[0], color="tab:orange", height=0.6)
    axes.set(title=f"{name} window", xlabel="month of the series")
both[0].set(ylabel="fold")
both[0].invert_yaxis()
both[0].legend(["known", "forecast"], loc="upper right", frameon=False)
pyplot.show()

# %%
# Scores of every fold
# --------------------
# Pinball loss and CRPS judge the whole distribution, coverage the intervals alone. CRPS asks for
# ``predict_proba``, which is the distribution of the sample paths (the extra ``proba``): the more
# of them, the closer it is to that of the network.

scoring = [
    MeanAbsolutePercentageError(),
    PinballLoss(alpha=[0.1, 0.5, 0.9]),
    CRPS(),
    EmpiricalCoverage(coverage=0.8),
]
for name, cv in {"expanding": expanding, "sliding": sliding}.items():
    results = evaluate(forecaster, cv=cv, y=y, scoring=scoring, error_score="raise")
    scores = results.set_index("cutoff").filter(like="test_")
    scores.columns = scores.columns.str.removeprefix("test_")
    scores.loc["mean"] = scores.mean()
    print(f"{name} window\n{scores.to_string(float_format='{:.3f}'.format)}\n")

# %%
# Three strategies, one result
# ----------------------------
# ``"refit"`` fits a new forecaster at each cutoff, ``"update"`` shows the first one what is new,
# and so does ``"no-update_params"``. Zero-shot there is nothing to be refitted, and all three are
# the same. Where they would differ is with ``fine_tuning``, which only ``fit`` does, and with
# ``covariates``, whose coefficients ``"no-update_params"`` leaves as they were.

rows = {}
for strategy in ("refit", "update", "no-update_params"):
    start = perf_counter()
    results = evaluate(forecaster, expanding, y, strategy=strategy, scoring=PinballLoss())
    rows[strategy] = {"pinball loss": results["test_PinballLoss"].mean()}
    rows[strategy]["seconds"] = perf_counter() - start
print(pd.DataFrame(rows).T.to_string(float_format="{:.2f}".format))

# %%
# Only the forecasts
# ------------------
# ``update_predict`` forecasts from all cutoffs as one batch, and scores nothing.

start = perf_counter()
one_step = forecaster.fit(y[:72]).update_predict(
    y[72:], ExpandingWindowSplitter(fh=[1], initial_window=1, step_length=1)
)
off = ((one_step - y[one_step.index]).abs() / y[one_step.index]).mean()
print(
    f"{len(one_step)} cutoffs in {perf_counter() - start:.1f} s, off by {off:.1%} one month ahead"
)

# %%
# Several forecasters
# -------------------
# ``ForecastingBenchmark`` does it for every pair of a forecaster and a task, and keeps the table.

benchmark = ForecastingBenchmark()
benchmark.add_estimator(forecaster, "Lag-Llama")
benchmark.add_estimator(AutoETS(auto=True, sp=12), "AutoETS")
benchmark.add_estimator(NaiveForecaster(sp=12), "seasonal naive")
benchmark.add_task(load_airline, expanding, [MeanAbsoluteScaledError(sp=12)], "airline")
table = benchmark.run().set_index("model_id").filter(regex="MeanAbsoluteScaledError_(mean|std)$")
print(table.to_string(float_format="{:.3f}".format))
