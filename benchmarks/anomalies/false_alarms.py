"""How often values without anomalies are detected."""

from __future__ import annotations

import numpy as np

from benchmarks.anomalies.simulated import FREQUENCIES, clean_series
from benchmarks.common.command_line import print_progress
from sktime_lagllama import LagLlamaAnomalyDetector
from sktime_lagllama._typing import Float64Array
from sktime_lagllama.pretraining.validation.sources import load_real_series

RATES = (0.05, 0.01, 0.001)


def report(checkpoint: str, num_series: int) -> list[str]:
    """Return the lines of the section."""
    sets = {"simulated": _simulated(num_series), "real": _real()}
    lines = [
        f"Share of values that are detected, the first half of each series given to `fit`: "
        f"{num_series} simulated series of each frequency without anomalies, and "
        f"{len(sets['real'])} real ones of the validation set with at least 200 values, whose "
        "anomalies, if any, are not known.",
        "",
        "| series | calibration | " + " | ".join(f"rate {rate:g}" for rate in RATES) + " |",
        "|---|---|" + "---:|" * len(RATES),
    ]
    for name, series in sets.items():
        for calibration in ("model", "training"):
            print_progress(f"false alarms, {name}, {calibration}")
            detector = LagLlamaAnomalyDetector(checkpoint, calibration=calibration)
            parts = []
            for values in series:
                half = len(values) // 2
                detector.fit(values[:half])
                parts.append(detector.transform_scores(values[half:])["scores"].to_numpy())
            scores = np.concatenate(parts)
            shares = [f"{(scores >= -np.log10(rate)).mean():.5f}" for rate in RATES]
            lines.append(f'| {name} | "{calibration}" | ' + " | ".join(shares) + " |")
    return [*lines, ""]


def _simulated(num_series: int) -> list[Float64Array]:
    """Return series of all frequencies without anomalies."""
    random = np.random.default_rng(0)
    return [
        clean_series(random, frequency).values
        for frequency in FREQUENCIES
        for _ in range(num_series)
    ]


def _real() -> list[Float64Array]:
    """Return the series of the validation set that are long enough."""
    return [one.values.to_numpy() for one in load_real_series() if len(one.values) >= 200]
