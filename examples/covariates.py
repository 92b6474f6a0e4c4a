"""
Covariates: weather, promotions, weekends
=========================================

Forecast a shop's daily sales, which follow the temperature and promotions. The data are simulated:
people buy when it is neither cold nor hot, a promotion brings 40 % more, and weekends are busy. The
weather forecast and the plan of promotions are known four weeks ahead.
"""

import numpy as np
import pandas as pd
from matplotlib import pyplot
from sktime.performance_metrics.forecasting import mean_absolute_error

from sktime_lagllama import LagLlamaForecaster

HORIZON = 28

# %%
# The data
# --------


def simulate(num_days: int = 730, seed: int = 0) -> tuple[pd.Series, pd.DataFrame]:
    """Return the sales, and what they depend on."""
    random = np.random.default_rng(seed)
    days = pd.date_range("2022-01-01", periods=num_days, freq="D")
    weather = np.zeros(num_days)
    for day in range(1, num_days):
        weather[day] = 0.8 * weather[day - 1] + 2.5 * random.standard_normal()
    season = -10 * np.cos(2 * np.pi * np.asarray(days.dayofyear) / 365)
    X = pd.DataFrame({"temperature": 12 + season + weather}, index=days)
    X["promotion"] = random.random(num_days) < 0.1
    sales = 200 - 0.25 * (X["temperature"] - 15) ** 2 + 60 * (days.dayofweek >= 5)
    sales = sales * np.where(X["promotion"], 1.4, 1.0) + 8 * random.standard_normal(num_days)
    return sales.rename("sales"), X


y, X = simulate()
past, future = y.iloc[:-HORIZON], y.iloc[-HORIZON:]
known, ahead = X.loc[past.index], X.loc[future.index]

# %%
# With and without
# ----------------

without = LagLlamaForecaster(random_state=0).fit(past).predict(fh=future.index)
forecaster = LagLlamaForecaster(covariates="ridge", random_state=0).fit(past, X=known)
forecast = forecaster.predict(fh=future.index, X=ahead)
interval = forecaster.predict_interval(fh=future.index, X=ahead, coverage=0.8)
lower, upper = interval.iloc[:, 0], interval.iloc[:, 1]

print(f"Mean absolute error over {HORIZON} days:")
for name, predicted in (("without X", without), ('covariates="ridge"', forecast)):
    print(f"  {name:20} {mean_absolute_error(future, predicted):6.1f}")
print(f"Days within the 80 % interval: {((lower <= future) & (future <= upper)).mean():.0%}")

figure, axes = pyplot.subplots(figsize=(10, 4), layout="constrained")
axes.plot(future, color="black", label="actual")
axes.plot(without, color="tab:orange", linestyle="--", label="without X")
axes.plot(forecast, color="tab:blue", label='covariates="ridge"')
axes.fill_between(
    future.index, lower, upper, color="tab:blue", alpha=0.2, label="its 80 % interval"
)
axes.set(ylabel="sales", title="Four weeks of sales")
axes.legend(frameon=False, ncols=2)
pyplot.show()

# %%
# What would a promotion bring?
# -----------------------------
# The paths after one fit are shared: scenarios differ by ``X`` alone, and take no time.

quiet, busy = (
    forecaster.predict_samples(fh=future.index, X=ahead.assign(promotion=promotion))
    for promotion in (False, True)
)
more = (busy - quiet)["sales"].groupby("sample").sum()
print(f"Sales more if every day had a promotion: {more.mean():.0f} +- {more.std():.0f}")
