"""
Pictures: forecasts, backtests, calibration, anomalies
======================================================

What ``sktime_lagllama.plotting`` draws, and a picture of sktime's. matplotlib and seaborn come with
the extra ``sktime-lagllama[plots]``. ``python examples/pictures.py FOLDER`` writes each to a
file.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sktime.datasets import load_airline
from sktime.forecasting.model_evaluation import evaluate
from sktime.performance_metrics.forecasting.probabilistic import PinballLoss
from sktime.split import ExpandingWindowSplitter, SlidingWindowSplitter

from sktime_lagllama import LagLlamaAnomalyDetector, LagLlamaForecaster

try:
    import matplotlib
    import seaborn
except ImportError as error:
    sys.exit(f'{error}; for the pictures: pip install "sktime-lagllama[plots]"')
matplotlib.use("Agg")  # draws into files: no display is needed
from matplotlib import pyplot
from sktime.utils.plotting import plot_windows

from sktime_lagllama.plotting import (
    plot_anomalies,
    plot_coverage,
    plot_fan,
    plot_folds,
    plot_pit,
)

# %%
# A fan
# -----
# Intervals, the median, and five of the sample paths.

y = load_airline().rename("passengers, thousands")
past, future = y[:-36], y[-36:]
forecaster = LagLlamaForecaster(random_state=0).fit(past, fh=future.index)
axes = plot_fan(
    past["1954":],
    forecaster.predict_quantiles(alpha=[0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]),
    actual=future,
    samples=forecaster.predict_samples().loc[:4],
)
axes.set_title("Three years ahead")

# %%
# Folds of a backtest
# -------------------

folds = ExpandingWindowSplitter(fh=range(1, 13), initial_window=84, step_length=12)
results = evaluate(
    LagLlamaForecaster(random_state=0),
    cv=folds,
    y=y,
    strategy="update",
    scoring=PinballLoss(alpha=[0.1, 0.5, 0.9]),
    return_data=True,
)
axes = plot_folds(results)
axes.set_title("A year ahead, from each of five Decembers")

# %%
# sktime draws the windows of that backtest.

figure, axes = pyplot.subplots(figsize=(10, 3), layout="constrained")
plot_windows(folds, y, ax=axes)
seaborn.move_legend(axes, "upper left", bbox_to_anchor=(1, 1), frameon=False)

# %%
# Calibration
# -----------
# How often intervals held what they promised, over 60 folds of a daily series.

random = np.random.default_rng(0)
days = pd.date_range("2024-01-01", periods=600, freq="D")
week = np.array([10.0, 11, 11, 12, 14, 5, 3])[days.dayofweek]
noise = np.cumsum(random.normal(0, 0.1, 600)) + random.normal(0, 1, 600)
results = evaluate(
    LagLlamaForecaster(random_state=0),
    cv=SlidingWindowSplitter(fh=range(1, 8), window_length=180, step_length=7),
    y=pd.Series(week + noise, days),
    scoring=PinballLoss(alpha=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]),
    return_data=True,
)
figure, axes = pyplot.subplots(2, figsize=(10, 8), layout="constrained")
plot_pit(results, ax=axes[0]).set_title("Values between the quantiles that were forecast")
plot_coverage(results, ax=axes[1]).set_title("Values inside the intervals")

# %%
# Anomalies
# ---------
# An outlier and a shift of the level, and the scores that gave them away.

hours = pd.date_range("2025-04-01", periods=24 * 30, freq="h")
day = 30 + 8 * np.sin(2 * np.pi * hours.hour / 24)
load = pd.Series(day + random.standard_normal(len(hours)), index=hours, name="load")
load["2025-04-24 09:00"] += 15
load["2025-04-27 15:00":] -= 12
detector = LagLlamaAnomalyDetector(false_alarm_rate=0.001).fit(load[:"2025-04-20 23:00"])
new = load["2025-04-21 00:00":]
above, _ = plot_anomalies(new, detector.transform_scores(new), detector.predict(new), threshold=3)
above.set_title("An outlier, and a shift of the level")

# %%
# Into files
# ----------

if len(sys.argv) > 1:
    for number in pyplot.get_fignums():
        pyplot.figure(number).savefig(Path(sys.argv[1]) / f"{number}.png", dpi=120)
