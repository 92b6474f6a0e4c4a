"""forecast_parquet: many series in parquet files -> their quantiles in parquet files."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from numbers import Real
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sktime_lagllama import __version__
from sktime_lagllama._parameter_checks import check_count, check_flag, check_number
from sktime_lagllama.scale.data_set import Columns, DataSet, look_at
from sktime_lagllama.scale.files import remove_unfinished
from sktime_lagllama.scale.request import Request, agree

if TYPE_CHECKING:
    from sktime_lagllama.forecaster import LagLlamaForecaster
    from sktime_lagllama.network.lag_llama import LagLlama

DECILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

SCRATCH = "_rows"
"""Folder in the target with the rows by partition, until all forecasts are there."""

ROWS_OF_SPLIT_FILE = 2**23
"""Rows that a worker splits into partitions in one call."""


def forecast_parquet(
    forecaster: LagLlamaForecaster,
    source: str | PathLike[str],
    target: str | PathLike[str],
    fh: Any,
    *,
    alpha: Sequence[float] = DECILES,
    series: str | Sequence[str] = "series",
    time: str = "time",
    value: str = "value",
    freq: str | None = None,
    client: Any = None,
    rows_per_partition: int = 250_000,
    retries: int = 2,
    show_progress: bool = True,
) -> None:
    """Forecast every series of a parquet data set, and write quantiles as a parquet data set.

    The source has a row for each value: what names the series, the time, the value. Rows may come
    in any order, and those of a series from any files. Times without a row, nulls and NaN are
    missing values. Each series is forecast from its own last row on, so that its forecasts do not
    depend on which others there are; its sample paths depend on its name and ``random_state`` only,
    as those of an instance in a panel of sktime's do: fitted to a panel with this series, the
    forecaster has the same forecasts. On another machine, or with ``client``, they are the same up
    to rounding; to the bit, if processor, ``batch_size`` and number of torch's threads are equal.

    First, the rows are written to the folder ``_rows`` in the target, split into partitions by a
    hash of the series, until all is done; they take somewhat more space there than in the source
    (``benchmarks/scale/report.md``). Then each partition is forecast and written to a file of its
    own, which exists only once it is whole. Whatever ends the call, the same call again computes
    the partitions that are missing. The file ``_request.json`` tells it if forecasts of another
    request are there.

    A process has one partition in memory at a time, and no more than a million rows while it
    splits.

    Parameters
    ----------
    forecaster : LagLlamaForecaster
        Its parameters and weights are used, pretrained ones included; it need not be fitted and
        stays as it is. ``fine_tuning`` and ``covariates`` must be None. Without a ``random_state``,
        one is drawn, and taken again by a call that goes on.
    source : str or path-like
        A parquet file, or a folder whose files ".parquet", also in folders inside it, are read.
    target : str or path-like
        Folder to write, new or of an earlier call for the same. ``pandas.read_parquet(target)``
        reads it: the columns that name series, the time, "point" (what ``predict`` would return)
        and "q0.1" and the like, float64 in units of the data, in the order of the series' names
        within each file.
    fh : int, list of int or ForecastingHorizon
        Steps ahead of each series' last row, from 1 on.
    alpha : sequence of float of shape (levels,), default=(0.1, 0.2, ..., 0.9)
        Levels of the quantiles, between 0 and 1.
    series : str or sequence of str, default="series"
        The columns that name a series (together): strings, integers, truth values or dates.
    time : str, default="time"
        The column of times: dates, timestamps (also with a time zone), integers that count by one,
        pandas periods, or strings such as "2020-01" that pandas reads as periods.
    value : str, default="value"
        The column of numbers.
    freq : str, optional
        Step of dates and timestamps, as pandas names it ("MS", "D", "h", "W-SUN"), or of strings
        ("M", "D", "h"). Needed for these, and only for these. All series have times on one grid.
    client : distributed.Client, optional
        Of a Dask cluster: its workers do the work, each of which gets the weights once. All
        processes must see source and target under the same paths. Give each core, or each GPU, a
        worker of one thread: ``LocalCluster(n_workers=..., threads_per_worker=1)``. None: this
        process does everything, and Dask is not needed.
    rows_per_partition : int, default=250_000
        Rows of a partition on average, which a process reads as a whole: so they bound its memory.
        Fewer than some hundred series let the network compute less at once, which is slower. All
        rows of a series are in one partition, however many they are.
    retries : int, default=2
        How many more times a partition is tried that raises an exception. A partition whose worker
        dies is taken over by another one; Dask gives it up if that happens too often (its setting
        ``distributed.scheduler.allowed-failures``, 3).
    show_progress : bool, default=True
        Whether a terminal shows a progress bar.

    Raises
    ------
    FailedPartitionsError
        If partitions failed each time, after all others are done: names their files, and of what
        is wrong with the data, the series.
    FileNotFoundError
        If there is no source, or no checkpoint.
    TypeError, ValueError
        If a parameter or a column is wrong, or the target has anything but forecasts of the same
        request: parameters that change numbers, checkpoint, files of the source (their sizes and
        times of change), and version of this package.

    Examples
    --------
    >>> import pandas as pd
    >>> from sktime_lagllama import LagLlamaForecaster
    >>> from sktime_lagllama.scale import forecast_parquet
    >>> months = pd.date_range("2020-01", periods=24, freq="MS")
    >>> rows = pd.DataFrame({"series": "a", "time": months, "value": range(24)})
    >>> rows.to_parquet("sales.parquet")  # doctest: +SKIP
    >>> forecast_parquet(
    ...     LagLlamaForecaster(random_state=0), "sales.parquet", "forecasts", fh=3, freq="MS"
    ... )  # doctest: +SKIP
    >>> len(pd.read_parquet("forecasts"))  # doctest: +SKIP
    1
    """
    from sktime_lagllama.checkpoints.weights import OwnNetwork

    columns = Columns((series,) if isinstance(series, str) else tuple(series), time, value)
    levels = _checked_levels(alpha)
    _check_columns(columns, levels)
    check_count("rows_per_partition", rows_per_partition)
    check_number("retries", retries, integer=True, at_least=0)
    check_flag("show_progress", show_progress)
    _check_client(client)
    source, target = Path(source).absolute(), Path(target).absolute()
    if target == source or source in target.parents:
        raise ValueError(f"target must not be the source or inside it, but found {target}")
    network = _network_of(forecaster)
    data_set = look_at(source, columns, freq)
    num_partitions = -(-data_set.num_rows // rows_per_partition)
    request = agree(
        _request(forecaster, network, data_set, columns, freq, fh, levels, num_partitions),
        target,
        is_seed_free=forecaster.random_state is None,
    )
    parts = {f"part-{number:06d}.parquet": number for number in range(num_partitions)}
    missing = {name: number for name, number in parts.items() if not (target / name).exists()}
    if not missing:
        _remove_scratch(target)
        return
    options = {"client": client, "retries": retries, "show_progress": show_progress}
    split_files = _split_rows(data_set, request, target / SCRATCH, options)
    _forecast_partitions(
        {name: (split_files, number) for name, number in missing.items()},
        request,
        None if forecaster.batch_size == "auto" else int(forecaster.batch_size),
        target,
        partial(OwnNetwork, network, forecaster.device, forecaster.dtype),
        options,
    )
    _remove_scratch(target)


def _remove_scratch(target: Path) -> None:
    """Remove what is needed until all is done, and what killed processes left behind."""
    shutil.rmtree(target / SCRATCH, ignore_errors=True)
    remove_unfinished(target)


def _split_rows(
    data_set: DataSet, request: Request, folder: Path, options: dict[str, Any]
) -> list[Path]:
    """Split the rows of all files by partition, and return the files where they are now."""
    from sktime_lagllama.scale.split import split
    from sktime_lagllama.scale.tasks import run

    folder.mkdir(exist_ok=True)
    pieces = dict(enumerate(data_set.in_groups(ROWS_OF_SPLIT_FILE)))
    files = [folder / f"rows-{number:06d}.arrow" for number in pieces]
    arguments = (data_set.schema, request.columns, request.num_partitions)
    calls = {
        file.name: (pieces[number], *arguments, file)
        for number, file in enumerate(files)
        if not file.exists()
    }
    run(split, calls, {}, description="splitting", **options)
    return files


def _forecast_partitions(
    partitions: dict[str, tuple[list[Path], int]],
    request: Request,
    batch_size: int | None,
    target: Path,
    make_network: Any,
    options: dict[str, Any],
) -> None:
    """Forecast partitions and write their files, whose names are the keys."""
    from sktime_lagllama.scale.forecasts import forecast_partition
    from sktime_lagllama.scale.tasks import run

    calls = {
        name: (split_files, number, request, batch_size, target / name)
        for name, (split_files, number) in partitions.items()
    }
    run(forecast_partition, calls, {"network": make_network}, description="forecasting", **options)


def _network_of(forecaster: LagLlamaForecaster) -> LagLlama:
    """Return a forecaster's weights, float32 on the CPU, if it can be used at scale."""
    from sktime_lagllama.checkpoints.weights import load
    from sktime_lagllama.forecaster import LagLlamaForecaster
    from sktime_lagllama.network.lag_llama import LagLlama

    if not isinstance(forecaster, LagLlamaForecaster):
        raise TypeError(f"forecaster must be a LagLlamaForecaster, but found {forecaster!r}")
    if forecaster.fine_tuning is not None:
        raise ValueError(
            "fine_tuning must be None, because each partition would have other weights: fine-tune "
            "before, by fit or pretrain, and pass LagLlamaForecaster(checkpoint=forecaster.model_)"
        )
    if forecaster.covariates is not None:
        raise ValueError(f"covariates must be None at scale, but found {forecaster.covariates!r}")
    random_state = forecaster.random_state
    if random_state is not None and not isinstance(random_state, int | np.integer):
        raise TypeError(
            "random_state must be an integer or None at scale, so that a later call can go on, but "
            f"found {random_state!r}"
        )
    if hasattr(forecaster, "pretrained_model_"):
        return forecaster.pretrained_model_
    checkpoint = forecaster.checkpoint
    return checkpoint if isinstance(checkpoint, LagLlama) else load(checkpoint)


