from __future__ import annotations

import socket
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import torch

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.lag_llama import LagLlama, initialise
from sktime_lagllama.pretraining.validation import real_series
from sktime_lagllama.pretraining.validation.real_series import (
    HORIZONS,
    LEVELS,
    MEDIAN,
    SHORT_HISTORIES,
    RealSeries,
    RealWindow,
    compare,
    load_real_series,
    losses,
    model_quantiles,
    naive_quantiles,
    rolling_windows,
    score,
    summarise,
)

SMALL = LagLlamaConfig(
    context_length=16, num_layers=1, num_heads=2, head_dim=4, hidden_dim=16, lags=(0, 1, 2, 12)
)
WITH_GAPS = {"co2"}


@pytest.fixture(scope="module")
def every_series() -> tuple[RealSeries, ...]:
    pytest.importorskip("statsmodels")
    return load_real_series()


@pytest.fixture(scope="module")
def windows(every_series: tuple[RealSeries, ...]) -> list[RealWindow]:
    return rolling_windows(every_series)


@pytest.fixture(scope="module")
def few_windows(windows: list[RealWindow]) -> list[RealWindow]:
    """One window of each group."""
    return list({window.series.group: window for window in windows}.values())


def tiny_model() -> LagLlama:
    torch.manual_seed(0)
    model = LagLlama(SMALL)
    initialise(model)
    return model.eval()


def monthly(values: list[float] | np.ndarray, group: str = "monthly") -> RealSeries:
    freq = real_series.FREQUENCIES[group]
    index = pd.period_range("2000-01", periods=len(values), freq=freq)
    return RealSeries("crafted", group, pd.Series(np.asarray(values, dtype=float), index=index))


def window_of(history: list[float] | np.ndarray, targets: list[float]) -> RealWindow:
    series = monthly([*history, *targets])
    cutoff = len(history)
    return RealWindow(series, series.values[:cutoff], series.values[cutoff:], shortened=False)


def test_series_load_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    pytest.importorskip("statsmodels")
    assert len(load_real_series.__wrapped__()) > 100


def test_without_statsmodels_the_series_of_sktime_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(real_series, "import_module", missing)
    with pytest.warns(UserWarning, match="without statsmodels"):
        series = load_real_series.__wrapped__()
    assert {"airline", "shampoo", "lynx", "uschange/Income"} <= {one.name for one in series}
    assert rolling_windows(series)


def test_a_missing_file_is_only_warned_of() -> None:
    with pytest.warns(UserWarning, match="lacks no-such-file"):
        assert list(real_series._shipped("sktime", "no-such-file.csv")) == []


def test_series_are_finite_and_regular(every_series: tuple[RealSeries, ...]) -> None:
    for one in every_series:
        assert isinstance(one.values.index, pd.PeriodIndex)
        assert (np.diff(one.values.index.asi8) == 1).all(), one.name
        assert not np.isinf(one.values).any(), one.name
        assert one.values.notna().all() or one.source in WITH_GAPS, one.name
        assert one.values.dropna().nunique() > 5, one.name
    assert len({(one.group, one.name) for one in every_series}) == len(every_series)


def test_no_two_series_are_the_same(every_series: tuple[RealSeries, ...]) -> None:
    seen = {one.values.to_numpy().tobytes() for one in every_series}
    assert len(seen) == len(every_series)


def test_every_group_has_series_and_windows(
    every_series: tuple[RealSeries, ...], windows: list[RealWindow]
) -> None:
    assert list(dict.fromkeys(one.group for one in every_series)) == list(HORIZONS)
    assert list(dict.fromkeys(window.series.group for window in windows)) == list(HORIZONS)
    assert {one.name for one in every_series} == {window.series.name for window in windows}


def test_history_ends_right_before_the_targets(windows: list[RealWindow]) -> None:
    for window in windows:
        series = window.series
        assert window.history.index[-1] + 1 == window.targets.index[0]
        assert len(window.history) >= max(2 * series.season, 10)
        assert HORIZONS[series.group] / 2 <= len(window.targets) <= HORIZONS[series.group]
        pd.testing.assert_series_equal(
            pd.concat([window.history, window.targets]),
            series.values[window.history.index[0] : window.targets.index[-1]],
            check_freq=False,
        )
        assert window.shortened == (window.history.index[0] != series.values.index[0])
        if window.shortened:
            assert len(window.history) == SHORT_HISTORIES[series.group]


