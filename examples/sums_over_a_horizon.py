"""
Sums over a horizon: what no month's quantiles can tell
=======================================================

The months of one path are correlated: a total has the right distribution only if it is computed
path by path.
"""

from matplotlib import pyplot
from sktime.datasets import load_airline
from sktime.split import temporal_train_test_split

from sktime_lagllama import LagLlamaForecaster

# %%
# The total of a year
# -------------------
# What is counted over paths wants some hundreds of them.

past, future = temporal_train_test_split(load_airline().rename("passengers"), test_size=12)
forecaster = LagLlamaForecaster(num_samples=500, random_state=0).fit(past)

paths = forecaster.predict_samples(fh=future.index)["passengers"]
totals = paths.groupby("sample").sum()
low, middle, high = totals.quantile([0.1, 0.5, 0.9])
print(f"Total of {future.index.year[0]}, in thousands of passengers: {future.sum():.0f}")
print(f"  forecast {middle:.0f}, with 80 % probability between {low:.0f} and {high:.0f}")

record = past.groupby(past.index.year).sum().max()
print(f"  probability of more than in any year before: {(totals > record).mean():.0%}")

# %%
# Not the sum of the months
# -------------------------
# These would be right only if all months were high or low together.

monthly = forecaster.predict_quantiles(alpha=[0.1, 0.9]).sum()
print(f"Sums of the months' quantiles: {monthly.iloc[0]:.0f} and {monthly.iloc[1]:.0f}")

figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 3.5), layout="constrained")
by_month = paths.unstack("sample")
months = by_month.index.to_timestamp()
left.plot(months, by_month.iloc[:, :100], color="tab:blue", alpha=0.15, linewidth=0.8)
left.plot(months, future, color="black")
left.set(title="100 of the paths, and what came", ylabel="passengers, thousands")
left.tick_params(axis="x", rotation=30)
right.hist(totals, bins=30, color="tab:blue", alpha=0.6)
for end in (low, high):
    right.axvline(end, color="tab:blue")
for end in monthly:
    right.axvline(end, color="tab:orange", linestyle="--")
right.axvline(future.sum(), color="black")
right.set(
    title="Totals: 80 % (blue), sums of months' ends (dashed)", xlabel="passengers, thousands"
)
pyplot.show()
