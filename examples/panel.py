"""
Panels: unequal lengths, missing values, one batch
==================================================

Three shops, of which one opened only lately. Neither padding nor imputing is needed: what is
missing is masked.
"""

import numpy as np
import pandas as pd
from matplotlib import pyplot

from sktime_lagllama import LagLlamaForecaster

# %%
# The panel
# ---------


def weekly_sales(weeks: int, level: float, random: np.random.Generator) -> pd.DataFrame:
    """Return synthetic sales with a yearly season, a tenth of them missing."""
    time = pd.period_range(end="2025-06-29", periods=weeks, freq="W")
    season = 1 + 0.4 * np.sin(2 * np.pi * np.arange(-weeks, 0) / 52)
    sales = level * season * np.exp(0.1 * random.standard_normal(weeks))
    sales[random.random(weeks) < 0.1] = np.nan
    return pd.DataFrame({"sales": sales}, index=time)


random = np.random.default_rng(0)
shops = {
    "Harbour": weekly_sales(260, 900, random),
    "Market": weekly_sales(130, 4000, random),
    "Station": weekly_sales(20, 150, random),
}
y = pd.concat(shops, names=["shop", "week"])
print(y.groupby("shop")["sales"].agg(weeks="size", missing=lambda sales: sales.isna().sum()))

# %%
# Forecast
# --------

forecaster = LagLlamaForecaster(nonnegative=True, random_state=0).fit(y)
quantiles = forecaster.predict_quantiles(fh=range(1, 9), alpha=[0.1, 0.5, 0.9])
print(quantiles.to_string(float_format="{:.0f}".format))

# %%
# Draw
# ----

figure, rows = pyplot.subplots(3, 1, figsize=(9, 6), sharex=True, layout="constrained")
for axes, (shop, past) in zip(rows, shops.items(), strict=True):
    shown = past["sales"].iloc[-104:]
    axes.plot(shown.index.to_timestamp(), shown, color="dimgrey")
    ahead = quantiles.loc[shop]
    low, middle, high = ahead.to_numpy().T
    weeks = ahead.index.to_timestamp()
    axes.plot(weeks, middle, color="tab:blue")
    axes.fill_between(weeks, low, high, color="tab:blue", alpha=0.3)
    axes.set(title=shop, ylabel="sales")
pyplot.show()
