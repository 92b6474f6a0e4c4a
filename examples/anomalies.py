"""
Anomalies: an outlier and a shift of the level
==============================================

Find both in hourly values, as they come in. Nothing is trained: the network predicts each value
from those before it, and an anomaly is a value that it held for improbable.
"""

import numpy as np
import pandas as pd
from matplotlib import pyplot

from sktime_lagllama import LagLlamaAnomalyDetector

# %%
# Two months of load, with an outlier on 24 April and a lower level from 27 April on.

random = np.random.default_rng(0)
hours = pd.date_range("2025-03-01", periods=24 * 60, freq="h")
day = 30 + 8 * np.sin(2 * np.pi * hours.hour / 24)
y = pd.Series(day + random.standard_normal(len(hours)), index=hours, name="load")
y["2025-04-24 09:00"] += 15
y["2025-04-27 15:00":] -= 12

# %%
# Detect
# ------
# The score is ``-log10(p)`` of a value at least as far out: 3 is one in a thousand.

detector = LagLlamaAnomalyDetector(false_alarm_rate=0.001).fit(y[:"2025-04-20 23:00"])
new = y["2025-04-21 00:00":]
places = detector.predict(new)["ilocs"]
scores = detector.predict_scores(new)["scores"]
for time, value, score in zip(new.index[places], new.iloc[places], scores, strict=True):
    print(f"{time}  {value:5.1f}  as improbable as one in {10**score:,.0f}")
print("\nSegments between them, as places in the series:")
print(detector.predict_segments(new).to_string())

# %%
# Draw
# ----

figure, axes = pyplot.subplots(figsize=(10, 3.5), layout="constrained")
axes.plot(new.index, new, color="dimgrey", linewidth=1, label="load")
axes.scatter(new.index[places], new.iloc[places], color="tab:red", zorder=3, label="anomalies")
axes.set(ylabel="load", title="New values, and those that were improbable")
axes.legend(frameon=False)
pyplot.show()
