"""The pictures of calibration."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot
from scipy.stats import norm

from sktime_lagllama.plotting import plot_coverage, plot_pit
from tests.support.pictures import labels, lines

LEVELS = [0.1, 0.3, 0.5, 0.7, 0.9]


def results(
    actual: Any, tables: Any, index: pd.Index | None = None, steps: tuple[int, ...] = (1, 2)
) -> pd.DataFrame:
    """Return what evaluate returns, for folds that follow each other.

    Parameters
    ----------
    actual : array of shape (folds, steps)
    tables : array of shape (folds, steps, levels)
    """
    actual, tables = np.asarray(actual, float), np.asarray(tables, float)
    index = pd.RangeIndex(1000) if index is None else index
    columns = pd.MultiIndex.from_product([["y"], LEVELS])
    rows = []
    for number, (values, table) in enumerate(zip(actual, tables, strict=True)):
        ahead = index[[10 + number + step - 1 for step in steps]]
        rows.append(
            {
                "y_train": pd.Series(0.0, index[: 10 + number], name="y"),
                "y_test": pd.Series(values, ahead, name="y"),
                "y_pred_quantiles": pd.DataFrame(table, ahead, columns),
            }
        )
    return pd.DataFrame(rows)


def normal_results(scale: float = 1.0, folds: int = 400) -> pd.DataFrame:
    """Return a backtest of values with standard deviation 1, forecast with another one."""
    actual = np.random.default_rng(0).standard_normal((folds, 2))
    return results(actual, np.broadcast_to(norm.ppf(LEVELS, scale=scale), (folds, 2, 5)))


def heights(ax: Any) -> np.ndarray:
    return np.array([bar.get_height() for bar in ax.patches])


def test_bars_of_a_calibrated_forecaster_are_about_one_high() -> None:
    ax: Any = plot_pit(normal_results())
    edges = [bar.get_x() for bar in ax.patches] + [1.0]
    np.testing.assert_allclose(edges, [0, *LEVELS, 1], atol=1e-12)
    np.testing.assert_allclose(heights(ax), 1, atol=0.2)
    assert labels(ax) == ["calibrated", "800 values", "95 % by chance"]


def test_bars_at_both_ends_are_high_if_intervals_are_too_narrow() -> None:
    found = heights(plot_pit(normal_results(scale=0.5)))
    assert found[0] > 1.5 < found[-1]
    assert found[1:-1].max() < 1
    assert heights(plot_pit(normal_results(scale=2)))[[0, -1]].max() < 0.5


@settings(max_examples=30)
@given(st.lists(st.sampled_from([-2.0, -1.0, 0.0, 1.0, 2.0, np.nan]), min_size=2, max_size=20))
def test_the_area_of_the_histogram_is_one_whatever_ties_there_are(values: list[float]) -> None:
    values = [0.0, *values][: 2 * (len(values) // 2)]
    actual = np.reshape(values, (-1, 2))
    ax: Any = plot_pit(results(actual, np.broadcast_to([-1, 0, 0, 0, 1], (len(actual), 2, 5))))
    area = sum(bar.get_height() * bar.get_width() for bar in ax.patches)
    np.testing.assert_allclose(area, 1)
    pyplot.close("all")


def test_a_value_at_several_quantiles_counts_in_equal_parts_on_both_sides() -> None:
    ax: Any = plot_pit(results([[0.0, 0.0]], [[[-1, 0, 0, 0, 1], [-1, 0, 0, 0, 1]]]))
    widths = np.array([bar.get_width() for bar in ax.patches])
    np.testing.assert_allclose(heights(ax) * widths, [0, 0.25, 0.25, 0.25, 0.25, 0], atol=1e-12)


def test_whiskers_hold_as_many_bars_as_they_say() -> None:
    inside: list[bool] = []
    for seed in range(60):
        actual = np.random.default_rng(seed).standard_normal((100, 2))
        ax: Any = plot_pit(results(actual, np.broadcast_to(norm.ppf(LEVELS), (100, 2, 5))))
        (whiskers,) = (one for one in ax.collections if len(one.get_paths()) == len(LEVELS) + 1)
        ends = np.array([path.vertices[:, 1] for path in whiskers.get_paths()])
        inside.extend((ends[:, 0] <= heights(ax)) & (heights(ax) <= ends[:, 1]))
        pyplot.close("all")
    assert 0.91 < np.mean(inside) < 0.99


def test_coverage_is_counted_step_by_step() -> None:
    table = [-9.0, -1, 0, 1, 9]  # 80 %: -9 to 9; 40 %: -1 to 1
    actual = [[0.0, 5.0], [0.5, 5.0], [20.0, 0.0], [5.0, 20.0]]
    ax = plot_coverage(results(actual, np.broadcast_to(table, (4, 2, 5))))
    np.testing.assert_allclose(lines(ax, "80 % interval")[0], [[1, 0.75], [2, 0.75]])
    np.testing.assert_allclose(lines(ax, "40 % interval")[0], [[1, 0.5], [2, 0.25]])
    assert labels(ax) == ["80 % interval", "40 % interval", "calibrated", "95 % by chance"]
    assert ax.get_ylabel() == "share of 4 values inside"


def test_a_missing_value_does_not_count() -> None:
    table = np.broadcast_to([-9.0, -1, 0, 1, 9], (2, 2, 5))
    ax = plot_coverage(results([[0.0, np.nan], [20.0, 0.0]], table))
    np.testing.assert_allclose(lines(ax, "80 % interval")[0], [[1.0, 0.5], [2.0, 1.0]])
    assert ax.get_ylabel() == "share of 1 to 2 values inside"


@pytest.mark.parametrize(
    "index",
    [
        pd.period_range("2020-01", periods=100, freq="M"),
        pd.date_range("2020-01-31", periods=100, freq="ME"),
        pd.DatetimeIndex(pd.date_range("2020-03-25", periods=100, freq="D").to_numpy()),
        pd.date_range("2020-03-25", periods=100, freq="D", tz="Europe/Berlin"),
        pd.RangeIndex(100),
    ],
    ids=["periods", "months", "datetimes without freq", "time zone", "integers"],
)
def test_steps_are_counted_from_the_cutoff(index: pd.Index) -> None:
    table = np.broadcast_to([-9.0, -1, 0, 1, 9], (3, 3, 5))
    ax = plot_coverage(results(np.zeros((3, 3)), table, index, steps=(1, 3, 12)))
    assert lines(ax, "80 % interval")[0][:, 0].tolist() == [1, 3, 12]


def test_instances_of_a_panel_count_together() -> None:
    table = np.broadcast_to([-9.0, -1, 0, 1, 9], (2, 2, 5))
    one, other = results([[0.0, 0.0]] * 2, table), results([[20.0, 0.0]] * 2, table)
    columns = {
        name: [
            pd.concat({"a": pd.DataFrame(first), "b": pd.DataFrame(second)})
            for first, second in zip(one[name], other[name], strict=True)
        ]
        for name in one.columns
    }
    panel = pd.DataFrame(columns)
    ax = plot_coverage(panel)
    np.testing.assert_allclose(lines(ax, "80 % interval")[0], [[1.0, 0.5], [2.0, 1.0]])
    assert labels(plot_pit(panel))[1] == "8 values"


def test_what_quantiles_are_missing_for_is_said() -> None:
    only_points = normal_results(folds=3).rename(columns={"y_pred_quantiles": "y_pred"})
    only_points["y_pred"] = only_points["y_test"]
    for plot in (plot_pit, plot_coverage):
        with pytest.raises(ValueError, match="only point forecasts: add PinballLoss"):
            plot(only_points)
    intervals = normal_results(folds=3).rename(columns={"y_pred_quantiles": "y_pred_interval"})
    columns = pd.MultiIndex.from_product([["y"], [0.8], ["lower", "upper"]])
    intervals["y_pred_interval"] = intervals["y_test"].map(
        lambda test: pd.DataFrame([[-1.0, 1.0]] * 2, test.index, columns)
    )
    assert labels(plot_coverage(intervals))[0] == "80 % interval"
    with pytest.raises(ValueError, match="must have quantiles, but found intervals"):
        plot_pit(intervals)


def test_both_draw_on_the_axes_that_they_are_given() -> None:
    _, axes = pyplot.subplots(2)
    assert plot_pit(normal_results(folds=5), ax=axes[0]) is axes[0]
    assert plot_coverage(normal_results(folds=5), ax=axes[1]) is axes[1]
