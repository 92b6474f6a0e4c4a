"""Quantiles and point forecasts of a partition: read, computed and written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.checkpoints.weights import OwnNetwork
from sktime_lagllama.forecasting.chunks import chunks_of_rows
from sktime_lagllama.forecasting.resolutions import draw_paths, steps_looked_at
from sktime_lagllama.forecasting.rows import Rows
from sktime_lagllama.forecasting.summary_statistics import point_forecast, quantiles
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.scale.data_set import Columns
from sktime_lagllama.scale.files import written_whole
from sktime_lagllama.scale.partition import Partition, read_series
from sktime_lagllama.scale.request import Request
from sktime_lagllama.scale.split import read_partition
from sktime_lagllama.scale.times import write_times

POINT = "point"
"""Name of the column of point forecasts."""

MAX_STEPS_APART = 2**20
"""Between the first and the last cutoff of series whose calendar is computed at once, 24 bytes a
step."""


def quantile_name(level: float) -> str:
    """Return the name of a column of quantiles."""
    return f"q{level:g}"


def forecast_partition(
    split_files: Sequence[Path],
    number: int,
    request: Request,
    batch_size: int | None,
    target: Path,
    network: OwnNetwork,
) -> None:
    """Write the forecasts of a partition's series.

    Parameters
    ----------
    split_files : sequence of Path
        Where the rows are.
    number : int
        Of the partition.
    request : Request
    batch_size : int or None
        As in ``SamplingOptions``.
    target : Path
        File to write; it exists only once it is whole.
    network : OwnNetwork

    Raises
    ------
    ValueError
        As ``read_series`` does.
    """
    table = read_partition(split_files, number, request.num_partitions)
    columns = request.columns
    schema = schema_of_forecasts(table.schema, columns, request.levels)
    forecasts = [schema.empty_table()]
    if len(table):
        config = network.network.config
        parts = read_series(
            table,
            columns,
            request.freq,
            lambda grid: steps_looked_at(config, grid, request.context_length),
        )
        for part in parts:
            points, levels = _forecast(network.network, part, request, batch_size)
            forecasts.append(_arranged(part, points, levels, request, schema))
    with written_whole(target) as file:
        pq.write_table(pa.concat_tables(forecasts), file)


def schema_of_forecasts(schema: pa.Schema, columns: Columns, levels: Sequence[float]) -> pa.Schema:
    """Return the columns of forecasts, whose types are those of the source.

    Parameters
    ----------
    schema : pa.Schema
        Of the source.
    columns : Columns
    levels : sequence of float
        Of the quantiles.

    Returns
    -------
    pa.Schema
    """
    labels = [schema.field(name) for name in (*columns.series, columns.time)]
    names = [POINT, *map(quantile_name, levels)]
    return pa.schema([*labels, *(pa.field(name, pa.float64()) for name in names)])


def _forecast(
    network: LagLlama, partition: Partition, request: Request, batch_size: int | None
) -> tuple[Float64Array, Float64Array]:
    """Return point forecasts (series, steps) and quantiles (series, steps, levels)."""
    options = request.sampling_options(batch_size)
    streams = partition.series.random_streams
    steps = np.array(request.steps)
    num_series = partition.series.num_series
    points = np.empty((num_series, len(steps)))
    levels = np.empty((num_series, len(steps), len(request.levels)))
    for rows in _groups(partition.cutoffs, options.num_samples, int(steps.max())):
        chunk = Rows(rows, partition.cutoffs[rows], streams[rows])
        paths = draw_paths(network, partition.series, chunk, int(steps.max()), options)
        paths = paths.select(np.s_[:, :, steps - 1])
        points[rows] = point_forecast(paths, request.point_forecast, request.nonnegative)
        levels[rows] = quantiles(paths, request.levels, request.nonnegative)
    return points, levels


def _groups(cutoffs: IntArray, num_samples: int, horizon: int) -> Iterator[IntArray]:
    """Yield numbers of series whose paths have a bounded size, and whose cutoffs are not far apart.

    The latter matters for what is no calendar, such as integers that count seconds.
    """
    order = np.argsort(cutoffs, kind="stable")
    far = (cutoffs[order] - cutoffs[order[0]]) // MAX_STEPS_APART
    for near in np.split(order, np.flatnonzero(np.diff(far)) + 1):
        for first, stop in chunks_of_rows(len(near), num_samples, horizon):
            yield near[first:stop]


def _arranged(
    partition: Partition,
    points: Float64Array,
    levels: Float64Array,
    request: Request,
    schema: pa.Schema,
) -> pa.Table:
    """Return a table with a row for each series and step."""
    steps = np.array(request.steps)
    positions = (partition.cutoffs[:, None] + steps).ravel()
    times = partition.series.grid.times(positions)
    labels = partition.labels.take(np.repeat(np.arange(len(partition.cutoffs)), len(steps)))
    time_type = schema.field(request.columns.time).type
    numbers = [points.ravel(), *levels.reshape(len(positions), -1).T]
    columns = [*labels.columns, write_times(times, time_type), *map(pa.array, numbers)]
    return pa.table(columns, schema=schema)
