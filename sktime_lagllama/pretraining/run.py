"""A training on synthetic series: resumable and time-boxed."""

from __future__ import annotations

import copy
import errno
import math
import time
import warnings
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch.utils.data import DataLoader

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.lag_llama import LagLlama, initialise
from sktime_lagllama.pretraining.batches import CountFrom
from sktime_lagllama.pretraining.precision import layers_in_bfloat16
from sktime_lagllama.pretraining.recipe import Recipe
from sktime_lagllama.pretraining.state_file import StateFile
from sktime_lagllama.pretraining.validation.scoring import score
from sktime_lagllama.pretraining.validation.sources import load_real_series
from sktime_lagllama.pretraining.validation.windows import rolling_windows
from sktime_lagllama.pretraining.warm_start import FORECAST_FIELDS, copy_weights
from sktime_lagllama.training.batches import Batch, loss_of
from sktime_lagllama.training.learning_rate import cooldown_factor, learning_rate_factor
from sktime_lagllama.training.parameter_groups import parameter_groups

VALIDATION_SEED = 2**32 - 1
VALIDATION_CHUNKS = 2
SECONDS_BETWEEN_SAVES = 60.0
SECONDS_BETWEEN_SCORES = 900.0
MAX_SKIPPED_STEPS = 100
"""Steps in a row without a finite gradient that a run survives; one is bad luck with a batch."""

BUDGET_FIELDS = ("minutes", "steps")
"""Fields of the recipe that a resumed run may change without a word."""


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
    skipped_steps : int
        Steps since the last one whose gradient was finite.
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
        self.skipped_steps = 0

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
            Its folder is made if it does not exist. See ``StateFile`` for what lies beside it.

        Raises
        ------
        OSError
            If it cannot be written. The old state is then unharmed.
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
        StateFile(file).write(state)

    def load(self, file: Path) -> None:
        """Continue from a saved state, with this run's recipe.

        Parameters
        ----------
        file : Path

        Raises
        ------
        ValueError
            If the state belongs to another architecture or to other optimizers, or if neither it
            nor the one before it can be read.

        Warns
        -----
        UserWarning
            If the state is damaged and the one before it is taken, or if it was made with another
            recipe.
        """
        state = StateFile(file).read(self.device)
        saved_config = LagLlamaConfig(**state["config"])
        own_config = self.model.config
        free = {name: getattr(own_config, name) for name in FORECAST_FIELDS}
        if replace(saved_config, **free) != own_config:
            raise ValueError(
                f"{file} holds a run of another architecture, {saved_config}: choose another "
                "--state folder"
            )
        self._compare_recipes(state["recipe"], file)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        for optimizer, saved_state in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved_state)
        self.chunk, self.step, self.seconds = state["chunk"], state["step"], state["seconds"]

    def _compare_recipes(self, saved: dict[str, Any], file: Path) -> None:
        """Refuse a state of other optimizers, and warn of one that was made with another recipe."""
        own = asdict(self.recipe)
        # A state of an earlier version lacks the fields that have been added since.
        changes = [
            f"{name}={saved[name]!r}, now {own[name]!r}"
            for name in own.keys() & saved.keys() - set(BUDGET_FIELDS)
            if saved[name] != own[name]
        ]
        if saved["muon"] != self.recipe.muon:
            raise ValueError(
                f"{file} holds a run with the recipe's muon={saved['muon']}, which has other "
                f"optimizers than muon={self.recipe.muon}: choose another --state folder"
            )
        if changes:
            warnings.warn(
                f"{file} holds a run with another recipe ({'; '.join(sorted(changes))}), and is "
                "continued with this one",
                stacklevel=3,
            )

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
        """Return the rate now: a linear warm-up, then a fall to zero as the recipe says."""
        position, warm_up = min(self.progress, 1.0), self.recipe.warm_up
        if self.recipe.cooldown is None:
            factor = learning_rate_factor(position, warm_up, end=1.0)
        else:
            factor = cooldown_factor(position, warm_up, 1.0, self.recipe.cooldown)
        return self.recipe.learning_rate * factor

    def update(self, batch: Batch, network: LagLlama) -> float:
        """Take one optimisation step.

        The weights stay as they are if the gradient is not finite; ``skipped_steps`` counts how
        often in a row.

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
        in_bfloat16 = self.device.type == "cuda" or self.recipe.bfloat16
        with layers_in_bfloat16(self.device) if in_bfloat16 else nullcontext():
            loss = loss_of(network, batch)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.gradient_clip)
        if torch.isfinite(norm):
            for optimizer in self.optimizers:
                optimizer.step()
            self.skipped_steps = 0
        else:
            self.skipped_steps += 1
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
    at the end, the averaged model is scored on real series. A disk that is full when the state is
    to be written does not end the training: it warns, and tries again a minute later.

    Parameters
    ----------
    run : Run
    state_file : Path
        Where the state is written.
    compile_network : bool
        Whether to compile the network, which takes minutes and makes steps faster.
    workers : int
        Processes that generate series in parallel with the training; 0: the training process does.

    Raises
    ------
    ValueError
        If the training has diverged: if a hundred steps in a row had no finite gradient, or if the
        validation loss is not finite. The state that was written before is left as it is.
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
            if run.skipped_steps >= MAX_SKIPPED_STEPS:
                raise _diverged(run, f"{run.skipped_steps} gradients in a row", state_file)
            if run.finished:
                break
        run.chunk += 1
        now = time.perf_counter()
        # What a training that may have diverged has become is not worth a state.
        is_time = now - last_save > SECONDS_BETWEEN_SAVES and run.skipped_steps == 0
        if is_time or run.finished:
            last_validation = validation_loss(run.average, validation)
            if not math.isfinite(last_validation):
                raise _diverged(run, "the validation loss", state_file)
            _save_if_there_is_room(run, state_file)
            last_save = now
            print(
                f"step {run.step:6d}  minutes {run.seconds / 60:6.1f}  "
                f"rate {run.learning_rate():.2e}  loss {np.mean(losses):7.4f}  "
                f"validation {last_validation:7.4f}  "
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


def _diverged(run: Run, what: str, state_file: Path) -> ValueError:
    """Return the error that says that a training cannot go on, because something is not finite."""
    return ValueError(
        f"the training has diverged: not finite at step {run.step}: {what}. Try a learning rate "
        f"below {run.recipe.learning_rate} (--recipe learning_rate=...), from {state_file}, where "
        "the last state before that is, or anew in another --state folder"
    )


def _save_if_there_is_room(run: Run, state_file: Path) -> None:
    """Write the state; warn if the disk is full."""
    try:
        run.save(state_file)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        warnings.warn(
            f"the state of step {run.step} was not written to {state_file} ({error.strerror}): "
            "training goes on, but until there is room, what ends it ends it without a state",
            stacklevel=2,
        )


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
