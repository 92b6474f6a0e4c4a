"""Forecasts of millions of series: from parquet files to parquet files, on one machine or many.

``forecast_parquet`` splits the rows of the source into partitions by a hash of the series
(``split``), so that all rows of a series are in one of them, whatever order they come in. Then
each partition is read (``partition``), forecast and written to a file of its own (``forecasts``).
``request`` tells whether files that exist belong to the same request, ``tasks`` runs the work in
this process or on the workers of a Dask cluster, and tries again what failed.

Why Dask and not Fugue, which runs functions on Spark, Ray and Dask alike: with Fugue 0.9.7 on two
Dask workers, one group of rows that raises an error ended the whole ``transform``; nothing that
others had computed was left, nothing said which group it was, and there was nothing to go on from.
Partitioned by series, it called the function once for each series, where the network wants hundreds
at once (its "coarse" partitions have many, and fail in the same way). Retries, results that stay,
and a look at each failure are what Dask's futures have, and Fugue would stand in front of them. It
brings Dask along anyway.
"""

from __future__ import annotations

try:
    import pyarrow  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "sktime_lagllama.scale reads and writes parquet files with pyarrow, which is not "
        "installed: pip install pyarrow, or with Dask, for several processes, "
        'pip install "sktime-lagllama[distributed]"'
    ) from error

from sktime_lagllama.scale.parquet import forecast_parquet
from sktime_lagllama.scale.tasks import FailedPartitionsError

__all__ = ["FailedPartitionsError", "forecast_parquet"]
