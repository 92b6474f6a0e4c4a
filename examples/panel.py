"""Forecast a panel of series of unequal lengths with missing values, all in one batch.

Run ``python examples/panel.py``. Neither padding nor imputing is needed: what is missing is masked.
"""

import numpy as np
import pandas as pd

from sktime_lagllama import LagLlamaForecaster


def weekly_sales(weeks: int, level: float, random: np.random.Generator) -> pd.DataFrame:
    """Return synthetic sales with a yearly season, a tenth of them missing."""
    time = pd.period_range(end="2025-06-29", periods=weeks, freq="W")
    season = 1 + 0.4 * np.sin(2 * np.pi * np.arange(-weeks, 0) / 52)
    sales = level * season * np.exp(0.1 * random.standard_normal(weeks))
    sales[random.random(weeks) < 0.1] = np.nan
    return pd.DataFrame({"sales": sales}, index=time)


def main() -> None:
    """Forecast eight weeks of three shops, of which one opened only lately."""
    random = np.random.default_rng(0)
    shops = {
        "Harbour": weekly_sales(260, 900, random),
        "Market": weekly_sales(130, 4000, random),
        "Station": weekly_sales(20, 150, random),
    }
    y = pd.concat(shops, names=["shop", "week"])
    print(y.groupby("shop")["sales"].agg(weeks="size", missing=lambda sales: sales.isna().sum()))

    forecaster = LagLlamaForecaster(nonnegative=True, random_state=0).fit(y)
    quantiles = forecaster.predict_quantiles(fh=range(1, 9), alpha=[0.1, 0.5, 0.9])
    print("\nQuantiles of the forecast:\n")
    print(quantiles.to_string(float_format="{:.0f}".format))


if __name__ == "__main__":
    main()
