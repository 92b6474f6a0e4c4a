"""Choose the context length by a grid search over past forecasts.

Run ``python examples/grid_search.py``. The weights are loaded once, for all candidates together.
"""

import warnings

from sktime.datasets import load_airline
from sktime.forecasting.model_selection import ForecastingGridSearchCV
from sktime.split import ExpandingWindowSplitter, temporal_train_test_split

from sktime_lagllama import LagLlamaForecaster

# sktime 1.2 says so whenever a composite is built; our forecaster does not depend on it.
warnings.filterwarnings("ignore", "The default of config ``remember_data``", FutureWarning)


def main() -> None:
    """Search on the past, and forecast the last year with what was found."""
    past, future = temporal_train_test_split(load_airline(), test_size=12)
    search = ForecastingGridSearchCV(
        LagLlamaForecaster(random_state=0),
        cv=ExpandingWindowSplitter(fh=range(1, 13), initial_window=84, step_length=12),
        param_grid={"context_length": [16, 32, 64, 128]},
    )
    search.fit(past)
    ranking = search.cv_results_.sort_values("rank_test_MeanAbsolutePercentageError")
    print(ranking[["params", "mean_test_MeanAbsolutePercentageError"]].to_string(index=False))

    forecast = search.predict(fh=future.index)
    error = ((forecast - future).abs() / future).mean()
    print(f"\n{search.best_params_}: off by {error:.1%} in the year after")


if __name__ == "__main__":
    main()
