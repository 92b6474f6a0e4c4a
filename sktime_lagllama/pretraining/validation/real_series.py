"""Validate a checkpoint on real series that come with sktime and statsmodels, without a download.

None of them belongs to a forecasting competition, so that choices made by this score do not leak
into comparisons on those. statsmodels is no dependency of the package: without it, few series
are left.

``python -m sktime_lagllama.pretraining.validation --checkpoint bundled --context-length 128``
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
import torch
from sktime.datasets import (
    load_airline,
    load_lynx,
    load_PBS_dataset,
    load_shampoo_sales,
    load_solar,
    load_uschange,
)

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.checkpoints.weights import load
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.data.time_grid import grid_of
from sktime_lagllama.network.features import Window
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampler import sample_paths

LEVELS = (0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975)
SCORED_LEVELS = slice(1, 10)  # 0.1 to 0.9
MEDIAN = 5
NORMAL_QUANTILES = np.array(
    [
        *(-1.959964, -1.281552, -0.841621, -0.524401, -0.253347, 0.0),
        *(0.253347, 0.524401, 0.841621, 1.281552, 1.959964),
    ]
)
"""Of the standard normal distribution at the levels."""

FREQUENCIES = {
    "monthly": "M",
    "quarterly": "Q",
    "yearly": "Y",
    "weekly": "W-SAT",
    "daily": "D",
    "hourly": "h",
    "hourly_simulated": "h",
}
SEASONS = {
    "monthly": 12,
    "quarterly": 4,
    "yearly": 1,
    "weekly": 52,
    "daily": 7,
    "hourly": 24,
    "hourly_simulated": 24,
}
HORIZONS = {
    "monthly": 18,
    "quarterly": 8,
    "yearly": 6,
    "weekly": 13,
    "daily": 14,
    "hourly": 48,
    "hourly_simulated": 48,
}
SHORT_HISTORIES = {
    "monthly": 60,
    "quarterly": 24,
    "yearly": 20,
    "weekly": 156,
    "daily": 42,
    "hourly": 168,
    "hourly_simulated": 168,
}
"""The histories that users mostly have: the last five years of months, a week of hours."""

NUM_FERTILITY_COUNTRIES = 25
SIMULATION_SEED = 20240


@dataclass(frozen=True)
class RealSeries:
    """A series of the validation set.

    Parameters
    ----------
    name : str
        Its data set, or "data set/column".
    group : str
        One of ``HORIZONS``.
    values : pd.Series
        Float64 with a period index without gaps; NaN where missing.
    """

    name: str
    group: str
    values: pd.Series

    @property
    def source(self) -> str:
        """Data set that the series is a part of."""
        return self.name.partition("/")[0]

    @property
    def season(self) -> int:
        """Steps in a season."""
        return SEASONS[self.group]


@dataclass(frozen=True)
class RealWindow:
    """A series cut at a cutoff.

    Parameters
    ----------
    series : RealSeries
    history : pd.Series
        What a forecaster may see.
    targets : pd.Series
        What follows immediately.
    shortened : bool
        Whether older history was left out.
    """

    series: RealSeries
    history: pd.Series
    targets: pd.Series
    shortened: bool

    @property
    def scale(self) -> float:
        """Mean absolute seasonal difference of the history, by which errors are scaled."""
        return float(np.nanmean(np.abs(_seasonal_differences(self))))


@lru_cache(maxsize=1)
def load_real_series() -> tuple[RealSeries, ...]:
    """Return all series: real ones of six frequencies, and simulated hourly ones.

    Returns
    -------
    tuple of RealSeries
        Without those of statsmodels, and with a warning, where that is not installed.
    """
    series = [*_from_sktime(), *_simulated_hourly()]
    try:
        series += _from_statsmodels()
    except ModuleNotFoundError as error:
        warnings.warn(
            f"the validation set has few series without statsmodels: {error}", stacklevel=2
        )
    order = list(HORIZONS)
    return tuple(sorted(series, key=lambda one: (order.index(one.group), one.name)))


def rolling_windows(series: Sequence[RealSeries]) -> list[RealWindow]:
    """Cut series at up to three cutoffs, with their whole history and with a short one.

    The cutoffs are spread evenly over the later half of a series. Horizons overlap by no more than
    a half; a history is at least two seasons and ten values long. A series too short for that gets
    one window with a shorter horizon, as long as that is half the group's. Series of a data set
    with many get fewer cutoffs each, as each data set counts the same.

    Parameters
    ----------
    series : sequence of RealSeries

    Returns
    -------
    list of RealWindow
    """
    sizes = pd.Series([(one.group, one.source) for one in series]).value_counts()
    windows = []
    for one in series:
        horizon = HORIZONS[one.group]
        limit = _num_cutoffs(sizes[one.group, one.source])
        for cutoff in _cutoffs(len(one.values), horizon, one.season, limit):
            past, targets = one.values[:cutoff], one.values[cutoff : cutoff + horizon]
            short = past[-SHORT_HISTORIES[one.group] :]
            histories = [past] if len(short) == len(past) else [past, short]
            windows += [
                RealWindow(one, history, targets, shortened=len(history) < len(past))
                for history in histories
            ]
    return [window for window in windows if window.targets.notna().any() and window.scale > 0]


def model_quantiles(
    model: LagLlama,
    windows: Sequence[RealWindow],
    num_samples: int = 100,
    seed: int = 0,
    context_length: int | None = None,
) -> list[Float64Array]:
    """Forecast windows by a network, all those of a group in one batch.

    Parameters
    ----------
    model : LagLlama
    windows : sequence of RealWindow
    num_samples : int, default=100
    seed : int, default=0
    context_length : int, optional
        None: what the model was trained with.

    Returns
    -------
    list of float64 arrays of shape (levels, targets), one for each window
    """
    options = SamplingOptions(num_samples=num_samples, seed=seed, context_length=context_length)
    quantiles: dict[int, Float64Array] = {}
    for group in dict.fromkeys(window.series.group for window in windows):
        places = [i for i, window in enumerate(windows) if window.series.group == group]
        paths = _sample([windows[i].history for i in places], model, HORIZONS[group], options)
        by_window = np.quantile(paths, LEVELS, axis=1)
        for row, i in enumerate(places):
            quantiles[i] = by_window[:, row, : len(windows[i].targets)]
    return [quantiles[i] for i in range(len(windows))]


def naive_quantiles(windows: Sequence[RealWindow]) -> list[Float64Array]:
    """Forecast windows by the last season, with normal errors that grow from season to season.

    Parameters
    ----------
    windows : sequence of RealWindow

    Returns
    -------
    list of float64 arrays of shape (levels, targets), one for each window
    """
    quantiles = []
    for window in windows:
        season = window.series.season
        steps = np.arange(len(window.targets))
        filled = window.history.ffill()
        # The last observed value of each phase: shifting by whole seasons keeps the phase.
        last = window.history.groupby(np.arange(len(filled)) % season).ffill().fillna(filled)
        center = last.to_numpy()[-season:][steps % season]
        sigma = np.sqrt(np.nanmean(_seasonal_differences(window) ** 2) * (steps // season + 1))
        quantiles.append(center + NORMAL_QUANTILES[:, None] * sigma)
    return quantiles


def losses(windows: Sequence[RealWindow], forecasts: Sequence[Float64Array]) -> pd.DataFrame:
    """Compare forecasts with what came.

    Parameters
    ----------
    windows : sequence of RealWindow
    forecasts : sequence of float64 arrays of shape (levels, targets)

    Returns
    -------
    pd.DataFrame
        A row for each window, with the columns "group", "source", "name", "shortened", "MASE",
        "WQL" (mean over the levels 0.1 to 0.9, scaled as MASE is), "coverage_80", "coverage_95".
    """
    rows = []
    levels = np.array(LEVELS)[:, None]
    for window, quantiles in zip(windows, forecasts, strict=True):
        targets = window.targets.to_numpy()
        errors = targets - quantiles
        pinball = 2 * np.maximum(levels * errors, (levels - 1) * errors)
        observed = ~np.isnan(targets)
        inside = (quantiles[:5] <= targets) & (targets <= quantiles[:-6:-1])
        rows.append(
            {
                "group": window.series.group,
                "source": window.series.source,
                "name": window.series.name,
                "shortened": window.shortened,
                "MASE": np.abs(errors[MEDIAN, observed]).mean() / window.scale,
                "WQL": pinball[SCORED_LEVELS, observed].mean() / window.scale,
                "coverage_80": inside[1, observed].mean(),
                "coverage_95": inside[0, observed].mean(),
            }
        )
    return pd.DataFrame(rows)


def compare(windows: Sequence[RealWindow], forecasts: Sequence[Float64Array]) -> pd.DataFrame:
    """Compare forecasts with those of the seasonal naive, data set by data set.

    Parameters
    ----------
    windows : sequence of RealWindow
    forecasts : sequence of float64 arrays of shape (levels, targets)

    Returns
    -------
    pd.DataFrame
        Indexed by group and source: "MASE", "WQL", "MASE_naive", "WQL_naive", "coverage_80",
        "coverage_95", each the mean over the data set's windows, and their number, "windows".
    """
    own = losses(windows, forecasts)
    naive = losses(windows, naive_quantiles(windows))
    own = own.assign(MASE_naive=naive["MASE"], WQL_naive=naive["WQL"], windows=1)
    by_source = own.groupby(["group", "source"], sort=False)
    means = by_source[[*_AVERAGED, "MASE_naive", "WQL_naive"]].mean()
    return means.assign(windows=by_source["windows"].sum())


def summarise(by_source: pd.DataFrame) -> pd.DataFrame:
    """Average over the data sets of each group, and divide by the seasonal naive's average.

    Parameters
    ----------
    by_source : pd.DataFrame
        What ``compare`` returns.

    Returns
    -------
    pd.DataFrame
        Indexed by group, with the columns "MASE" and "WQL", ratios to the seasonal naive,
        "coverage_80", "coverage_95" and "windows". Last a row "all": geometric means of the
        ratios, means of the coverages, the number of all windows.
    """
    by_group = by_source.groupby(level="group", sort=False)
    table = by_group[list(_AVERAGED)].mean()
    for loss in ("MASE", "WQL"):
        table[loss] /= by_group[f"{loss}_naive"].mean()
    table["windows"] = by_group["windows"].sum()
    overall = table.mean()
    overall[["MASE", "WQL"]] = np.exp(np.log(table[["MASE", "WQL"]]).mean())
    overall["windows"] = table["windows"].sum()
    table.loc["all"] = overall
    return table.astype({"windows": int})


def score(
    model: LagLlama,
    windows: Sequence[RealWindow],
    num_samples: int = 100,
    seed: int = 0,
    context_length: int | None = None,
) -> pd.DataFrame:
    """Score a network; with half the samples or fewer, often enough during a training.

    Parameters
    ----------
    model : LagLlama
        On any device.
    windows : sequence of RealWindow
    num_samples : int, default=100
    seed : int, default=0
    context_length : int, optional
        None: what the model was trained with.

    Returns
    -------
    pd.DataFrame
        As ``summarise`` returns.
    """
    return summarise(
        compare(windows, model_quantiles(model, windows, num_samples, seed, context_length))
    )


_AVERAGED = ("MASE", "WQL", "coverage_80", "coverage_95")


def _num_cutoffs(num_series: int) -> int:
    """Return how often each series of a data set is forecast: a large one takes time enough."""
    if num_series > 10:
        return 1
    return 2 if num_series > 1 else 3


def _cutoffs(length: int, horizon: int, season: int, limit: int) -> list[int]:
    shortest = max(2 * season, 10)
    first, last = max(shortest, length // 2), length - horizon
    if last < shortest:
        return [shortest] if length - shortest >= horizon / 2 else []
    if last <= first:
        return [last]
    count = min(limit, 1 + (last - first) // max(1, horizon // 2))
    if count == 1:
        return [last]
    return [round(cutoff) for cutoff in np.linspace(first, last, count)]


def _seasonal_differences(window: RealWindow) -> Float64Array:
    values = window.history.to_numpy()
    return values[window.series.season :] - values[: -window.series.season]


def _sample(
    histories: Sequence[pd.Series], model: LagLlama, horizon: int, options: SamplingOptions
) -> Float64Array:
    """Draw paths that start where each history ends, shape (histories, samples, horizon)."""
    grid = grid_of(histories[0].index)
    lengths = np.array([len(history) for history in histories])
    starts = np.array([grid.positions(history.index[:1])[0] for history in histories])
    batch = SeriesBatch(
        values=np.concatenate([history.to_numpy() for history in histories]),
        lengths=lengths,
        starts=starts,
        grid=grid,
        instances=None,
        columns=pd.RangeIndex(len(histories)),
    )
    rows, cutoffs = np.arange(len(histories)), starts + lengths - 1
    context_length = options.context(model.config)
    values = batch.windows(rows, cutoffs, model.config.max_lag + context_length)
    window = Window(torch.from_numpy(np.nan_to_num(values)), torch.from_numpy(~np.isnan(values)))
    calendar = batch.calendars(rows, cutoffs, context_length, horizon - 1)
    return sample_paths(model, window, torch.from_numpy(calendar), horizon, options)


def _series(name: str, group: str, values: Any, start: str | None = None) -> RealSeries:
    """Give values their periods: those from a start on, or those that their index names."""
    if start is not None:
        index = pd.period_range(start, periods=len(values), freq=FREQUENCIES[group])
        values = pd.Series(np.asarray(values), index=index)
    values = values.astype(np.float64).rename(name)
    return RealSeries(name, group, values.asfreq(FREQUENCIES[group]))


def _columns(
    source: str, group: str, table: pd.DataFrame, start: str | None = None
) -> list[RealSeries]:
    return [_series(f"{source}/{name}", group, table[name], start) for name in table.columns]


def _from_sktime() -> Iterator[RealSeries]:
    yield _series("airline", "monthly", load_airline())
    yield _series("shampoo", "monthly", load_shampoo_sales())
    yield _series("pbs", "monthly", load_PBS_dataset())
    yield _series("lynx", "yearly", load_lynx())
    consumption, others = load_uschange()
    changes = pd.concat([consumption, others], axis=1)
    yield from _columns("uschange", "quarterly", changes, "1970Q1")
    # Without a version the sample that comes with sktime: six days of half hours.
    solar = load_solar(api_version=None).tz_localize(None)[:-1]
    yield _series("solar", "hourly", solar.resample("h").mean().to_period("h"))
    for table in _shipped("sktime", "datasets/data/seatbelts/seatbelts.csv"):
        yield _series("seatbelts", "monthly", table["KSI"], "1969-01")


def _from_statsmodels() -> list[RealSeries]:
    return [
        *_atmosphere_and_water(),
        *_economies(),
        *_people_and_firms(),
        *_from_statsmodels_tests(),
    ]


def _statsmodels_table(name: str) -> pd.DataFrame:
    return import_module(f"statsmodels.datasets.{name}").load_pandas().data


def _atmosphere_and_water() -> Iterator[RealSeries]:
    co2 = _statsmodels_table("co2")["co2"]
    yield _series("co2", "weekly", co2.to_period("W-SAT"))
    yield _series("co2", "monthly", co2.resample("MS").mean().to_period("M"))
    sunspots = _statsmodels_table("sunspots")["SUNACTIVITY"]
    yield _series("sunspots", "yearly", sunspots, "1700")
    yield _series("nile", "yearly", _statsmodels_table("nile")["volume"], "1871")
    elnino = _statsmodels_table("elnino").set_index("YEAR")
    yield _series("elnino", "monthly", elnino.to_numpy().ravel(), "1950-01")


def _economies() -> Iterator[RealSeries]:
    # Not the population, which is nearly a straight line, nor realint, which follows from others.
    macro = _statsmodels_table("macrodata").drop(columns=["year", "quarter", "pop", "realint"])
    yield from _columns("macrodata", "quarterly", macro, "1959Q1")
    germany = _statsmodels_table("interest_inflation")[["Dp", "R"]]
    yield from _columns("interest_inflation", "quarterly", germany, "1972Q2")
    yield from _columns("denmark", "quarterly", _statsmodels_table("danish_data"), "1974Q1")
    equipment = _statsmodels_table("elec_equip").iloc[:, 0]
    yield _series("elec_equip", "monthly", equipment, "1995-01")
    longley = _statsmodels_table("longley").drop(columns="YEAR")
    yield from _columns("longley", "yearly", longley, "1947")
    copper = _statsmodels_table("copper").drop(columns="TIME")
    yield from _columns("copper", "yearly", copper, "1951")


def _people_and_firms() -> Iterator[RealSeries]:
    fertility = _statsmodels_table("fertility").set_index("Country Code").loc[:, "1960":"2011"]
    complete = fertility.dropna()
    chosen = np.linspace(0, len(complete) - 1, NUM_FERTILITY_COUNTRIES).round().astype(int)
    yield from _columns("fertility", "yearly", complete.iloc[chosen].T, "1960")
    grunfeld = _statsmodels_table("grunfeld").pivot(index="year", columns="firm")
    for measure in ("invest", "value"):
        for firm, values in grunfeld.xs(measure, axis=1).items():
            yield _series(f"grunfeld/{firm} {measure}", "yearly", values, "1935")


def _from_statsmodels_tests() -> Iterator[RealSeries]:
    """Read series that statsmodels ships for its own tests, where an installation has them."""
    folder = "tsa/stl/tests/results"
    for table in _shipped("statsmodels", f"{folder}/mstl_elec_vic.csv"):
        demand = table.set_index(pd.DatetimeIndex(table["ds"]))["y"]
        yield _series("victoria", "hourly", demand.to_period("h"))
        yield _series("victoria", "daily", demand.resample("D").mean().to_period("D"))
    for table in _shipped("statsmodels", "tsa/holtwinters/tests/results/housing-data.csv"):
        yield _series("housing", "monthly", table["HOUSTNSA"], "1959-01")
    folder = "tsa/statespace/tests/results/frbny_nowcast/Nowcasting/data/US"
    for table in _shipped("statsmodels", f"{folder}/2016-07-29.csv"):
        indicators = ["PAYEMS", "CPIAUCSL", "HSN1F", "UNRATE", "INDPRO", "TCU"]
        yield from _columns("nowcast", "monthly", table[indicators].dropna(), "1985-01")
    folder = "tsa/vector_ar/tests/results"
    layout = {"sep": r"\s+", "comment": "<", "skiprows": 6}
    for table in _shipped("statsmodels", f"{folder}/e4.dat", **layout):
        yield from _columns("german_income", "quarterly", table, "1960Q1")
    for table in _shipped("statsmodels", f"{folder}/e5.dat", **layout):
        yield from _columns("german_rates", "monthly", table, "1960-01")


def _shipped(package: str, path: str, **options: Any) -> Iterator[pd.DataFrame]:
    """Yield the table in a package's file, or nothing, with a warning, if it has none."""
    file = files(package).joinpath(path)
    if not file.is_file():
        warnings.warn(f"this installation of {package} lacks {path}", stacklevel=2)
        return
    with file.open() as lines:
        yield pd.read_csv(lines, **options)


