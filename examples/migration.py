"""
Migration: from sktime's adapter and from the authors' notebook
===============================================================

The same forecast, asked for in three ways. With the published weights, add
``checkpoint="time-series-foundation-models/Lag-Llama"``; here it is the bundled ones, as nothing is
downloaded. The tables of all parameters are in :doc:`/user_guide/migration`.
"""

import warnings

import pandas as pd
from matplotlib import pyplot
from sktime.datasets import load_airline
from sktime.performance_metrics.forecasting.probabilistic import PinballLoss

from sktime_lagllama import FineTuning, LagLlamaForecaster

# %%
# From sktime's adapter
# ---------------------
# ``from sktime.forecasting.lagllama import LagLlamaForecaster`` becomes the import above. What that
# adapter does by default, said in this package's parameters: 100 paths, a context of 32, and the
# mean.

y = load_airline().rename("passengers").astype(float)
like_adapter = LagLlamaForecaster(
    context_length=32, num_samples=100, point_forecast="mean", random_state=0
)
print(like_adapter.fit(y, fh=[1, 2, 3]).predict())

# %%
# The horizon need not be known in ``fit``, and one fit serves all horizons.

print(like_adapter.predict(fh=[6, 12]))

# %%
# ``lr``, ``aug_prob``, ``validation_split`` and ``trainer_kwargs`` are those of a training: they
# become a ``FineTuning``, and ``pretrain`` stays ``pretrain``. Two steps only, for the form's sake:
# they improve nothing, and a warning would say so.

warnings.filterwarnings("ignore", "fine-tuning did not clearly improve", UserWarning)
panel = pd.concat({"a": y.to_frame(), "b": 2 * y.to_frame()}, names=["series", "month"])
settings = FineTuning(
    learning_rate=5e-4, validation_fraction=0.2, augmentation=None, max_steps=2, batch_size=8
)
tuned = LagLlamaForecaster(fine_tuning=settings, random_state=0).pretrain(panel)
print(tuned.history_[["loss", "validation_loss"]])

# %%
# From the authors' notebook
# --------------------------
# Its data set is a GluonTS ``PandasDataset`` of a long table with a column for the item and one for
# the target. Here it is the table itself, indexed by item and time.

long_table = pd.DataFrame(
    {
        "item_id": ["A"] * 60 + ["B"] * 60,
        "timestamp": [*pd.date_range("2021-01-01", periods=60, freq="D")] * 2,
        "target": [float(day % 7) for day in range(60)] + [10 + day / 6 for day in range(60)],
    }
)
panel = long_table.set_index(["item_id", "timestamp"])
past = panel.groupby(level="item_id").head(53)
actual = panel.groupby(level="item_id").tail(7)

# %%
# ``make_evaluation_predictions`` holds the last ``prediction_length`` values back, and returns
# forecasts and series. Here ``past`` was cut above. Samples, quantiles and means of GluonTS's
# forecast objects are methods of the forecaster.

forecaster = LagLlamaForecaster(num_samples=100, random_state=0).fit(past, fh=range(1, 8))
samples = forecaster.predict_samples()  # forecast.samples
quantiles = forecaster.predict_quantiles(alpha=[0.1, 0.5, 0.9])  # forecast.quantile(0.1), ...
print(samples.shape, quantiles.shape)

# %%
# The notebook's plots: the series, the median, and intervals.

figure, columns = pyplot.subplots(1, 2, figsize=(10, 3), layout="constrained")
for axes, item in zip(columns, ("A", "B"), strict=True):
    axes.plot(panel.loc[item], color="black")
    low, middle, high = quantiles.loc[item].to_numpy().T
    days = quantiles.loc[item].index
    axes.plot(days, middle, color="tab:green")
    axes.fill_between(days, low, high, color="tab:green", alpha=0.3)
    axes.set(title=item)
    axes.tick_params(axis="x", rotation=30)
pyplot.show()

# %%
# Its ``Evaluator`` reports ``mean_wQuantileLoss`` as CRPS: the mean over quantile levels of twice
# the pinball loss, summed over all items and times, relative to the sum of absolute values.

levels = [level / 10 for level in range(1, 10)]
deciles = forecaster.predict_quantiles(alpha=levels)
pinball = PinballLoss(alpha=levels, multioutput="uniform_average")
relative = 2 * pinball(actual, deciles) * len(actual) / actual["target"].abs().sum()
print(f"weighted quantile loss: {relative:.4f}")

# %%
# Its loop over context lengths, with rescaled positions, becomes a loop, or a grid search as in
# :ref:`sphx_glr_auto_examples_tuning.py`.

for context_length in (16, 32, 64):
    candidate = LagLlamaForecaster(
        context_length=context_length, rope_scaling="linear", random_state=0
    )
    deciles = candidate.fit(past, fh=range(1, 8)).predict_quantiles(alpha=levels)
    relative = 2 * pinball(actual, deciles) * len(actual) / actual["target"].abs().sum()
    print(f"context {context_length:3}: {relative:.4f}")
