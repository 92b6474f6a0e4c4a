"""Find an outlier and a shift of the level in hourly values, as they come in.

Run ``python examples/anomalies.py``. Nothing is trained: the network predicts each value from those
before it, and an anomaly is a value that it held for improbable.
"""

import numpy as np
import pandas as pd

from sktime_lagllama import LagLlamaAnomalyDetector


def main() -> None:
    """Detect anomalies in the last days of two months."""
    random = np.random.default_rng(0)
    hours = pd.date_range("2025-03-01", periods=24 * 60, freq="h")
    day = 30 + 8 * np.sin(2 * np.pi * hours.hour / 24)
    y = pd.Series(day + random.standard_normal(len(hours)), index=hours, name="load")
    y["2025-04-24 09:00"] += 15
    y["2025-04-27 15:00":] -= 12

    detector = LagLlamaAnomalyDetector(false_alarm_rate=0.001).fit(y[:"2025-04-20 23:00"])
    new = y["2025-04-21 00:00":]
    places = detector.predict(new)["ilocs"]
    scores = detector.predict_scores(new)["scores"]
    for time, value, score in zip(new.index[places], new.iloc[places], scores, strict=True):
        print(f"{time}  {value:5.1f}  as improbable as one in {10**score:,.0f}")
    print("\nSegments between them, as places in the series:")
    print(detector.predict_segments(new).to_string())


if __name__ == "__main__":
    main()
