"""Train a checkpoint from the command line.

``python -m sktime_lagllama.pretraining --minutes 60 --state FOLDER --output FOLDER``
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from sktime_lagllama.checkpoints.weights import load
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.pretraining.checkpoint_folder import write_checkpoint
from sktime_lagllama.pretraining.recipe import PLANS, Recipe
from sktime_lagllama.pretraining.run import Run, train
from sktime_lagllama.pretraining.state_file import StateFile


def parse_fields(kind: type[Any], pairs: list[str]) -> dict[str, Any]:
    """Read fields of a dataclass.

    Parameters
    ----------
    kind : type
        The dataclass.
    pairs : list of str
        As ``name=value``, values in JSON.

    Returns
    -------
    dict
        Lists as tuples.

    Raises
    ------
    ValueError
        If the dataclass has no such field.
    """
    names = {field.name for field in dataclasses.fields(kind)}
    fields = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        if name not in names:
            raise ValueError(f"{kind.__name__} has no field {name!r}")
        value = json.loads(text)
        fields[name] = tuple(value) if isinstance(value, list) else value
    return fields


def save_checkpoint(run: Run, folder: Path) -> None:
    """Write the averaged model, with its dispersion, as a checkpoint.

    Parameters
    ----------
    run : Run
    folder : Path
    """
    model = LagLlama(replace(run.model.config, dispersion=run.recipe.dispersion))
    model.load_state_dict(run.average.state_dict())
    write_checkpoint(model, folder)


def main(arguments: list[str] | None = None) -> None:
    """Train, or resume a training, and write the checkpoint.

    Parameters
    ----------
    arguments : list of str, optional
        Of the command line; None: those of this process.
    """
    parser = argparse.ArgumentParser(
        prog="python -m sktime_lagllama.pretraining",
        description="Train a checkpoint on synthetic series, or resume a training.",
    )
    parser.add_argument("--plan", choices=PLANS, default="bundled", help="what is trained, and how")
    parser.add_argument("--minutes", type=float, default=Recipe.minutes, help="wall-clock budget")
    parser.add_argument("--state", type=Path, required=True, help="folder for the resumable state")
    parser.add_argument("--output", type=Path, required=True, help="folder for the checkpoint")
    help_text = "a checkpoint whose weights a new training begins with; without it: random ones"
    parser.add_argument("--start-from", help=help_text)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--workers", type=int, default=1, help="processes that generate series")
    parser.add_argument("--threads", type=int, help="threads of the training itself")
    parser.add_argument("--compile", action="store_true", help="compile the network first")
    help_text = "fields of {}, as NAME=JSON"
    parser.add_argument("--config", nargs="*", default=[], help=help_text.format("LagLlamaConfig"))
    parser.add_argument("--recipe", nargs="*", default=[], help=help_text.format("Recipe"))
    options = parser.parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    config, recipe = PLANS[options.plan]
    config = replace(config, **parse_fields(LagLlamaConfig, options.config))
    recipe = replace(recipe, minutes=options.minutes)
    recipe = replace(recipe, **parse_fields(Recipe, options.recipe))
    run = Run(config, recipe, torch.device(options.device))
    state_file = options.state / "state.pt"
    if StateFile(state_file).exists():
        run.load(state_file)
        print(f"continuing {state_file} at step {run.step}", flush=True)
    elif options.start_from is not None:
        run.start_from(load(options.start_from))
    if not run.finished:
        train(run, state_file, options.compile, options.workers)
    save_checkpoint(run, options.output)
    print(f"wrote {options.output}", flush=True)
