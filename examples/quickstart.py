"""
Quickstart: three years of airline passengers
=============================================

Forecast sktime's airline data with the bundled checkpoint, and draw the forecast. No network is
needed. The last 36 months are held out. The baseline is the seasonal naive forecast: the last 12
months, repeated.

``python examples/quickstart.py PICTURE`` writes the picture to a file, ``airline.png`` if none is
named.
"""

import sys

import numpy as np
import pandas as pd
from sktime.datasets import load_airline
from sktime.performance_metrics.forecasting import mean_absolute_error, mean_absolute_scaled_error
from sktime.split import temporal_train_test_split

from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama.plotting import plot_fan

try:
    import matplotlib
except ImportError as error:
    sys.exit(f'{error}; for the picture: pip install "sktime-lagllama[plots]"')
matplotlib.use("Agg")  # draws into a file: no display is needed

# %%
# Forecast
# --------
# ``fit`` trains nothing. Points are medians; intervals come from the same distributions.

y = load_airline().rename("passengers")
past, future = temporal_train_test_split(y, test_size=36)

forecaster = LagLlamaForecaster(random_state=0).fit(past)
forecast = forecaster.predict(fh=future.index)
quantiles = forecaster.predict_quantiles(alpha=[0.025, 0.1, 0.5, 0.9, 0.975])

table = pd.DataFrame({"actual": future, "forecast": forecast})
for percent, levels in ((80, [0.1, 0.9]), (95, [0.025, 0.975])):
    table[[f"lower {percent} %", f"upper {percent} %"]] = quantiles["passengers"][levels]
print(f"The first 12 of {len(future)} months, in thousands of passengers:\n")
print(table.head(12).to_string(float_format="{:.0f}".format))

# %%
# Score
# -----

naive = pd.Series(np.resize(past.iloc[-12:], len(future)), index=future.index)
print(f"Errors over all {len(future)} months:   MAE   MASE")
for name, predicted in (("Lag-Llama", forecast), ("seasonal naive", naive)):
    mae = mean_absolute_error(future, predicted)
    mase = mean_absolute_scaled_error(future, predicted, y_train=past, sp=12)
    print(f"{name:25} {mae:6.1f} {mase:6.2f}")

# %%
# Draw
# ----

axes = plot_fan(past, quantiles, actual=future)
axes.set(xlabel="month", ylabel="passengers, thousands")
axes.set_title("Airline passengers: 36 months forecast by Lag-Llama, zero-shot")

picture = sys.argv[1] if len(sys.argv) > 1 else "airline.png"
axes.figure.savefig(picture, dpi=150)
print(f"Picture: {picture}")
