"""How near a forecast comes to the plain matrix products that it is made of.

The bound is the time that the forecast's floating-point operations would take at the speed of
matrix products of the model's own shapes. That speed is measured in the same process: one product
after the other on all threads, or one product on each thread, whichever is faster. The forecast
draws 100 paths of 24 steps from a context of 32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median

import torch
from torch import Tensor

from benchmarks.speed.timing import seconds
from sktime_lagllama import LagLlamaConfig
from sktime_lagllama.network.features import Window
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampled_paths import SampledPaths
from sktime_lagllama.sampling.sampler import sample_paths
from sktime_lagllama.sampling.threads import in_threads

HORIZON = 24
NUM_SAMPLES = 100
PANEL = 20
REPEATS = 5
OTHER_COLUMNS = (256, 512)
"""Beside the columns that our forecasts use, so that the bound shows if these are badly chosen."""
PRODUCTS_PER_TIMING = 40


Layer = list[tuple[Tensor, Tensor, Tensor]]
"""The factors and the product of each matrix product in a layer."""


def shapes(config: LagLlamaConfig) -> list[tuple[int, int]]:
    """Return the shapes of a layer's matrices: key, value and query in one, output, MLP's two."""
    width, mlp_width = config.width, config.mlp_width
    return [(3 * width, width), (width, width), (2 * mlp_width, width), (width, mlp_width)]


def operations(
    config: LagLlamaConfig, num_series: int, num_samples: int = NUM_SAMPLES, horizon: int = HORIZON
) -> float:
    """Count the floating-point operations of a forecast: a multiplication and an addition are two.

    Counted are the layers on every token of the context and on every value that a path is continued
    from, with attention to all earlier tokens. Embedding and head are left out, so that the bound
    is slightly too low.

    Parameters
    ----------
    config : LagLlamaConfig
    num_series : int
    num_samples : int, default=100
        Paths of each series.
    horizon : int, default=24
        Steps of each path.

    Returns
    -------
    float
    """
    context, steps = config.context_length, horizon - 1
    per_token = 2 * config.num_layers * sum(rows * columns for rows, columns in shapes(config))
    tokens = context + num_samples * steps
    attended = sum(range(1, context + 1))
    attended += num_samples * sum(context + step for step in range(1, steps + 1))
    attention = 4 * config.num_layers * config.width * attended
    return float(num_series * (tokens * per_token + attention))


def products_per_second(config: LagLlamaConfig, columns: int, dtype: torch.dtype) -> float:
    """Measure the floating-point operations per second of a layer's matrix products.

    Parameters
    ----------
    config : LagLlamaConfig
    columns : int
        Of the matrices that the layer's matrices are multiplied with.
    dtype : torch.dtype

    Returns
    -------
    float
        The faster of all threads on one product, and of one product on each thread.
    """
    work = 2.0 * columns * sum(rows * inner for rows, inner in shapes(config))

    def random_layer() -> Layer:
        return [
            (
                torch.randn(rows, inner, dtype=dtype),
                torch.randn(inner, columns, dtype=dtype),
                torch.empty(rows, columns, dtype=dtype),
            )
            for rows, inner in shapes(config)
        ]

    def multiply(layers: list[Layer]) -> None:
        for number in range(PRODUCTS_PER_TIMING):
            for matrix, tokens, product in layers[number % len(layers)]:
                torch.mm(matrix, tokens, out=product)

    num_threads = torch.get_num_threads()
    # As many layers as the model has, so that a matrix is not in the nearest cache when it is used
    # again.
    layers = [[random_layer() for _ in range(config.num_layers)] for _ in range(num_threads)]
    in_sequence = seconds(lambda: multiply(layers[0])) / PRODUCTS_PER_TIMING
    in_parallel = seconds(
        lambda: in_threads(num_threads, multiply, [(of_thread,) for of_thread in layers])
    )
    return work / min(in_sequence, in_parallel / (PRODUCTS_PER_TIMING * num_threads))


def forecast(model: LagLlama, num_series: int) -> Callable[[], SampledPaths]:
    """Return a function without arguments that draws the paths of random series."""
    config = model.config
    shape = (num_series, config.max_lag + config.context_length)
    window = Window(torch.randn(shape, dtype=torch.float64), torch.ones(shape, dtype=torch.bool))
    calendar = torch.zeros(1, config.context_length + HORIZON - 1, 6)
    options = SamplingOptions(num_samples=NUM_SAMPLES)
    return lambda: sample_paths(model, window, calendar, HORIZON, options)


def columns() -> list[int]:
    """Return the columns of the measured products: those of our forecasts, and others."""
    of_forecasts = (NUM_SAMPLES, PANEL * NUM_SAMPLES // torch.get_num_threads())
    return sorted({*of_forecasts, *OTHER_COLUMNS})


def rows(config: LagLlamaConfig) -> Iterator[str]:
    """Measure each precision on one series and on a panel, and yield the rows of the table."""
    torch.manual_seed(0)
    float32_seconds: dict[int, float] = {}
    for dtype in (torch.float32, torch.bfloat16):
        model = LagLlama(config).eval().to(dtype)
        for num_series in (1, PANEL):
            draw = forecast(model, num_series)
            draw()
            draw_seconds, speeds = [], []
            # In turns, so that other load on the machine slows both.
            for _ in range(REPEATS):
                speeds += [products_per_second(config, width, dtype) for width in columns()]
                draw_seconds.append(seconds(draw))
            elapsed = median(draw_seconds)
            bound = operations(config, num_series) / max(speeds)
            float32_seconds.setdefault(num_series, elapsed)
            yield (
                f"| {num_series} | {str(dtype).removeprefix('torch.')} | {elapsed:.3f} "
                f"| {bound:.3f} | {bound / elapsed:.0%} "
                f"| {float32_seconds[num_series] / elapsed:.2f} |"
            )


def report() -> list[str]:
    """Measure, and return the lines of the report."""
    return [
        "## Share of the matrix bound",
        "",
        f"Drawing {NUM_SAMPLES} paths of {HORIZON} steps, against the same floating-point",
        "operations in plain matrix products of the model's own shapes (the fastest of one product",
        f"per thread and one product on all threads, on {', '.join(map(str, columns()))} columns),",
        f"measured in turns, {REPEATS} times.",
        "",
        "| series | precision | seconds | bound | share | times faster than float32 |",
        "|---:|---|---:|---:|---:|---:|",
        *rows(LagLlamaConfig()),
        "",
    ]
