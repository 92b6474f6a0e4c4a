"""Average Lag-Llama with classical forecasters.

Run ``python examples/ensemble.py``. The others here need nothing but sktime; ``ThetaForecaster``,
``AutoETS`` and all else that sktime has go in the same way. sktime 1.2 prints a FutureWarning about
``remember_data`` for each of its own forecasters here; the next version will not.
"""

import pandas as pd
from sktime.datasets import load_airline
from sktime.forecasting.compose import EnsembleForecaster
from sktime.forecasting.naive import NaiveForecaster
from sktime.forecasting.trend import TrendForecaster
from sktime.split import temporal_train_test_split
from sktime.transformations.detrend import Detrender

from sktime_lagllama import LagLlamaForecaster


def main() -> None:
    """Forecast three years by each forecaster and by the median of them."""
    past, future = temporal_train_test_split(load_airline(), test_size=36)
    members = [
        ("Lag-Llama", LagLlamaForecaster(random_state=0)),
        ("seasonal naive", NaiveForecaster(sp=12)),
        ("trend and season", Detrender(TrendForecaster()) * NaiveForecaster(sp=12)),
    ]
    members_and_median = [
        *members,
        ("median of the three", EnsembleForecaster(members, aggfunc="median")),
    ]
    errors = {}
    for name, forecaster in members_and_median:
        forecast = forecaster.fit(past, fh=future.index).predict()
        errors[name] = (forecast - future).abs().mean()
    print("Mean absolute error over 36 months:\n")
    print(pd.Series(errors).to_string(float_format="{:.1f}".format))


if __name__ == "__main__":
    main()
