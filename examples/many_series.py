"""Forecast a parquet data set of many series, partition by partition.

Run ``python examples/many_series.py``; it needs pyarrow. With the extra "distributed" and the lines
below, all cores do it, or all machines of a Dask cluster, and the numbers stay the same::

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

NUM_SHOPS = 60


def write_sales(file: Path) -> None:
    """Write synthetic sales of shops as they come in: a row for each month and shop."""
    random = np.random.default_rng(0)
    months = pd.date_range("2019-01-01", periods=72, freq="MS")
    shops = [f"shop {number:03d}" for number in range(NUM_SHOPS)]
    rows = pd.MultiIndex.from_product([months, shops], names=["month", "shop"])
    sales = rows.to_frame(index=False)
    season = 1 + 0.3 * np.sin(2 * np.pi * sales["month"].dt.month / 12)
    level = np.exp(random.normal(5, 1, NUM_SHOPS))
    noise = np.exp(random.normal(0, 0.1, len(sales)))
    sales["sold"] = np.tile(level, len(months)) * season * noise
    # Shops open when they like, and some months are not reported.
    opened = months[random.integers(0, 48, NUM_SHOPS)]
    is_open = sales["month"] >= np.tile(opened, len(months))
    sales[is_open & (random.random(len(sales)) > 0.02)].to_parquet(file)


def main() -> None:
    """Write a data set, forecast it, and read what came out."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "sales.parquet"), Path(folder, "forecasts")
        write_sales(source)
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
        )
        # The same call again would find everything done. Without one of the files, it would compute
        # that one only.
        print(*sorted(file.name for file in target.iterdir()), sep="\n")
        forecasts = pd.read_parquet(target)
    print(f"\n{forecasts['shop'].nunique()} shops, {len(forecasts)} rows; the first shop's:\n")
    first = forecasts[forecasts["shop"] == "shop 000"]
    print(first.to_string(index=False, float_format="{:.1f}".format))


if __name__ == "__main__":
    main()
