"""Draw forecasts, backtests, their calibration, and anomalies.

Run ``python examples/pictures.py [FOLDER]``; matplotlib and seaborn come with the extra
``sktime-lagllama[plots]``. The pictures are written into the folder, by default into this one.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sktime.datasets import load_airline
from sktime.forecasting.model_evaluation import evaluate
from sktime.performance_metrics.forecasting.probabilistic import PinballLoss
from sktime.split import ExpandingWindowSplitter, SlidingWindowSplitter

from sktime_lagllama import LagLlamaAnomalyDetector, LagLlamaForecaster

try:
    import matplotlib
    import seaborn
except ImportError as error:
    sys.exit(f'{error}; for the pictures: pip install "sktime-lagllama[plots]"')
matplotlib.use("Agg")  # draws into files: no display is needed
from matplotlib import pyplot
from sktime.utils.plotting import plot_windows

from sktime_lagllama.plotting import (
    plot_anomalies,
    plot_coverage,
    plot_fan,
    plot_folds,
    plot_pit,
)

LEVELS = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]


def main(folder: str = ".") -> None:
    """Draw each kind of picture into a file of its own."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, draw in {
        "fan": draw_fan,
        "folds": draw_folds,
        "windows": draw_windows,
        "calibration": draw_calibration,
        "anomalies": draw_anomalies,
    }.items():
        draw()
        file = Path(folder) / f"{name}.png"
        pyplot.gcf().savefig(file, dpi=120)
        pyplot.close()
        print(file)


def draw_fan() -> None:
    """Draw a forecast: intervals, the median, and five of the sample paths."""
    y = load_airline().rename("passengers, thousands")
    past, future = y[:-36], y[-36:]
    forecaster = LagLlamaForecaster(random_state=0).fit(past, fh=future.index)
    ax = plot_fan(
        past["1954":],
        forecaster.predict_quantiles(alpha=LEVELS),
        actual=future,
        samples=forecaster.predict_samples().loc[:4],
    )
    ax.set_title("Three years ahead")


def airline_folds() -> ExpandingWindowSplitter:
    """Return the windows of a backtest: a year, from each of five Decembers."""
    return ExpandingWindowSplitter(fh=range(1, 13), initial_window=84, step_length=12)


def draw_folds() -> None:
    """Draw the forecasts of a backtest."""
    results = evaluate(
        LagLlamaForecaster(random_state=0),
        cv=airline_folds(),
        y=load_airline().rename("passengers, thousands"),
        strategy="update",
        scoring=PinballLoss(alpha=[0.1, 0.5, 0.9]),
        return_data=True,
    )
    plot_folds(results).set_title("A year ahead, from each of five Decembers")


def draw_windows() -> None:
    """Draw the windows of that backtest alone, as sktime does."""
    _, axes = pyplot.subplots(figsize=(10, 3), layout="constrained")
    plot_windows(airline_folds(), load_airline(), ax=axes)
    seaborn.move_legend(axes, "upper left", bbox_to_anchor=(1, 1), frameon=False)


def draw_calibration() -> None:
    """Draw how often intervals held what they promised, over 60 folds of a daily series."""
    random = np.random.default_rng(0)
    days = pd.date_range("2024-01-01", periods=600, freq="D")
    week = np.array([10.0, 11, 11, 12, 14, 5, 3])[days.dayofweek]
    y = pd.Series(week + np.cumsum(random.normal(0, 0.1, 600)) + random.normal(0, 1, 600), days)
    results = evaluate(
        LagLlamaForecaster(random_state=0),
        cv=SlidingWindowSplitter(fh=range(1, 8), window_length=180, step_length=7),
        y=y,
        scoring=PinballLoss(alpha=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]),
        return_data=True,
    )
    _, axes = pyplot.subplots(2, figsize=(10, 8), layout="constrained")
    plot_pit(results, ax=axes[0]).set_title("Values between the quantiles that were forecast")
    plot_coverage(results, ax=axes[1]).set_title("Values inside the intervals")


def draw_anomalies() -> None:
    """Draw an outlier and a shift of the level, and the scores that gave them away."""
    random = np.random.default_rng(0)
    hours = pd.date_range("2025-04-01", periods=24 * 30, freq="h")
    day = 30 + 8 * np.sin(2 * np.pi * hours.hour / 24)
    y = pd.Series(day + random.standard_normal(len(hours)), index=hours, name="load")
    y["2025-04-24 09:00"] += 15
    y["2025-04-27 15:00":] -= 12
    detector = LagLlamaAnomalyDetector(false_alarm_rate=0.001).fit(y[:"2025-04-20 23:00"])
    new = y["2025-04-21 00:00":]
    above, _ = plot_anomalies(
        new, detector.transform_scores(new), detector.predict(new), threshold=3
    )
    above.set_title("An outlier, and a shift of the level")


if __name__ == "__main__":
    main(*sys.argv[1:2])
