"""
Hierarchies: forecasts that add up
==================================

Sales of four products in two lines. Forecasts of products, lines and the total, each from its own
past, do not add up. ``ReconcilerForecaster`` makes point forecasts add up; sample paths add up as
whole distributions.
"""

import warnings

import pandas as pd
from matplotlib import pyplot
from sktime.datasets import load_hierarchical_sales_toydata
from sktime.forecasting.reconcile import ReconcilerForecaster
from sktime.split import temporal_train_test_split
from sktime.transformations.hierarchical.aggregate import Aggregator

from sktime_lagllama import LagLlamaForecaster

# sktime 1.2 says so whenever a composite is built; our forecaster does not depend on it.
warnings.filterwarnings("ignore", "The default of config ``remember_data``", FutureWarning)
# ReconcilerForecaster sums anew what was summed already.
warnings.filterwarnings("ignore", "Found elements in the index of X named '__total'", UserWarning)

# %%
# The series, and their sums
# --------------------------
# ``Aggregator`` adds a row ``__total`` for each sum. All series of the hierarchy are one batch for
# the network.

y = load_hierarchical_sales_toydata()
past, future = temporal_train_test_split(y, test_size=12)
aggregator = Aggregator(flatten_single_levels=False)
all_past, all_future = aggregator.fit_transform(past), aggregator.fit_transform(future)
levels = all_past.index.names[:-1]
print(all_past.groupby(level=levels)["Sales"].agg(["size", "mean"]).round(0).to_string())

# %%
# Reconciled point forecasts
# --------------------------
# "bu" forecasts the products and sums; the others forecast everything, and move forecasts as little
# as needed, each in its own sense of little. ``mint_shrink`` and ``wls_var`` estimate it from the
# residuals in sample, which here are true one-step-ahead forecasts.

forecaster = LagLlamaForecaster(random_state=0)
errors = {}
for method in (None, "bu", "td_fcst", "ols", "wls_str", "wls_var", "mint_shrink"):
    reconciled = ReconcilerForecaster(forecaster, method=method) if method else forecaster.clone()
    forecast = reconciled.fit(all_past, fh=range(1, 13)).predict()
    error = (forecast - all_future)["Sales"].abs().groupby(level=levels).mean()
    errors[method or "not at all"] = error
print("Mean absolute error over 12 months:\n")
table = pd.DataFrame(errors)
table.index = [" / ".join(dict.fromkeys(key)) for key in table.index]
print(table.to_string(float_format="{:.0f}".format))

# %%
# Sample paths, summed
# --------------------
# Reconcilers have no intervals. Paths have: the total of a path is the sum of its series, and the
# quantiles of the totals are those of the total. The paths of different series are drawn
# independently of each other; if series rise and fall together, the sum is more uncertain than
# that. The total's own forecast, from its own past, knows.

products = LagLlamaForecaster(num_samples=500, random_state=0).fit(past, fh=range(1, 13))
paths = products.predict_samples()["Sales"]
totals = paths.groupby(level=["sample", "Date"]).sum().unstack("Date")
summed = totals.quantile([0.1, 0.5, 0.9])

total = all_past.loc[("__total", "__total")]
own = LagLlamaForecaster(random_state=0).fit(total, fh=range(1, 13))
quantiles = own.predict_quantiles(alpha=[0.1, 0.5, 0.9])

figure, axes = pyplot.subplots(figsize=(9, 4), layout="constrained")
months = summed.columns.to_timestamp()
axes.fill_between(
    months, summed.loc[0.1], summed.loc[0.9], alpha=0.3, label="80 %, paths of products summed"
)
axes.plot(months, summed.loc[0.5], label="median, paths summed")
low, middle, high = quantiles.to_numpy().T
axes.fill_between(months, low, high, alpha=0.2, color="tab:orange", label="80 %, from the total")
axes.plot(months, middle, color="tab:orange", label="median, from the total")
axes.plot(months, all_future.loc[("__total", "__total")], color="black", label="actual")
axes.set(ylabel="sales", title="Two forecasts of the total")
axes.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.1))
pyplot.show()

# %%
# A year's total needs paths in either case: its quantiles are not the sums of the months'
# quantiles.

year = totals.sum(axis=1).quantile([0.1, 0.5, 0.9]).round(0)
print(f"The year's total, 10 %, 50 %, 90 %: {year.tolist()}; actual: {future['Sales'].sum():.0f}")
