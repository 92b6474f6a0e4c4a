"""The pinball loss."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.evaluation.quantile_loss import DECILES, REPORTED_LEVELS, pinball_loss

VALUES = st.floats(-1e6, 1e6)
LEVELS = st.floats(0.01, 0.99)


def test_levels_are_the_deciles_and_the_ends_of_the_central_95_percent_interval() -> None:
    assert DECILES == (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    assert (0.025, *DECILES, 0.975) == REPORTED_LEVELS


def test_losses_are_those_computed_by_hand() -> None:
    actuals = np.array([3.0, -1.0])
    quantiles = np.array([[1.0, 5.0], [0.0, -1.0]])
    losses = pinball_loss(actuals, quantiles, (0.1, 0.75))
    # 0.1 * (3 - 1), 0.25 * (5 - 3); 0.9 * (0 - -1), 0.
    np.testing.assert_allclose(losses, [[0.2, 0.5], [0.9, 0.0]])


def test_every_axis_before_the_levels_is_kept() -> None:
    random = np.random.default_rng(0)
    actuals, quantiles = random.normal(size=(2, 3)), random.normal(size=(2, 3, 9))
    losses = pinball_loss(actuals, quantiles, DECILES)
    assert losses.shape == (2, 3, 9)
    one = pinball_loss(actuals[1, 2][None], quantiles[1, 2][None, [4]], [0.5])
    assert losses[1, 2, 4] == one[0, 0] == abs(actuals[1, 2] - quantiles[1, 2, 4]) / 2


def test_a_missing_value_has_no_loss() -> None:
    losses = pinball_loss(np.array([np.nan, 1.0]), np.zeros((2, 2)), (0.2, 0.4))
    assert np.isnan(losses[0]).all()
    np.testing.assert_allclose(losses[1], [0.2, 0.4])


@given(VALUES, VALUES, LEVELS)
def test_losses_are_never_negative_and_zero_only_at_the_actual_value(
    actual: float, quantile: float, level: float
) -> None:
    (loss,) = pinball_loss(np.array(actual), np.array([quantile]), [level])
    assert loss >= 0
    # Of a difference near the smallest float64, a share may be rounded to 0.
    assert loss == 0 if actual == quantile else loss > 0 or abs(actual - quantile) < 1e-300
    assert pinball_loss(np.array(actual), np.array([actual]), [level])[0] == 0


@given(VALUES, VALUES)
def test_the_loss_of_the_median_is_half_the_absolute_error(actual: float, median: float) -> None:
    (loss,) = pinball_loss(np.array(actual), np.array([median]), [0.5])
    assert loss == abs(actual - median) / 2


@given(arrays(np.float64, st.integers(1, 30), elements=st.floats(-100, 100)), LEVELS, VALUES)
def test_no_forecast_has_a_lower_mean_loss_than_the_empirical_quantile(
    actuals: Float64Array, level: float, candidate: float
) -> None:
    def mean_loss(quantile: float) -> float:
        quantiles = np.full((len(actuals), 1), quantile)
        return float(pinball_loss(actuals, quantiles, [level]).mean())

    empirical = float(np.quantile(actuals, level, method="inverted_cdf"))
    least = mean_loss(empirical)
    tolerance = 1e-9 * (1 + abs(least))
    assert all(least <= mean_loss(value) + tolerance for value in [candidate, *actuals])
