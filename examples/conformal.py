"""
Conformal intervals on top of the model's own
=============================================

The model has intervals of its own. sktime can put others on top, made of the errors of earlier
forecasts. Here is what that costs and covers.
"""

import warnings
from time import perf_counter

import pandas as pd
from matplotlib import pyplot
from sktime.datasets import load_airline
from sktime.forecasting.conformal import ConformalIntervals
from sktime.forecasting.naive import NaiveVariance
from sktime.split import ExpandingWindowSplitter

from sktime_lagllama import LagLlamaForecaster

# sktime 1.2 says so whenever a composite is built; our forecaster does not depend on it.
warnings.filterwarnings("ignore", "The default of config ``remember_data``", FutureWarning)

# %%
# ``ConformalIntervals`` and ``NaiveVariance`` fit copies of the forecaster to the beginnings of the
# series, from ``initial_window`` values on, and look at how far off they were. Eight sample paths
# are enough for that.

few_paths = LagLlamaForecaster(num_samples=8, random_state=0)
methods = {
    "the model's own": LagLlamaForecaster(random_state=0),
    "ConformalIntervals, empirical": ConformalIntervals(
        few_paths, method="empirical", initial_window=84
    ),
    "ConformalIntervals, conformal": ConformalIntervals(
        few_paths, method="conformal", initial_window=84
    ),
    "NaiveVariance": NaiveVariance(few_paths, initial_window=84),
}

# %%
# Three years are forecast, each from the December before.

y = load_airline().rename("passengers")
cv = ExpandingWindowSplitter(fh=range(1, 13), initial_window=108, step_length=12)
rows: dict[str, dict[str, float]] = {}
intervals = {}
for name, forecaster in methods.items():
    inside, widths = [], []
    start = perf_counter()
    for known, ahead in cv.split(y):
        actual = y.iloc[ahead]
        fitted = forecaster.clone().fit(y.iloc[known], fh=actual.index)
        interval = fitted.predict_interval(coverage=0.8)
        lower, upper = interval.iloc[:, 0], interval.iloc[:, 1]
        inside.append((lower <= actual) & (actual <= upper))
        widths.append(upper - lower)
    intervals[name] = interval
    rows[name] = {
        "in 80 %": 100 * pd.concat(inside).mean(),
        "width": pd.concat(widths).mean(),
        "seconds": perf_counter() - start,
    }
print("Share of 36 months in the 80 % interval, its mean width, and seconds for all three:\n")
print(pd.DataFrame(rows).T.to_string(float_format="{:.1f}".format))

# %%
# None covers 80 % in these years, in which the airline's growth slowed down. Each earlier cutoff
# costs a ``fit`` and a forecast, and there are few of them in a short series: the errors twelve
# steps ahead are those of a handful of cutoffs that overlap. The model's own intervals cost
# nothing, and are wider where the level is higher. ``python -m benchmarks.intervals`` compares them
# on many series.

last = y.iloc[-12:]
months = last.index.to_timestamp()
figure, axes = pyplot.subplots(figsize=(9, 4), layout="constrained")
axes.plot(months, last, color="black", label="actual")
for (name, interval), color in zip(
    intervals.items(), ("tab:blue", "tab:orange", "tab:green", "tab:red"), strict=True
):
    axes.plot(months, interval.iloc[:, 0], color=color, label=name)
    axes.plot(months, interval.iloc[:, 1], color=color)
axes.set(ylabel="passengers, thousands", title="Ends of the 80 % intervals of the last year")
axes.legend(frameon=False)
pyplot.show()