@pytest.mark.parametrize("length", [15, 16, 17, 20, 30, 100, 309])
def test_horizons_overlap_by_no_more_than_a_half(length: int) -> None:
    series = monthly(np.random.default_rng(0).normal(size=length), "yearly")
    cutoffs = sorted(
        {len(window.history) for window in rolling_windows([series]) if not window.shortened}
    )
    assert 1 <= len(cutoffs) <= 3
    assert all(later - earlier >= 3 for earlier, later in pairwise(cutoffs))
    assert cutoffs[0] >= 10


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
    for forecast in (naive_quantiles, lambda w: model_quantiles(tiny_model(), w, num_samples=4)):
        for one, other in zip(forecast(few_windows), forecast(changed), strict=True):
            np.testing.assert_array_equal(one, other)


def test_forecasts_are_those_of_the_forecasting_path(few_windows: list[RealWindow]) -> None:
    from sktime_lagllama.data.series import to_series_batch
    from sktime_lagllama.forecasting.paths import predict_paths
    from sktime_lagllama.sampling.options import SamplingOptions

    model, window = tiny_model(), few_windows[0]
    history = to_series_batch(window.history)
    cutoff = int(history.grid.positions(window.history.index[-1:])[0])
    steps = np.arange(1, len(window.targets) + 1)
    paths = predict_paths(model, history, cutoff, steps, SamplingOptions(num_samples=7, seed=3))
    (quantiles,) = model_quantiles(model, [window], num_samples=7, seed=3)
    np.testing.assert_allclose(quantiles, np.quantile(paths[0], LEVELS, axis=0), rtol=1e-5)


def test_score_of_a_random_model_is_finite(few_windows: list[RealWindow]) -> None:
    table = score(tiny_model(), few_windows, num_samples=4)
    assert list(table.index) == [*HORIZONS, "all"]
    assert np.isfinite(table.to_numpy()).all()
    assert (table[["MASE", "WQL"]] > 0).all(axis=None)
    assert table.loc["all", "windows"] == len(few_windows)
    groups = table.loc[list(HORIZONS)]
    np.testing.assert_allclose(table.loc["all", "WQL"], np.exp(np.log(groups["WQL"]).mean()))


def test_ratio_of_the_seasonal_naive_is_one(windows: list[RealWindow]) -> None:
    table = summarise(compare(windows, naive_quantiles(windows)))
    np.testing.assert_allclose(table[["MASE", "WQL"]], 1.0)
    assert table["coverage_95"].between(0.8, 1.0).all()
    assert (table["coverage_80"] < table["coverage_95"]).all()


def test_naive_repeats_the_last_observed_season() -> None:
    history = np.tile(np.arange(12.0), 3) + np.repeat([0.0, 10.0, 30.0], 12)
    history[-12] = np.nan  # the phase of the first target: last observed one season earlier
    (quantiles,) = naive_quantiles([window_of(history, [0.0] * 14)])
    expected = [10.0, *range(31, 42), 10.0, 31.0]
    np.testing.assert_allclose(quantiles[MEDIAN], expected)
    # Differences of 10 (12 times) and 20 (11 times).
    sigma = np.sqrt((12 * 100 + 11 * 400) / 23)
    np.testing.assert_allclose(
        quantiles[-2, [0, 11, 12]] - quantiles[MEDIAN, [0, 11, 12]],
        1.281552 * sigma * np.sqrt([1, 1, 2]),
        rtol=1e-6,
    )


def test_losses_are_those_computed_by_hand() -> None:
    history = np.repeat([0.0, 2.0], 12)  # the scale is 2
    window = window_of(history, [3.0, np.nan, 1.0])
    quantiles = np.repeat(np.arange(11.0)[:, None] - 5, 3, axis=1)  # the median is 0
    (row,) = losses([window], [quantiles]).to_dict("records")
    assert row["MASE"] == (3 + 1) / 2 / 2
    pinball = [
        2 * max(level * (target - q), (level - 1) * (target - q))
        for target in (3.0, 1.0)
        for level, q in zip(LEVELS[1:-1], range(-4, 5), strict=True)
    ]
    np.testing.assert_allclose(row["WQL"], np.mean(pinball) / 2)
    assert row["coverage_80"] == row["coverage_95"] == 1.0
    (outside,) = losses([window_of(history, [4.5, 0.0])], [quantiles[:, :2]]).to_dict("records")
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
            "windows": [50, 2],
        },
        index=index,
    )
    table = summarise(by_source)
    assert table.loc["yearly", "MASE"] == 1.0
    assert table.loc["yearly", "WQL"] == 0.5
    assert table.loc["yearly", "coverage_80"] == pytest.approx(0.8)
    assert table.loc["all", "windows"] == 52


def test_command_line_prints_the_table(
    few_windows: list[RealWindow],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(real_series, "load", lambda checkpoint: tiny_model())
    monkeypatch.setattr(real_series, "rolling_windows", lambda series: few_windows)
    real_series.main(["--checkpoint", "folder", "--context-length", "8", "--num-samples", "3"])
    printed = capsys.readouterr().out
    assert "hourly_simulated" in printed
    assert f"{len(few_windows)} windows" in printed
