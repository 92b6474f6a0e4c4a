"""Train a checkpoint on synthetic series; resumable and time-boxed.

``python -m sktime_lagllama.pretraining --minutes 60 --state FOLDER --output FOLDER``
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import json
import os
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch.utils.data import DataLoader

from sktime_lagllama.checkpoints.weights import load
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.lag_llama import LagLlama, initialise
from sktime_lagllama.pretraining.batches import CountFrom
from sktime_lagllama.pretraining.recipe import PLANS, Recipe
from sktime_lagllama.pretraining.validation.scoring import score
from sktime_lagllama.pretraining.validation.sources import load_real_series
from sktime_lagllama.pretraining.validation.windows import rolling_windows
from sktime_lagllama.pretraining.warm_start import copy_weights
from sktime_lagllama.training.batches import Batch, loss_of
from sktime_lagllama.training.learning_rate import learning_rate_factor
from sktime_lagllama.training.parameter_groups import parameter_groups

VALIDATION_SEED = 2**32 - 1
VALIDATION_CHUNKS = 2
SECONDS_BETWEEN_SAVES = 60.0
SECONDS_BETWEEN_SCORES = 900.0


class Run:
    """A training run: the state that a resumed run needs, and nothing else.

    Parameters
    ----------
    config : LagLlamaConfig
    recipe : Recipe
    device : torch.device

    Attributes
    ----------
    model : LagLlama
        What is trained.
    average : LagLlama
        The exponential moving average of its weights.
    optimizers : list of torch.optim.Optimizer
    chunk : int
        Number of the chunk of batches that comes next.
    step : int
        Steps taken.
    seconds : float
        Time spent.
    """

    def __init__(self, config: LagLlamaConfig, recipe: Recipe, device: torch.device) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.device = device
        self.model = LagLlama(config)
        initialise(self.model)
        self.model.to(device)
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        self.optimizers = make_optimizers(self.model, recipe)
        self.chunk = 0
        self.step = 0
        self.seconds = 0.0

    def start_from(self, trained: LagLlama) -> None:
        """Begin with the weights of a trained network instead of random ones.

        Parameters
        ----------
        trained : LagLlama

        Raises
        ------
        ValueError
            As ``warm_start.copy_weights`` does.
        """
        copy_weights(trained, self.model)
        self.average.load_state_dict(self.model.state_dict())

    def save(self, file: Path) -> None:
        """Write the state, so that a kill at any moment leaves the old state or the new one.

        Parameters
        ----------
        file : Path
            Its folder is made if it does not exist.
        """
        state = {
            "recipe": asdict(self.recipe),
            "config": self.model.config.to_dict(),
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "chunk": self.chunk,
            "step": self.step,
            "seconds": self.seconds,
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".unfinished")
        torch.save(state, unfinished)
        os.replace(unfinished, file)

    def load(self, file: Path) -> None:
        """Continue from a saved state, with this run's recipe.

        Parameters
        ----------
        file : Path

        Raises
        ------
        ValueError
            If the state belongs to another architecture.
        """
        state = torch.load(file, map_location=self.device, weights_only=True)
        saved_config = LagLlamaConfig(**state["config"])
        if saved_config != self.model.config:
            raise ValueError(
                f"{file} holds a run of another architecture, {saved_config}: choose another "
                "--state folder"
            )
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        for optimizer, saved_state in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved_state)
        self.chunk, self.step, self.seconds = state["chunk"], state["step"], state["seconds"]

    @property
    def progress(self) -> float:
        """Share of the budget that is spent."""
        if self.recipe.steps is not None:
            return self.step / self.recipe.steps
        return self.seconds / (60 * self.recipe.minutes)

    @property
    def finished(self) -> bool:
        """Whether the budget is spent."""
        return self.progress >= 1

    def learning_rate(self) -> float:
        """Return the rate now: a linear warm-up, then a cosine to zero over the budget."""
        factor = learning_rate_factor(min(self.progress, 1.0), self.recipe.warm_up, end=1.0)
        return self.recipe.learning_rate * factor

    def update(self, batch: Batch, network: LagLlama) -> float:
        """Take one optimisation step.

        The weights stay as they are if the gradient is not finite.

        Parameters
        ----------
        batch : Batch
            On the run's device.
        network : LagLlama
            The model that is trained, or its compiled form.

        Returns
        -------
        float
            The loss before the step, in nats per value.
        """
        self._prepare_optimizers()
        on_gpu = self.device.type == "cuda"
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=on_gpu):
            loss = loss_of(network, batch)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.gradient_clip)
        if torch.isfinite(norm):
            for optimizer in self.optimizers:
                optimizer.step()
        self.step += 1
        self._update_average()
        return float(loss.detach())

    def _prepare_optimizers(self) -> None:
        """Set the learning rate and forget the gradients of the step before."""
        rate = self.learning_rate()
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.zero_grad(set_to_none=True)

    def _update_average(self) -> None:
        """Move the average towards the current weights, faster during the first steps."""
        decay = min(self.recipe.averaging, self.step / (self.step + 10))
        pairs = zip(self.average.parameters(), self.model.parameters(), strict=True)
        for averaged, current in pairs:
            averaged.lerp_(current.detach(), 1 - decay)


def make_optimizers(model: LagLlama, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Return the optimizers of a model: AdamW, and Muon for the matrices inside the blocks.

    Parameters
    ----------
    model : LagLlama
    recipe : Recipe

    Returns
    -------
    list of torch.optim.Optimizer
        Each parameter belongs to one of them.
    """
    rate, decay = recipe.learning_rate, recipe.weight_decay
    block_matrices = [p for p in model.blocks.parameters() if p.dim() == 2] if recipe.muon else []
    block_matrix_ids = {id(p) for p in block_matrices}
    groups = parameter_groups(p for p in model.parameters() if id(p) not in block_matrix_ids)
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), weight_decay=decay)
    ]
    if block_matrices:
        optimizers.append(
            torch.optim.Muon(
                block_matrices, lr=rate, weight_decay=decay, adjust_lr_fn="match_rms_adamw"
            )
        )
    return optimizers