def _request(
    forecaster: LagLlamaForecaster,
    network: LagLlama,
    data_set: DataSet,
    columns: Columns,
    freq: str | None,
    fh: Any,
    levels: tuple[float, ...],
    num_partitions: int,
) -> Request:
    """Check what is left to check, and put together what numbers depend on."""
    from sktime_lagllama.forecaster import LagLlamaForecaster
    from sktime_lagllama.network.weights_file import config_digest, weights_digest

    # A forecaster that is fitted checks its parameters. The device is that of the workers.
    parameters = forecaster.get_params(deep=False) | {"checkpoint": network, "device": "cpu"}
    fitted = LagLlamaForecaster(**parameters).fit(pd.Series([0.0]))
    return Request(
        columns=columns,
        freq=freq,
        steps=_checked_steps(fh),
        levels=levels,
        seed=fitted.seed_,
        num_samples=int(forecaster.num_samples),
        # None stays: the default depends on the step, which ``fitted`` does not know.
        context_length=None if forecaster.context_length is None else fitted.context_length_,
        rope_scaling=forecaster.rope_scaling,
        nonnegative=bool(forecaster.nonnegative),
        point_forecast=forecaster.point_forecast,
        dtype=forecaster.dtype,
        weights=weights_digest(network.state_dict()) + config_digest(network.config),
        source=data_set.fingerprint,
        num_partitions=num_partitions,
        version=__version__,
    )


