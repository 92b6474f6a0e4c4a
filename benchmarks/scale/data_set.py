"""A data set of quarterly series in parquet files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

NUM_QUARTERS = 40
FREQ = "QS"

_SERIES_PER_FILE = 20_000


def write_series(folder: Path, num_series: int, seed: int = 0) -> None:
    """Write series with a level, a trend, a season and noise, quarter after quarter in each file.

    Parameters
    ----------
    folder : Path
        New; gets a file for each 20,000 series. The rows of a series do not follow each other.
    num_series : int
    seed : int, default=0
    """
    folder.mkdir()
    quarters = np.arange(NUM_QUARTERS)[:, None]
    times = pd.date_range("2015-01-01", periods=NUM_QUARTERS, freq=FREQ, unit="ms")
    for number, first in enumerate(range(0, num_series, _SERIES_PER_FILE)):
        random = np.random.default_rng([seed, number])
        count = min(_SERIES_PER_FILE, num_series - first)
        level = np.exp(random.normal(4.0, 1.0, count))
        growth = 1 + random.normal(0.0, 0.3, count) * quarters / NUM_QUARTERS
        phase = random.uniform(0, 2 * np.pi, count)
        season = 1 + random.uniform(0, 0.4, count) * np.sin(2 * np.pi * quarters / 4 + phase)
        noise = np.exp(random.normal(0.0, 0.1, (NUM_QUARTERS, count)))
        values = level * growth * season * noise  # (quarters, series)
        names = [f"series {each:09d}" for each in range(first, first + count)]
        table = pa.table(
            {
                "series": pa.array(names * NUM_QUARTERS),
                "time": pa.array(np.repeat(times, count)),
                "value": values.astype(np.float32).ravel(),
            }
        )
        pq.write_table(table, folder / f"series-{number:04d}.parquet", row_group_size=2**20)


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
