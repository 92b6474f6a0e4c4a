"""
Tuning: grids, random search, Optuna, and four backends
=======================================================

There is little to tune in a zero-shot forecaster. The context length is worth a look, and so is
whether to transform the series first. sktime's searches do both, on past forecasts.
"""

import os
import warnings
from time import perf_counter

import optuna
import pandas as pd
from scipy.stats import randint
from sktime.datasets import load_airline
from sktime.forecasting.model_selection import (
    ForecastingGridSearchCV,
    ForecastingOptunaSearchCV,
    ForecastingRandomizedSearchCV,
)
from sktime.split import ExpandingWindowSplitter, temporal_train_test_split
from sktime.transformations.boxcox import LogTransformer
from sktime.transformations.compose import OptionalPassthrough

from sktime_lagllama import LagLlamaForecaster

# sktime 1.2 says so whenever a composite is built; our forecaster does not depend on it.
warnings.filterwarnings("ignore", "The default of config ``remember_data``", FutureWarning)
warnings.filterwarnings("ignore", "ForecastingOptunaSearchCV is experimental", UserWarning)
optuna.logging.set_verbosity(optuna.logging.WARNING)

past, future = temporal_train_test_split(load_airline(), test_size=12)
cv = ExpandingWindowSplitter(fh=range(1, 13), initial_window=84, step_length=12)
forecaster = LagLlamaForecaster(random_state=0)

# %%
# A grid
# ------
# The weights are loaded once, for all candidates together. With ``random_state`` set, every
# candidate has the same random numbers: they differ by their parameters alone.

search = ForecastingGridSearchCV(
    forecaster, cv=cv, param_grid={"context_length": [16, 32, 64, 128]}
).fit(past)
SCORE = "mean_test_MeanAbsolutePercentageError"
print(search.cv_results_[["params", SCORE]].sort_values(SCORE).to_string(index=False))

error = ((search.predict(fh=future.index) - future).abs() / future).mean()
print(f"\n{search.best_params_}: off by {error:.1%} in the year after")

# %%
# The same on other backends
# --------------------------
# ``backend="loky"`` starts processes, each of which loads the weights once; ``"threading"`` and
# ``"dask"`` share those of this process. The scores are the same to the last digit that is worth a
# look. A search as small as this one is over before processes have started; they pay when
# candidates take minutes. Give each process its share of the cores, or their threads wait for each
# other.

os.environ.setdefault("OMP_NUM_THREADS", "1")  # inherited by the processes that loky starts
backends = {
    "serial": {"backend": None},
    "loky": {"backend": "loky", "backend_params": {"n_jobs": 2}},
    "threading": {"backend": "threading", "backend_params": {"n_jobs": 2}},
    "dask": {"backend": "dask"},
}
scores = {}
for name, backend in backends.items():
    start = perf_counter()
    on_backend = ForecastingGridSearchCV(
        forecaster, cv=cv, param_grid={"context_length": [16, 32, 64, 128]}, **backend
    ).fit(past)
    scores[name] = on_backend.cv_results_.set_index(search.cv_results_["params"].astype(str))[SCORE]
    print(f"{name:10} {perf_counter() - start:5.1f} s  {on_backend.best_params_}")
table = pd.DataFrame(scores)
print(
    f"\nLargest difference of a score: {table.sub(table['serial'], axis=0).abs().max().max():.1e}"
)

# %%
# At random, and by Optuna
# ------------------------
# Both take distributions. ``ForecastingOptunaSearchCV`` learns from the candidates it has tried;
# with four of them, there is little to learn.

randomised = ForecastingRandomizedSearchCV(
    forecaster,
    cv=cv,
    param_distributions={"context_length": randint(12, 129)},
    n_iter=4,
    random_state=0,
).fit(past)
by_optuna = ForecastingOptunaSearchCV(
    forecaster,
    cv=cv,
    param_grid={"context_length": optuna.distributions.IntDistribution(12, 128)},
    sampler=optuna.samplers.TPESampler(seed=0),
    n_evals=4,
).fit(past)
for name, found in (("grid", search), ("at random", randomised), ("Optuna", by_optuna)):
    print(f"{name:10} {found.best_score_:.4f}  {found.best_params_}")

# %%
# Steps of a pipeline
# -------------------
# Parameters of a step have its name in front. ``OptionalPassthrough`` is a transformer that can be
# left out.

pipeline = OptionalPassthrough(LogTransformer()) * forecaster
steps = ForecastingGridSearchCV(
    pipeline,
    cv=cv,
    param_grid={
        "OptionalPassthrough__passthrough": [True, False],
        "LagLlamaForecaster__context_length": [32, 128],
    },
).fit(past)
print(steps.cv_results_[["params", SCORE]].sort_values(SCORE).to_string(index=False))
