"""
Ensembles: the mean with classical forecasters
==============================================

The others here need nothing but sktime; ``ThetaForecaster``,
``AutoETS`` and all else that sktime has go in the same way. sktime 1.2 prints a FutureWarning about
``remember_data`` for each of its own forecasters here; the next version will not.
"""

import pandas as pd
from sktime.datasets import load_airline
from sktime.forecasting.ets import AutoETS
from sktime.forecasting.theta import ThetaForecaster
from sktime.performance_metrics.forecasting import mean_absolute_error
from sktime.performance_metrics.forecasting.probabilistic import EmpiricalCoverage, PinballLoss
from sktime.split import temporal_train_test_split

from sktime_lagllama import LagLlamaForecaster, QuantileEnsembleForecaster


def main() -> None:
    """Forecast three years by each forecaster and by their mean, and score the quantiles."""
    past, future = temporal_train_test_split(load_airline(), test_size=36)
    members = [
        ("Lag-Llama", LagLlamaForecaster(random_state=0)),
        # Models with additive errors alone: sktime 1.2 cannot have intervals of the others from
        # statsmodels 0.15.
        ("AutoETS", AutoETS(auto=True, sp=12, additive_only=True)),
        ("Theta", ThetaForecaster(sp=12)),
    ]
    members_and_mean = [*members, ("mean of the three", QuantileEnsembleForecaster(members))]
    pinball, coverage = PinballLoss(), EmpiricalCoverage()
    scores = {}
    for name, forecaster in members_and_mean:
        forecaster.fit(past, fh=future.index)
        scores[name] = {
            "absolute error": mean_absolute_error(future, forecaster.predict()),
            "pinball loss": pinball(future, forecaster.predict_quantiles(alpha=[0.1, 0.5, 0.9])),
            "in 80 %": coverage(future, forecaster.predict_interval(coverage=0.8)),
        }
    print("Mean scores over 36 months, and the share of them inside the 80 % interval:\n")
    print(pd.DataFrame(scores).T.to_string(float_format="{:.2f}".format))


if __name__ == "__main__":
    main()
