"""The form in which numbers of a batch go back to pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.frames import forecast_frame, observed_frame, sample_frame
from sktime_lagllama.data.series import SeriesBatch


def panel(lengths: dict[str, int]) -> pd.DataFrame:
    """Return a panel with two columns, whose instances all end at the same time."""
    days = pd.period_range("2020-01-01", periods=30, freq="D")
    parts = {
        name: pd.DataFrame(
            {"up": np.arange(length) + 10.0, "down": -np.arange(length) - 10.0},
            index=days[30 - length :],
        )
        for name, length in lengths.items()
    }
    return pd.concat(parts, names=["shop", "day"])


def numbers_of(series: SeriesBatch, *shape: int) -> np.ndarray:
    """Return numbers that tell their series apart: hundreds are the number of the series."""
    rest = np.arange(np.prod(shape)).reshape(shape)
    return 100.0 * np.arange(series.num_series).reshape(-1, *([1] * len(shape))) + rest


def test_a_forecast_has_a_row_for_each_instance_and_time() -> None:
    series = to_series_batch(panel({"a": 5, "b": 8}))
    times = series.grid.times(np.array([1, 2, 3]))
    frame = forecast_frame(series, times, numbers_of(series, 3), series.columns)
    assert frame.index.names == ["shop", "day"]
    assert frame["up"].loc["a"].tolist() == [0, 1, 2]
    assert frame["up"].loc["b"].tolist() == [100, 101, 102]
    assert frame["down"].loc["b"].tolist() == [300, 301, 302]


def test_further_dimensions_are_columns_of_each_variable() -> None:
    series = to_series_batch(panel({"a": 5, "b": 8}))
    columns = pd.MultiIndex.from_product([series.columns, [0.1, 0.9]])
    times = series.grid.times(np.array([1, 2]))
    frame = forecast_frame(series, times, numbers_of(series, 2, 2), columns)
    assert frame[("down", 0.1)].loc["a"].tolist() == [200, 202]
    assert frame[("up", 0.9)].loc["b"].tolist() == [101, 103]


def test_sample_paths_are_numbered_by_the_first_level_and_are_copies() -> None:
    series = to_series_batch(panel({"a": 5, "b": 8}))
    paths = numbers_of(series, 4, 2)
    frame = sample_frame(series, series.grid.times(np.array([1, 2])), paths, series.columns)
    assert frame.index.names == ["sample", "shop", "day"]
    assert frame["up"].loc[(3, "b")].tolist() == [106, 107]
    assert frame["down"].loc[(0, "a")].tolist() == [200, 201]
    assert not np.shares_memory(frame.to_numpy(), paths)


@given(lengths=st.dictionaries(st.sampled_from("abc"), st.integers(1, 30), min_size=1))
def test_observed_values_come_back_as_they_were_passed(lengths: dict[str, int]) -> None:
    y = panel(lengths)
    series = to_series_batch(y)
    cutoff = int((series.starts + series.lengths).max()) - 1
    pd.testing.assert_frame_equal(observed_frame(series, cutoff), y, check_freq=False)


def test_missing_values_come_back_as_missing_ones() -> None:
    y = pd.DataFrame(
        {"y": [np.nan, 1.0, np.nan, 2.0]}, pd.period_range("2020", periods=4, freq="M")
    )
    series = to_series_batch(y)
    pd.testing.assert_frame_equal(observed_frame(series, int(series.starts[0]) + 3), y)
