"""How near a forecast comes to the plain matrix products that it is made of.

The bound is the time of the forecast's floating-point operations at the speed of matrix products
of the model's own shapes, measured in the same process: one after the other with all threads, or
in threads of one core each, whichever is faster. The forecast itself draws 100 paths of 24 steps
from a context of 32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter

import numpy as np
import torch
from torch import Tensor

from sktime_lagllama import LagLlamaConfig
from sktime_lagllama.network.features import Window
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.sampler import sample_paths
from sktime_lagllama.sampling.threads import in_threads

HORIZON = 24
NUM_SAMPLES = 100
PANEL = 20
REPEATS = 5
# A bound that only knew our own blocks would not tell if these are badly chosen.
OTHER_COLUMNS = (256, 512)
PRODUCTS_AT_ONCE = 40


def shapes(config: LagLlamaConfig) -> list[tuple[int, int]]:
    """Return the shapes of a block's matrices: key, value and query in one, output, MLP's two."""
    width, mlp_width = config.width, config.mlp_width
    return [(3 * width, width), (width, width), (2 * mlp_width, width), (width, mlp_width)]


def operations(config: LagLlamaConfig, num_series: int) -> float:
    """Count the floating-point operations of a forecast, two per multiplication and addition.

    The blocks on every token of the context, and on every value that a path is continued from; and
    attention, to all earlier tokens. Embedding and head are left out: the bound is a little lower
    than it could be.

    Parameters
    ----------
    config : LagLlamaConfig
    num_series : int
        With ``NUM_SAMPLES`` paths of ``HORIZON`` steps each.

    Returns
    -------
    float
    """
    context, steps = config.context_length, HORIZON - 1
    per_token = 2 * config.num_layers * sum(rows * columns for rows, columns in shapes(config))
    tokens = context + NUM_SAMPLES * steps
    attended = sum(range(1, context + 1))
    attended += NUM_SAMPLES * sum(context + step for step in range(1, steps + 1))
    attention = 4 * config.num_layers * config.width * attended
    return float(num_series * (tokens * per_token + attention))


def products_per_second(config: LagLlamaConfig, columns: int, dtype: torch.dtype) -> float:
    """Measure the floating-point operations a second of a block's matrix products.

    Parameters
    ----------
    config : LagLlamaConfig
    columns : int
        Of what the matrices are multiplied with.
    dtype : torch.dtype

    Returns
    -------
    float
        The faster of all threads on one product, and of one product a thread.
    """
    work = 2.0 * columns * sum(rows * inner for rows, inner in shapes(config))

    def block() -> list[tuple[Tensor, Tensor, Tensor]]:
        return [
            (
                torch.randn(rows, inner, dtype=dtype),
                torch.randn(inner, columns, dtype=dtype),
                torch.empty(rows, columns, dtype=dtype),
            )
            for rows, inner in shapes(config)
        ]

    def multiply(blocks: list[list[tuple[Tensor, Tensor, Tensor]]]) -> None:
        for turn in range(PRODUCTS_AT_ONCE):
            for matrix, other, out in blocks[turn % len(blocks)]:
                torch.mm(matrix, other, out=out)

    threads = torch.get_num_threads()
    # As many blocks as layers: a block's matrices have left the nearest cache when it comes again.
    blocks = [[block() for _ in range(config.num_layers)] for _ in range(threads)]
    together = seconds(lambda: multiply(blocks[0])) / PRODUCTS_AT_ONCE
    apart = seconds(lambda: in_threads(threads, multiply, [(part,) for part in blocks]))
    return work / min(together, apart / (PRODUCTS_AT_ONCE * threads))


def seconds(call: Callable[[], object]) -> float:
    """Return the seconds of a call."""
    start = perf_counter()
    call()
    return perf_counter() - start


def forecast(model: LagLlama, num_series: int) -> Callable[[], np.ndarray]:
    """Return what draws the paths of random series."""
    config = model.config
    shape = (num_series, config.max_lag + config.context_length)
    window = Window(torch.randn(shape, dtype=torch.float64), torch.ones(shape, dtype=torch.bool))
    calendar = torch.zeros(1, config.context_length + HORIZON - 1, 6)
    options = SamplingOptions(num_samples=NUM_SAMPLES)
    return lambda: sample_paths(model, window, calendar, HORIZON, options)


def columns() -> list[int]:
    """Return the columns of the measured products: our blocks' own, and what may suit better."""
    own = (NUM_SAMPLES, PANEL * NUM_SAMPLES // torch.get_num_threads())
    return sorted({*own, *OTHER_COLUMNS})


def rows(config: LagLlamaConfig) -> Iterator[str]:
    """Measure each precision on one series and on a panel."""
    torch.manual_seed(0)
    in_float32 = {}
    for dtype in (torch.float32, torch.bfloat16):
        model = LagLlama(config).eval().to(dtype)
        for num_series in (1, PANEL):
            call = forecast(model, num_series)
            call()
            taken, speeds = [], []
            # In turns: what slows the machine for a while then slows both.
            for _ in range(REPEATS):
                speeds += [products_per_second(config, width, dtype) for width in columns()]
                taken.append(seconds(call))
            bound = operations(config, num_series) / max(speeds)
            in_float32.setdefault(num_series, median(taken))
            yield (
                f"| {num_series} | {str(dtype).removeprefix('torch.')} | {median(taken):.3f} "
                f"| {bound:.3f} | {bound / median(taken):.0%} "
                f"| {in_float32[num_series] / median(taken):.2f} |"
            )


def report() -> list[str]:
    """Measure, and return the lines of the report."""
    return [
        "## Share of the matrix bound",
        "",
        f"Drawing {NUM_SAMPLES} paths of {HORIZON} steps, against the same floating-point",
        "operations in plain matrix products of the model's own shapes (the fastest of one product",
        f"a thread and one product on all threads, on {', '.join(map(str, columns()))} columns),",
        f"measured in turns, {REPEATS} times.",
        "",
        "| series | precision | seconds | bound | share | times faster than float32 |",
        "|---:|---|---:|---:|---:|---:|",
        *rows(LagLlamaConfig()),
        "",
    ]
