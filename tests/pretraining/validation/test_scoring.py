"""Scores of forecasts of real series."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.evaluation.quantile_loss import DECILES, REPORTED_LEVELS
from sktime_lagllama.forecasting import summary_statistics
from sktime_lagllama.forecasting.paths import predict_paths
from sktime_lagllama.pretraining.validation.scoring import (
    compare,
    losses,
    model_quantiles,
    naive_quantiles,
    score,
    summarise,
)
from sktime_lagllama.pretraining.validation.sources import HORIZONS
from sktime_lagllama.pretraining.validation.windows import RealWindow
from sktime_lagllama.sampling.options import SamplingOptions
from tests.support.models import SMALL, random_model
from tests.support.real_series import crafted_window

MEDIAN = REPORTED_LEVELS.index(0.5)


def test_forecasts_do_not_depend_on_the_targets(few_windows: list[RealWindow]) -> None:
    changed = [
        replace(
            window,
            targets=window.targets * 0 - 1e6,
            series=replace(
                window.series,
                values=window.series.values.where(
                    window.series.values.index < window.targets.index[0], -1e6
                ),
            ),
        )
        for window in few_windows
    ]
    for forecast in (
        naive_quantiles,
        lambda w: model_quantiles(random_model(SMALL), w, num_samples=4),
    ):
        for one, other in zip(forecast(few_windows), forecast(changed), strict=True):
            np.testing.assert_array_equal(one, other)


def test_forecasts_are_those_of_the_forecasting_path(few_windows: list[RealWindow]) -> None:
    model, window = random_model(SMALL), few_windows[0]
    history = to_series_batch(window.history)
    cutoff = int(history.grid.positions(window.history.index[-1:])[0])
    steps = np.arange(1, len(window.targets) + 1)
    paths = predict_paths(model, history, cutoff, steps, SamplingOptions(num_samples=7, seed=3))
    (quantiles,) = model_quantiles(model, [window], num_samples=7, seed=3)
    np.testing.assert_allclose(
        quantiles, summary_statistics.quantiles(paths, REPORTED_LEVELS)[0], rtol=1e-5
    )


def test_score_of_a_random_model_is_finite(few_windows: list[RealWindow]) -> None:
    table = score(random_model(SMALL), few_windows, num_samples=4)
    assert list(table.index) == [*HORIZONS, "all"]
    assert np.isfinite(table.to_numpy()).all()
    assert (table[["MASE", "WQL"]] > 0).all(axis=None)
    assert table.loc["all", "windows"] == len(few_windows)
    groups = table.loc[list(HORIZONS)]
    overall = table["WQL"].to_numpy()[-1]
    np.testing.assert_allclose(overall, np.exp(np.log(groups["WQL"]).mean()))


def test_ratio_of_the_seasonal_naive_is_one(windows: list[RealWindow]) -> None:
    table = summarise(compare(windows, naive_quantiles(windows)))
    np.testing.assert_allclose(table[["MASE", "WQL"]], 1.0)
    assert table["coverage_95"].between(0.8, 1.0).all()
    assert (table["coverage_80"] < table["coverage_95"]).all()


def test_naive_repeats_the_last_observed_season() -> None:
    history = np.tile(np.arange(12.0), 3) + np.repeat([0.0, 10.0, 30.0], 12)
    history[-12] = np.nan  # the phase of the first target: last observed one season earlier
    (quantiles,) = naive_quantiles([crafted_window(history, [0.0] * 14)])
    expected = [10.0, *range(31, 42), 10.0, 31.0]
    np.testing.assert_allclose(quantiles[:, MEDIAN], expected)
    # Differences of 10 (12 times) and 20 (11 times).
    sigma = np.sqrt((12 * 100 + 11 * 400) / 23)
    np.testing.assert_allclose(
        quantiles[[0, 11, 12], -2] - quantiles[[0, 11, 12], MEDIAN],
        1.281552 * sigma * np.sqrt([1, 1, 2]),
        rtol=1e-6,
    )


def test_losses_are_those_computed_by_hand() -> None:
    history = np.repeat([0.0, 2.0], 12)  # the scale is 2
    window = crafted_window(history, [3.0, np.nan, 1.0])
    quantiles = np.repeat(np.arange(11.0)[None] - 5, 3, axis=0)  # the median is 0
    (row,) = losses([window], [quantiles]).to_dict("records")
    assert row["MASE"] == (3 + 1) / 2 / 2
    pinball = [
        2 * max(level * (target - q), (level - 1) * (target - q))
        for target in (3.0, 1.0)
        for level, q in zip(DECILES, range(-4, 5), strict=True)
    ]
    np.testing.assert_allclose(row["WQL"], np.mean(pinball) / 2)
    assert row["coverage_80"] == row["coverage_95"] == 1.0
    (outside,) = losses([crafted_window(history, [4.5, 0.0])], [quantiles[:2]]).to_dict("records")
    assert (outside["coverage_80"], outside["coverage_95"]) == (0.5, 1.0)


def test_a_data_set_of_many_series_counts_once() -> None:
    index = pd.MultiIndex.from_tuples(
        [("yearly", "many"), ("yearly", "one")], names=["group", "source"]
    )
    by_source = pd.DataFrame(
        {
            "MASE": [1.0, 3.0],
            "WQL": [1.0, 3.0],
            "MASE_naive": [2.0, 2.0],
            "WQL_naive": [4.0, 4.0],
            "coverage_80": [0.6, 1.0],
            "coverage_95": [0.9, 1.0],
            "series": [25, 1],
            "windows": [50, 2],
        },
        index=index,
    )
    table = summarise(by_source)
    assert table.loc["yearly", "MASE"] == 1.0
    assert table.loc["yearly", "WQL"] == 0.5
    assert table.loc["yearly", "coverage_80"] == pytest.approx(0.8)
    assert table.loc["all", "windows"] == 52
    assert table.loc["all", "series"] == 26


@pytest.mark.slow
def test_horizons_of_a_group_are_kept_apart(fast_windows: list[RealWindow]) -> None:
    daily = [window for window in fast_windows if window.series.group == "days"][:4]
    for window in daily:
        assert window.horizons == (7, 14)
    table = summarise(compare(daily, naive_quantiles(daily), ("group", "horizon")))
    assert list(table.index) == [("days", 7), ("days", 14), ("all", "")]
    np.testing.assert_allclose(table[["MASE", "WQL"]], 1.0)
    assert list(table["windows"]) == [4, 4, 4]


def test_the_first_horizon_is_scored_without_later_targets() -> None:
    history = np.repeat([0.0, 2.0], 12)  # the scale is 2
    window = crafted_window(history, [1.0] * 7 + [9.0] * 7, group="days")
    quantiles = np.zeros((14, len(REPORTED_LEVELS)))
    first, both = losses([window], [quantiles]).to_dict("records")
    assert (first["horizon"], both["horizon"]) == (7, 14)
    assert both["MASE"] == 5 * first["MASE"]
