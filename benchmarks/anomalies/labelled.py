"""Real series with labelled anomalies that come with sktime."""

from __future__ import annotations

import pandas as pd

from benchmarks.anomalies.simulated import LabelledSeries
from sktime_lagllama.pretraining.validation.sources import read_packaged_table

ABOUT_LABELLED = (
    '"yahoo": a series of Yahoo\'s S5, 7 of 1,000 values labelled. "mitdb": an electrocardiogram '
    'of MIT-BIH, 352 of 7,500 values labelled. "seatbelts": drivers killed or seriously injured on '
    "British roads in a month, the month of the law of 1983 labelled."
)


def labelled_series() -> list[LabelledSeries]:
    """Return the series; a file that this installation of sktime lacks is left out.

    Returns
    -------
    list of LabelledSeries
        The part for training ends before the first anomaly.
    """
    found = []
    for name, column, num_training, season in (
        ("yahoo", "data", 400, 24),
        ("mitdb", "data", 3750, 1),
        ("seatbelts", "KSI", 120, 12),
    ):
        table = read_packaged_table("sktime", f"datasets/data/{name}/{name}.csv")
        if table is None:
            continue
        values = table[column].astype(float)
        if name == "seatbelts":
            values.index = pd.period_range("1969-01", periods=len(values), freq="M")
        is_anomaly = table["label"].to_numpy() != 0
        found.append(LabelledSeries(name, values, is_anomaly, num_training, season))
    return found
