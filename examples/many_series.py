"""
Many series: from parquet files to parquet files
================================================

A data set of any number of series is forecast partition by partition. It needs pyarrow. With the
extra ``sktime-lagllama[distributed]`` and these lines, all cores do it, or all machines of a Dask
cluster, and the numbers stay the same::

    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=8, threads_per_worker=1) as cluster, Client(cluster) as client:
        forecast_parquet(..., client=client)
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from sktime_lagllama import LagLlamaForecaster
from sktime_lagllama.scale import forecast_parquet

# %%
# A row for each month and shop
# -----------------------------
# Synthetic sales, in the order in which they come in. Shops open when they like, and some months
# are not reported.

folder = tempfile.TemporaryDirectory()
source, target = Path(folder.name, "sales.parquet"), Path(folder.name, "forecasts")

random = np.random.default_rng(0)
months = pd.date_range("2019-01-01", periods=72, freq="MS")
shops = [f"shop {number:03d}" for number in range(60)]
sales = pd.MultiIndex.from_product([months, shops], names=["month", "shop"]).to_frame(index=False)
season = 1 + 0.3 * np.sin(2 * np.pi * sales["month"].dt.month / 12)
level = np.tile(np.exp(random.normal(5, 1, len(shops))), len(months))
sales["sold"] = level * season * np.exp(random.normal(0, 0.1, len(sales)))

opened = np.tile(months[random.integers(0, 48, len(shops))], len(months))
is_reported = (sales["month"] >= opened) & (random.random(len(sales)) > 0.02)
sales[is_reported].to_parquet(source)
print(sales[is_reported].head(3).to_string(index=False))

# %%
# Forecast
# --------
# The same call again would find everything done. Without one of the files, it would compute that
# one only.

forecast_parquet(
    LagLlamaForecaster(nonnegative=True, random_state=0),
    source,
    target,
    fh=range(1, 7),
    alpha=[0.1, 0.5, 0.9],
    series="shop",
    time="month",
    value="sold",
    freq="MS",
    rows_per_partition=1000,
    show_progress=False,
)
print(*sorted(file.name for file in target.iterdir()), sep="\n")

# %%
# Read
# ----

forecasts = pd.read_parquet(target)
print(f"{forecasts['shop'].nunique()} shops, {len(forecasts)} rows; the first shop's:\n")
first = forecasts[forecasts["shop"] == "shop 000"]
print(first.to_string(index=False, float_format="{:.1f}".format))
folder.cleanup()
