"""Forecast the total of a year, which no month's quantiles can tell.

Run ``python examples/sums_over_a_horizon.py``. The months of one path are correlated: a total has
the right distribution only if it is computed path by path.
"""

from sktime.datasets import load_airline
from sktime.split import temporal_train_test_split

from sktime_lagllama import LagLlamaForecaster


def main() -> None:
    """Compare the total's quantiles with the sums of the months' quantiles."""
    past, future = temporal_train_test_split(load_airline().rename("passengers"), test_size=12)
    forecaster = LagLlamaForecaster(num_samples=500, random_state=0).fit(past)

    paths = forecaster.predict_samples(fh=future.index)["passengers"]
    totals = paths.groupby("sample").sum()
    low, middle, high = totals.quantile([0.1, 0.5, 0.9])
    print(f"Total of {future.index.year[0]}, in thousands of passengers: {future.sum():.0f}")
    print(f"  forecast {middle:.0f}, with 80 % probability between {low:.0f} and {high:.0f}")

    record = past.groupby(past.index.year).sum().max()
    print(f"  probability of more than in any year before: {(totals > record).mean():.0%}")

    monthly = forecaster.predict_quantiles(alpha=[0.1, 0.9]).sum()
    print(f"Sums of the months' quantiles: {monthly.iloc[0]:.0f} and {monthly.iloc[1]:.0f}")
    print("  which would be right only if all months were high or low together")


if __name__ == "__main__":
    main()
