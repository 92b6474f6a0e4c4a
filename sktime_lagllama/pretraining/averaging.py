"""Average the weights of checkpoints that were trained from the same weights on.

Averages of such weights are often better than each of them, and cost nothing in a forecast
(Wortsman et al., Model soups, arXiv 2203.05482).

``python -m sktime_lagllama.pretraining.averaging A B --shares 0.5 0.5 --output FOLDER``
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from sktime_lagllama.checkpoints.weights import load
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.pretraining.checkpoint_folder import write_checkpoint


def average(models: Sequence[LagLlama], shares: Sequence[float]) -> LagLlama:
    """Average weights.

    Parameters
    ----------
    models : sequence of LagLlama
        With the same configuration; not changed.
    shares : sequence of float
        Of each model, of sum 1.

    Returns
    -------
    LagLlama
        In evaluation mode, on the CPU.

    Raises
    ------
    ValueError
        If the numbers of models and shares differ, the shares do not sum to 1, or two
        configurations differ.
    """
    if len(models) != len(shares):
        raise ValueError(
            f"every model needs a share, but found {len(models)} models and {len(shares)} shares"
        )
    if not math.isclose(sum(shares), 1, abs_tol=1e-6):
        raise ValueError(f"shares must sum to 1, but {list(shares)} sum to {sum(shares):g}")
    config = models[0].config
    for number, model in enumerate(models):
        if model.config != config:
            raise ValueError(
                f"models must have the same configuration, but number {number} has {model.config}, "
                f"the first one {config}"
            )
    result = LagLlama(config)
    states = [model.state_dict() for model in models]
    result.load_state_dict(
        {
            name: sum(share * state[name] for share, state in zip(shares, states, strict=True))
            for name in states[0]
        }
    )
    return result.eval().requires_grad_(False)


def main(arguments: list[str] | None = None) -> None:
    """Average checkpoints and write the result.

    Parameters
    ----------
    arguments : list of str, optional
        Of the command line; None: those of this process.
    """
    parser = argparse.ArgumentParser(
        prog="python -m sktime_lagllama.pretraining.averaging",
        description="Average the weights of checkpoints.",
    )
    parser.add_argument("checkpoints", nargs="+", help="as LagLlamaForecaster takes them")
    parser.add_argument("--shares", nargs="+", type=float, required=True, help="of sum 1")
    parser.add_argument("--output", type=Path, required=True, help="folder for the checkpoint")
    options = parser.parse_args(arguments)
    models = [load(checkpoint) for checkpoint in options.checkpoints]
    write_checkpoint(average(models, options.shares), options.output)


if __name__ == "__main__":
    main()