def _simulated_hourly() -> Iterator[RealSeries]:
    """Simulate eight weeks of a load, traffic, calls and a temperature."""
    rng = np.random.default_rng(SIMULATION_SEED)
    hours = np.arange(8 * 7 * 24)
    hour, day = hours % 24, hours // 24 % 7
    office = np.exp(-(((hour - 13) / 4.5) ** 2)) * np.where(day < 5, 1.0, 0.35)
    rush = np.exp(-(((hour - 8) / 2) ** 2)) + np.exp(-(((hour - 17.5) / 2.5) ** 2))
    evening = 0.5 * np.exp(-(((hour - 20) / 2) ** 2))
    load = 500 + 300 * office + 150 * evening + _autoregression(rng, hours.size, 0.9, 12.0)
    traffic = (0.15 + rush * np.where(day < 5, 1.0, 0.4)) * np.exp(
        5 + _autoregression(rng, hours.size, 0.7, 0.12)
    )
    calls = rng.poisson(20 * office).astype(np.float64)
    temperature = 12 - 5 * np.cos(2 * np.pi * (hour - 3) / 24)
    temperature += _autoregression(rng, hours.size, 0.985, 0.5)
    simulated = {"load": load, "traffic": traffic, "calls": calls, "temperature": temperature}
    for name, values in simulated.items():
        # 2024 began on a Monday, as the simulated weeks do.
        yield _series(f"simulated/{name}", "hourly_simulated", values, "2024-01-01")


def _autoregression(
    rng: np.random.Generator, length: int, coefficient: float, sigma: float
) -> Float64Array:
    values = rng.normal(0.0, sigma, length)
    for t in range(1, length):
        values[t] += coefficient * values[t - 1]
    return values


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line, score the checkpoint and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", default="bundled", help="as LagLlamaForecaster takes it")
    parser.add_argument("--context-length", type=int, help="tokens of context")
    parser.add_argument("--num-samples", type=int, default=100, help="paths per window")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sources", action="store_true", help="also print every data set")
    options = parser.parse_args(arguments)
    model = load(options.checkpoint)
    windows = rolling_windows(load_real_series())
    started = time.perf_counter()
    by_source = compare(
        windows,
        model_quantiles(model, windows, options.num_samples, options.seed, options.context_length),
    )
    seconds = time.perf_counter() - started
    with pd.option_context(
        "display.width", 120, "display.max_rows", None, "display.max_columns", None
    ):
        if options.sources:
            print(by_source.round(3))
        print(summarise(by_source).round(3))
    print(f"{len(windows)} windows in {seconds:.1f} s")


if __name__ == "__main__":
    main()