def _checked_steps(fh: Any) -> tuple[int, ...]:
    """Return the steps of a horizon."""
    from sktime.utils.validation.forecasting import check_fh

    horizon = check_fh(fh)
    if not horizon.is_relative or not pd.api.types.is_integer_dtype(horizon.to_pandas().dtype):
        raise ValueError(f"fh must count steps ahead, such as range(1, 13), but found {fh!r}")
    steps = tuple(int(step) for step in horizon.to_pandas())
    if min(steps) < 1:
        raise ValueError(f"fh must have steps from 1 on, but found {min(steps)}")
    return steps


def _checked_levels(alpha: Sequence[float]) -> tuple[float, ...]:
    """Return the levels of quantiles as floats."""
    levels = (alpha,) if isinstance(alpha, Real) else tuple(alpha)
    for level in levels:
        check_number("alpha", level, above=0, below=1)
    if not levels or len(set(levels)) < len(levels):
        raise ValueError(f"alpha must have levels, and none of them twice, but found {alpha!r}")
    return tuple(float(level) for level in levels)


def _check_columns(columns: Columns, levels: tuple[float, ...]) -> None:
    """Check that all columns of source and target have names of their own."""
    from sktime_lagllama.scale.forecasts import POINT, quantile_name

    if not columns.series:
        raise ValueError("series must name at least one column, but found none")
    if wrong := [name for name in columns.names if not isinstance(name, str)]:
        raise TypeError(f"series, time and value must be names of columns, but found {wrong[0]!r}")
    kept = [*columns.series, columns.time]
    for names in (columns.names, [*kept, POINT, *map(quantile_name, levels)]):
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(
                f"columns of source and target must have different names, but {twice[0]!r} is "
                f"twice in {names}: rename the column"
            )


def _check_client(client: Any) -> None:
    """Check that there is no client, or one that waits for its results."""
    if client is None:
        return
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            'client needs Dask: pip install "sktime-lagllama[distributed]"'
        ) from error
    if not isinstance(client, Client) or client.asynchronous:
        raise TypeError(
            f"client must be None or a distributed.Client that is not asynchronous, but found "
            f"{client!r}"
        )
