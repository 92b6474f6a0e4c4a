"""Score a checkpoint on real series.

``python -m sktime_lagllama.pretraining.validation --checkpoint bundled --context-length 128``, with
``--set fast`` on those of weeks, days and steps down to five minutes.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import pandas as pd

from sktime_lagllama.checkpoints.weights import load
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.pretraining.validation.fast_sources import load_fast_series
from sktime_lagllama.pretraining.validation.scoring import compare, model_quantiles, summarise
from sktime_lagllama.pretraining.validation.sources import load_real_series
from sktime_lagllama.pretraining.validation.windows import rolling_windows


def with_dispersion(model: LagLlama, dispersion: float) -> LagLlama:
    """Copy a network, with distributions that are widened by another factor.

    Parameters
    ----------
    model : LagLlama
        Not changed.
    dispersion : float
        As in ``LagLlamaConfig``.

    Returns
    -------
    LagLlama
        In evaluation mode.

    Raises
    ------
    ValueError
        If the dispersion is not positive and finite.
    """
    copy = LagLlama(replace(model.config, dispersion=dispersion))
    copy.load_state_dict(model.state_dict())
    return copy.eval().requires_grad_(False)


def main(arguments: list[str] | None = None) -> None:
    """Score a checkpoint and print the tables.

    Parameters
    ----------
    arguments : list of str, optional
        Of the command line; None: those of this process.
    """
    parser = argparse.ArgumentParser(
        prog="python -m sktime_lagllama.pretraining.validation",
        description="Score a checkpoint on real series, relative to the seasonal naive forecast.",
    )
    parser.add_argument("--checkpoint", default="bundled", help="as LagLlamaForecaster takes it")
    parser.add_argument("--context-length", type=int, help="tokens of context")
    parser.add_argument(
        "--dispersion", type=float, help="replaces the checkpoint's own, which 1 switches off"
    )
    parser.add_argument("--num-samples", type=int, default=100, help="paths per window")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sources", action="store_true", help="also print every data set")
    parser.add_argument(
        "--set",
        choices=["general", "fast"],
        default="general",
        help="series of all steps, mostly months and longer, or of weeks down to 5 minutes",
    )
    options = parser.parse_args(arguments)
    model = load(options.checkpoint)
    if options.dispersion is not None:
        model = with_dispersion(model, options.dispersion)
    fast = options.set == "fast"
    windows = rolling_windows(load_fast_series() if fast else load_real_series())
    started = time.perf_counter()
    quantiles = model_quantiles(
        model, windows, options.num_samples, options.seed, options.context_length
    )
    by_source = compare(windows, quantiles, ("group", "horizon") if fast else ("group",))
    seconds = time.perf_counter() - started
    with pd.option_context(
        "display.width", 140, "display.max_rows", None, "display.max_columns", None
    ):
        if options.sources:
            print(by_source.round(3))
        print(summarise(by_source).round(3))
    print(f"{len(windows)} windows in {seconds:.1f} s")


if __name__ == "__main__":
    main()
