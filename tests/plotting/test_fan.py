"""The fan chart."""

from __future__ import annotations

import builtins
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.dates import date2num

from sktime_lagllama.plotting import plot_fan
from tests.support.pictures import bands, labels, lines

LEVELS = [0.9, 0.1, 0.5, 0.25, 0.75]  # in no order


def quantile_table(index: pd.Index, levels: list[float], name: Any = "y") -> pd.DataFrame:
    """Return quantiles that are the level at the first time, and grow by 1 a time."""
    values = np.arange(len(index))[:, np.newaxis] + np.array(levels)
    return pd.DataFrame(values, index, pd.MultiIndex.from_product([[name], levels]))


def sample_table(index: pd.Index, count: int) -> pd.DataFrame:
    rows = pd.MultiIndex.from_product([range(count), index], names=["sample", None])
    return pd.DataFrame({"y": np.arange(float(len(rows)))}, rows)


INDICES: dict[str, Any] = {
    "periods": pd.period_range("2020-01", periods=10, freq="M"),
    "datetimes": pd.date_range("2020-01-01", periods=10, freq="D"),
    "time zone": pd.date_range("2020-03-28", periods=10, freq="12h", tz="Europe/Berlin"),
    "integers": pd.RangeIndex(10),
}


def drawn_times(index: pd.Index) -> Any:
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if isinstance(index, pd.DatetimeIndex):
        return date2num(index.tz_convert("UTC") if index.tz is not None else index)
    return index.to_numpy()


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES.keys())
def test_every_part_stands_at_its_times_with_its_values(index: pd.Index) -> None:
    past = pd.Series(np.arange(6.0), index[:6], name="passengers")
    ahead = index[6:]
    ax = plot_fan(
        past,
        quantile_table(ahead, LEVELS),
        actual=pd.Series([9.0, 8, 7, 6], ahead),
        samples=sample_table(ahead, 2),
    )
    before, after = drawn_times(index[:6]), drawn_times(ahead)
    steps = np.arange(4)
    np.testing.assert_allclose(lines(ax, "past")[0], np.c_[before, np.arange(6)])
    np.testing.assert_allclose(lines(ax, "median")[0], np.c_[after, steps + 0.5])
    np.testing.assert_allclose(lines(ax, "actual")[0], np.c_[after, [9, 8, 7, 6]])
    first, second = lines(ax, "sample path")
    np.testing.assert_allclose(first, np.c_[after, [0, 1, 2, 3]])
    np.testing.assert_allclose(second, np.c_[after, [4, 5, 6, 7]])
    for label, low, high in (("80 % interval", 0.1, 0.9), ("50 % interval", 0.25, 0.75)):
        np.testing.assert_allclose(bands(ax, label)[0], np.c_[after, steps + low, steps + high])
    assert ax.get_ylabel() == "passengers"


def test_the_legend_names_each_part_once_and_stands_beside_the_axes() -> None:
    index = INDICES["periods"]
    ax = plot_fan(
        pd.Series(1.0, index[:6]),
        quantile_table(index[6:], LEVELS),
        samples=sample_table(index[6:], 3),
    )
    assert labels(ax) == ["past", "80 % interval", "50 % interval", "sample path", "median"]
    ax.figure.canvas.draw()
    legend: Any = ax.get_legend()
    assert legend.get_window_extent().x0 >= ax.get_window_extent().x1


def test_labels_of_times_do_not_overlap() -> None:
    for index in INDICES.values():
        ax = plot_fan(pd.Series(1.0, index[:6]), quantile_table(index[6:], LEVELS))
        ax.figure.canvas.draw()
        low, high = ax.get_xlim()
        ticks = [one for one in ax.xaxis.get_major_ticks() if low <= one.get_loc() <= high]
        boxes = [one.label1.get_window_extent() for one in ticks]
        assert len(boxes) >= 3
        assert all(one.x1 < other.x0 for one, other in pairwise(boxes))


def test_times_are_labelled_in_the_time_zone_of_the_data() -> None:
    index = pd.date_range("2020-06-01", periods=5, freq="h", tz="Asia/Tokyo")
    ax = plot_fan(pd.Series(1.0, index[:3]), quantile_table(index[3:], LEVELS))
    ax.figure.canvas.draw()
    shown = {one.get_text() for one in ax.get_xticklabels()}
    assert {"01:00", "02:00", "03:00"} <= shown


