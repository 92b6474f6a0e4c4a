"""Backtest forecasts and their intervals with an expanding window.

Run ``python examples/backtest.py``. With ``strategy="update"`` the forecaster is fitted once and
then shown what is new; zero-shot, the result is the same as refitting.
"""

from sktime.datasets import load_airline
from sktime.forecasting.model_evaluation import evaluate
from sktime.performance_metrics.forecasting import MeanAbsolutePercentageError
from sktime.performance_metrics.forecasting.probabilistic import EmpiricalCoverage, PinballLoss
from sktime.split import ExpandingWindowSplitter

from sktime_lagllama import LagLlamaForecaster


def main() -> None:
    """Forecast a year from each of several Decembers, and score every forecast."""
    results = evaluate(
        LagLlamaForecaster(random_state=0),
        cv=ExpandingWindowSplitter(fh=range(1, 13), initial_window=84, step_length=12),
        y=load_airline(),
        strategy="update",
        scoring=[
            MeanAbsolutePercentageError(),
            PinballLoss(alpha=[0.1, 0.5, 0.9]),
            EmpiricalCoverage(coverage=0.8),
        ],
    )
    scores = results.set_index("cutoff").filter(like="test_")
    scores.columns = scores.columns.str.removeprefix("test_")
    print(scores.to_string(float_format="{:.3f}".format))
    print("\nMean over all cutoffs:\n")
    print(scores.mean().to_string(float_format="{:.3f}".format))


if __name__ == "__main__":
    main()