def held_out_batches(recipe: Recipe, config: LagLlamaConfig) -> list[Batch]:
    """Return batches of synthetic series that no training sees.

    Parameters
    ----------
    recipe : Recipe
    config : LagLlamaConfig

    Returns
    -------
    list of Batch
        On the CPU. The targets before the cutoff have weight 0: only forecasts are scored.
    """
    chunks = recipe.batches(config, VALIDATION_SEED, context_weight=0.0)
    return [batch for index in range(VALIDATION_CHUNKS) for batch in chunks[index]]


def validation_loss(model: LagLlama, batches: list[Batch]) -> float:
    """Return the mean loss over batches.

    Parameters
    ----------
    model : LagLlama
    batches : list of Batch
        On the model's device.

    Returns
    -------
    float
        In nats per value.
    """
    with torch.inference_mode():
        return float(np.mean([float(loss_of(model, batch)) for batch in batches]))


def train(run: Run, state_file: Path, compile_network: bool, workers: int) -> None:
    """Train until the budget is spent.

    About once a minute the state is written and a line of progress printed. Four times an hour, and
    at the end, the averaged model is scored on real series.

    Parameters
    ----------
    run : Run
    state_file : Path
        Where the state is written.
    compile_network : bool
        Whether to compile the network, which takes minutes and makes steps faster.
    workers : int
        Processes that generate series in parallel with the training; 0: the training process does.
    """
    validation = [batch.to(run.device) for batch in held_out_batches(run.recipe, run.model.config)]
    chunks = _remaining_chunks(run, workers)
    network = (
        cast("LagLlama", torch.compile(run.model, dynamic=False)) if compile_network else run.model
    )
    windows = rolling_windows(load_real_series())
    last_save = last_score = started = time.perf_counter()
    seconds_before, num_tokens = run.seconds, 0
    losses: list[float] = []
    for chunk in chunks:
        for batch in chunk:
            losses.append(run.update(batch.to(run.device), network))
            num_tokens += batch.weights.numel()
            run.seconds = seconds_before + time.perf_counter() - started
            if run.finished:
                break
        run.chunk += 1
        now = time.perf_counter()
        if now - last_save > SECONDS_BETWEEN_SAVES or run.finished:
            run.save(state_file)
            last_save = now
            print(
                f"step {run.step:6d}  minutes {run.seconds / 60:6.1f}  "
                f"rate {run.learning_rate():.2e}  loss {np.mean(losses):7.4f}  "
                f"validation {validation_loss(run.average, validation):7.4f}  "
                f"tokens/s {num_tokens / (now - started):8.0f}",
                flush=True,
            )
            losses = []
        if now - last_score > SECONDS_BETWEEN_SCORES or run.finished:
            last_score = now
            table = score(run.average, windows, num_samples=50)
            print(table.to_string(float_format="%.3f"), flush=True)
        if run.finished:
            break


def _remaining_chunks(run: Run, workers: int) -> DataLoader[list[Batch]]:
    """Return the chunks of training batches from the run's next one on, without an end."""
    recipe = run.recipe
    return DataLoader(
        recipe.batches(run.model.config, recipe.seed, recipe.context_weight),
        batch_size=None,
        sampler=CountFrom(run.chunk),
        num_workers=workers,
        prefetch_factor=2 if workers else None,
    )


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
    model.save_pretrained(folder)
    # huggingface_hub writes an empty card.
    (folder / "README.md").unlink(missing_ok=True)


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
    if state_file.exists():
        run.load(state_file)
        print(f"continuing {state_file} at step {run.step}", flush=True)
    elif options.start_from is not None:
        run.start_from(load(options.start_from))
    if not run.finished:
        train(run, state_file, options.compile, options.workers)
    save_checkpoint(run, options.output)
    print(f"wrote {options.output}", flush=True)
