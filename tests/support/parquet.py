"""Long tables of series in parquet files, and forecasts of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.support.sharing import small

STEPS = [1, 2, 5]
LEVELS = [0.1, 0.5, 0.9]
QUANTILES = ["q0.1", "q0.5", "q0.9"]


def monthly(labels: list[Any], length: int = 30, seed: int = 0) -> pd.DataFrame:
    """Return a row for each series and month; those of a series follow each other."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "series": np.repeat(np.array(labels, dtype=object), length),
            "time": np.tile(pd.date_range("2020-01-01", periods=length, freq="MS"), len(labels)),
            "value": random.gamma(2.0, 50.0, length * len(labels)),
        }
    )


def shuffled(rows: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    return rows.sample(frac=1.0, random_state=seed, ignore_index=True)


def forecast(checkpoint: Path | str, source: Path, target: Path, **options: Any) -> pd.DataFrame:
    """Forecast a source by a small network, and return what the target has."""
    from sktime_lagllama.scale import forecast_parquet

    options = {"freq": "MS", "alpha": LEVELS, "fh": STEPS, "retries": 0, **options}
    forecaster = options.pop("forecaster", None) or small(checkpoint)
    forecast_parquet(forecaster, source, target, **options)
    return in_order(target)


def in_order(target: Path) -> pd.DataFrame:
    """Read the forecasts in a target, in the order of series and times."""
    table = pd.read_parquet(target)
    keys = [str(name) for name in table if name != "point" and not str(name).startswith("q0")]
    return table.sort_values(keys, ignore_index=True)


def alone(checkpoint: Path | str, y: pd.Series, label: Any, **parameters: Any) -> pd.DataFrame:
    """Return the quantiles that a forecaster has which is fitted to a panel of one series."""
    forecaster = small(checkpoint, **parameters).fit(panel_of(y, label))
    quantiles = forecaster.predict_quantiles(STEPS, alpha=LEVELS)
    return quantiles.set_index(quantiles.index.get_level_values(-1))


def panel_of(y: pd.Series, label: Any) -> pd.DataFrame:
    """Return a panel of one series."""
    return pd.concat({label: y.to_frame("value")})