def test_narrower_intervals_are_darker_and_lie_above_wider_ones() -> None:
    index = INDICES["integers"]
    ax: Any = plot_fan(pd.Series(1.0, index[:6]), quantile_table(index[6:], LEVELS))
    wide, narrow = ax.collections
    assert (wide.get_label(), narrow.get_label()) == ("80 % interval", "50 % interval")
    assert wide.get_facecolor().sum() > narrow.get_facecolor().sum()


def test_a_single_step_can_be_seen() -> None:
    index = INDICES["integers"]
    ax: Any = plot_fan(pd.Series(1.0, index[:6]), quantile_table(index[6:7], [0.1, 0.5, 0.9]))
    (interval,) = ax.collections
    np.testing.assert_allclose(interval.get_segments(), [[[6, 0.1], [6, 0.9]]])
    (median,) = (line for line in ax.get_lines() if line.get_label() == "median")
    assert median.get_marker() == "o"


def test_it_draws_on_the_axes_that_it_is_given_and_else_on_new_ones() -> None:
    index = INDICES["integers"]
    _, given = pyplot.subplots()
    past, quantiles = pd.Series(1.0, index[:6]), quantile_table(index[6:], LEVELS)
    assert plot_fan(past, quantiles, ax=given) is given
    assert plot_fan(past, quantiles).figure is not given.figure


def test_nothing_that_is_passed_is_changed() -> None:
    index = INDICES["periods"]
    past, quantiles = pd.Series(1.0, index[:6]), quantile_table(index[6:], LEVELS)
    samples = sample_table(index[6:], 2)
    copies = past.copy(), quantiles.copy(), samples.copy()
    plot_fan(past, quantiles, samples=samples)
    pd.testing.assert_series_equal(past, copies[0])
    pd.testing.assert_frame_equal(quantiles, copies[1])
    pd.testing.assert_frame_equal(samples, copies[2])


def panel(y: pd.Series | pd.DataFrame) -> pd.DataFrame:
    return pd.concat({"a": pd.DataFrame(y), "b": pd.DataFrame(y)})


def test_a_panel_is_refused_with_what_to_do() -> None:
    index = INDICES["integers"]
    past, quantiles = pd.Series(1.0, index[:6]), quantile_table(index[6:], LEVELS)
    with pytest.raises(ValueError, match=r"past must be of a single series.*\.loc\['a'\]"):
        plot_fan(panel(past), quantiles)
    with pytest.raises(ValueError, match="quantiles must be of a single series"):
        plot_fan(past, panel(quantiles))
    with pytest.raises(ValueError, match="actual must be of a single series"):
        plot_fan(past, quantiles, actual=panel(past))
    with pytest.raises(ValueError, match="samples must be the sample paths of a single series"):
        plot_fan(past, quantiles, samples=panel(sample_table(index[6:], 2)))


def test_other_kinds_of_arguments_are_refused() -> None:
    index = INDICES["integers"]
    past, quantiles = pd.Series(1.0, index[:6]), quantile_table(index[6:], LEVELS)
    with pytest.raises(TypeError, match=r"past must be a pandas Series or DataFrame.*ndarray"):
        plot_fan(past.to_numpy(), quantiles)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="predict_quantiles or predict_interval"):
        plot_fan(past, past.to_frame())
    with pytest.raises(ValueError, match=r"both sides of the median.*\[0.1, 0.5\]"):
        plot_fan(past, quantile_table(index[6:], [0.1, 0.5]))
    two = pd.concat([quantiles, quantile_table(index[6:], LEVELS, "other")], axis=1)
    with pytest.raises(ValueError, match="one variable, but found"):
        plot_fan(past, two)
    with pytest.raises(ValueError, match="one column, but found"):
        plot_fan(pd.DataFrame({"a": past, "b": past}), quantiles)


def test_without_matplotlib_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def without_matplotlib(name: str, *arguments: Any, **named: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(f"No module named {name!r}")
        return real_import(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without_matplotlib)
    index = INDICES["integers"]
    with pytest.raises(ImportError, match=r"sktime-lagllama\[plots\]"):
        plot_fan(pd.Series(1.0, index[:6]), quantile_table(index[6:], LEVELS))
