"""Train a checkpoint from scratch on synthetic series; resumable and time-boxed.

``python -m sktime_lagllama.pretraining.run --minutes 60 --state FOLDER --output FOLDER``
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch.utils.data import DataLoader

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.lag_llama import LagLlama, initialise
from sktime_lagllama.pretraining.batches import From, SyntheticBatches
from sktime_lagllama.pretraining.validation.real_series import (
    load_real_series,
    rolling_windows,
    score,
)
from sktime_lagllama.training.batches import Batch, loss_of

BUNDLED_LAGS: tuple[int, ...] = (
    *range(17),
    *(18, 20, 21, 22, 23, 24, 25, 27, 28, 29, 30, 31, 34, 35, 36, 37, 41, 42, 47, 48, 49),
    *(51, 52, 53, 55, 56, 59, 60, 61, 63, 71, 72, 73, 83, 84, 85, 95, 96, 97, 103, 104, 105),
    *(119, 120, 121, 143, 144, 145, 167, 168, 169, 191, 192, 207, 208, 209, 239, 240),
    *(259, 260, 261, 262, 287, 288, 311, 312, 313, 335, 336, 337, 359, 360, 363, 364, 365, 366),
)
BUNDLED_CONFIG = LagLlamaConfig(
    context_length=128,
    num_layers=6,
    num_heads=4,
    head_dim=32,
    hidden_dim=384,
    lags=BUNDLED_LAGS,
    level_features="relative",
    observed_features=True,
    center_unobserved=True,
    mask_padding=True,
    arcsinh_lags=True,
    autoregressive_head=True,
)
VALIDATION_SEED = 2**32 - 1
VALIDATION_HANDFULS = 2
SECONDS_BETWEEN_SCORES = 900.0


@dataclass(frozen=True)
class Recipe:
    """How a checkpoint is trained.

    Parameters
    ----------
    minutes : float, default=60.0
        Wall-clock budget, over all resumed parts; the learning rate's cosine ends with it.
    steps : int, optional
        Budget in steps instead, which makes runs comparable whatever else the machine does.
    num_tokens : tuple of int, default=(64, 128, 304)
        Tokens per series, context and horizon together; each step takes one of them.
    tokens_per_step : int, default=10240
        Series per step times tokens per series.
    context_weight : float, default=0.3
        Weight in the loss of the targets before the cutoff, against 1 after it.
    learning_rate : float, default=2e-3
        Peak of the schedule.
    warm_up : float, default=0.02
        Share of the budget over which the rate rises from 0.
    weight_decay : float, default=0.01
    gradient_clip : float, default=1.0
        Largest norm of the gradient.
    muon : bool, default=True
        Whether the blocks' matrices are trained by Muon (Jordan et al., 2024), at the rate that
        matches AdamW's updates (Liu et al., arXiv 2502.16982), instead of by AdamW.
    averaging : float, default=0.999
        Decay per step of the exponential moving average of the weights, which is what is saved.
    dispersion : float, default=1.15
        What the checkpoint's distributions are widened by after training: the smallest multiple of
        0.05 with which 80 % and 95 % of the values lie inside the intervals of those names, in the
        mean of the monthly, quarterly and yearly groups of ``real_series``.
    seed : int, default=0
    """

    minutes: float = 60.0
    steps: int | None = None
    num_tokens: tuple[int, ...] = (64, 128, 304)
    tokens_per_step: int = 10240
    context_weight: float = 0.3
    learning_rate: float = 2e-3
    warm_up: float = 0.02
    weight_decay: float = 0.01
    gradient_clip: float = 1.0
    muon: bool = True
    averaging: float = 0.999
    dispersion: float = 1.15
    seed: int = 0

    def batches(self, config: LagLlamaConfig, seed: int, context_weight: float) -> SyntheticBatches:
        """Return the handfuls of batches that a seed gives."""
        return SyntheticBatches(config, self.num_tokens, self.tokens_per_step, seed, context_weight)


def optimizers_of(model: LagLlama, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Return what trains a model: AdamW, and Muon for the matrices inside the blocks."""
    matrices = [p for p in model.blocks.parameters() if p.dim() == 2] if recipe.muon else []
    taken = {id(p) for p in matrices}
    others = [p for p in model.parameters() if id(p) not in taken]
    groups: list[dict[str, Any]] = [
        {"params": [p for p in others if p.dim() > 1]},
        {"params": [p for p in others if p.dim() <= 1], "weight_decay": 0.0},
    ]
    rate, decay = recipe.learning_rate, recipe.weight_decay
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), weight_decay=decay)
    ]
    if matrices:
        optimizers.append(
            torch.optim.Muon(matrices, lr=rate, weight_decay=decay, adjust_lr_fn="match_rms_adamw")
        )
    return optimizers


class Run:
    """A training run: the state that a resumed run needs, and nothing else.

    Parameters
    ----------
    config : LagLlamaConfig
    recipe : Recipe
    device : torch.device
    """

    def __init__(self, config: LagLlamaConfig, recipe: Recipe, device: torch.device) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.device = device
        self.model = LagLlama(config)
        initialise(self.model)
        self.model.to(device)
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        self.optimizers = optimizers_of(self.model, recipe)
        self.handful = 0
        self.step = 0
        self.seconds = 0.0

    def save(self, path: Path) -> None:
        """Write the state, so that a kill at any moment leaves the old state or the new one."""
        state = {
            "recipe": asdict(self.recipe),
            "config": self.model.config.to_dict(),
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "handful": self.handful,
            "step": self.step,
            "seconds": self.seconds,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        torch.save(state, unfinished)
        os.replace(unfinished, path)

    def load(self, path: Path) -> None:
        """Continue from a saved state.

        Raises
        ------
        ValueError
            If the state belongs to another architecture.
        """
        state = torch.load(path, map_location=self.device, weights_only=True)
        saved = LagLlamaConfig(**state["config"])
        if saved != self.model.config:
            raise ValueError(
                f"{path} holds a run of another architecture, {saved}: choose another --state "
                "folder"
            )
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        for optimizer, saved_state in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved_state)
        self.handful, self.step, self.seconds = state["handful"], state["step"], state["seconds"]

    @property
    def progress(self) -> float:
        """Share of the budget that is spent."""
        if self.recipe.steps is not None:
            return self.step / self.recipe.steps
        return self.seconds / (60 * self.recipe.minutes)

    def learning_rate(self) -> float:
        """Return the rate now: a linear warm-up, then a cosine to zero over the budget."""
        progress, warm_up = min(self.progress, 1.0), self.recipe.warm_up
        if progress < warm_up:
            return self.recipe.learning_rate * (progress / warm_up)
        return (
            self.recipe.learning_rate
            * 0.5
            * (1 + math.cos(math.pi * (progress - warm_up) / (1 - warm_up)))
        )

    def update(self, batch: Batch, network: LagLlama) -> float:
        """Take one optimisation step and return the loss before it, in nats per value.

        Parameters
        ----------
        batch : Batch
        network : LagLlama
            The model that is trained, or its compiled form.
        """
        rate = self.learning_rate()
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.zero_grad(set_to_none=True)
        on_gpu = self.device.type == "cuda"
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=on_gpu):
            loss = loss_of(network, batch)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.gradient_clip)
        if torch.isfinite(norm):
            for optimizer in self.optimizers:
                optimizer.step()
        self.step += 1
        decay = min(self.recipe.averaging, self.step / (self.step + 10))
        pairs = zip(self.average.parameters(), self.model.parameters(), strict=True)
        for averaged, current in pairs:
            averaged.lerp_(current.detach(), 1 - decay)
        return float(loss.detach())


def validation_loss(model: LagLlama, batches: list[Batch]) -> float:
    """Return the mean loss over held-out synthetic series, in nats per value."""
    with torch.inference_mode():
        return float(np.mean([float(loss_of(model, batch)) for batch in batches]))


def train(run: Run, state: Path, compile_network: bool, workers: int) -> None:
    """Train until the budget is spent, writing the state about once a minute.

    Parameters
    ----------
    run : Run
    state : Path
        Where the state is written.
    compile_network : bool
        Whether to compile the network (minutes of work that a longer run gains back).
    workers : int
        Processes that generate series beside the training.
    """
    config, recipe = run.model.config, run.recipe
    # Forecasts are what counts: only what is after the cutoff is held against them.
    held_out = recipe.batches(config, VALIDATION_SEED, context_weight=0.0)
    validation = [
        batch.to(run.device) for index in range(VALIDATION_HANDFULS) for batch in held_out[index]
    ]
    loader: DataLoader[list[Batch]] = DataLoader(
        recipe.batches(config, recipe.seed, recipe.context_weight),
        batch_size=None,
        sampler=From(run.handful),
        num_workers=workers,
        prefetch_factor=2 if workers else None,
    )
    network = (
        cast("LagLlama", torch.compile(run.model, dynamic=False)) if compile_network else run.model
    )
    windows = rolling_windows(load_real_series())
    last_save = last_score = started = time.perf_counter()
    seconds_before, num_tokens, losses = run.seconds, 0, []
    for handful in loader:
        for batch in handful:
            losses.append(run.update(batch.to(run.device), network))
            num_tokens += batch.weights.numel()
            run.seconds = seconds_before + time.perf_counter() - started
            if run.progress >= 1:
                break
        run.handful += 1
        now = time.perf_counter()
        if now - last_save > 60 or run.progress >= 1:
            run.save(state)
            last_save = now
            print(
                f"step {run.step:6d}  minutes {run.seconds / 60:6.1f}  "
                f"rate {run.learning_rate():.2e}  loss {np.mean(losses):7.4f}  "
                f"validation {validation_loss(run.average, validation):7.4f}  "
                f"tokens/s {num_tokens / (now - started):8.0f}",
                flush=True,
            )
            losses = []
        if now - last_score > SECONDS_BETWEEN_SCORES or run.progress >= 1:
            last_score = now
            report = score(run.average, windows, num_samples=50).to_string(float_format="%.3f")
            print(report, flush=True)
        if run.progress >= 1:
            break


def parse_changes(kind: type[Any], changes: list[str]) -> dict[str, Any]:
    """Read ``name=value`` pairs, values in JSON, as fields of a dataclass.

    Raises
    ------
    ValueError
        If the dataclass has no such field.
    """
    fields = {}
    for change in changes:
        name, _, value = change.partition("=")
        if name not in kind.__dataclass_fields__:
            raise ValueError(f"{kind.__name__} has no field {name!r}")
        read = json.loads(value)
        fields[name] = tuple(read) if isinstance(read, list) else read
    return fields


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line, train, and write the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=Recipe.minutes, help="wall-clock budget")
    parser.add_argument("--state", type=Path, required=True, help="folder for the resumable state")
    parser.add_argument("--output", type=Path, required=True, help="folder for the checkpoint")
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
    recipe = replace(Recipe(minutes=options.minutes), **parse_changes(Recipe, options.recipe))
    config = replace(BUNDLED_CONFIG, **parse_changes(LagLlamaConfig, options.config))
    run = Run(config, recipe, torch.device(options.device))
    state = options.state / "state.pt"
    if state.exists():
        run.load(state)
        print(f"continuing {state} at step {run.step}", flush=True)
    if run.progress < 1:
        train(run, state, options.compile, options.workers)
    trained = LagLlama(replace(config, dispersion=recipe.dispersion))
    trained.load_state_dict(run.average.state_dict())
    trained.save_pretrained(options.output)
    # The hub's own card, which tells nothing.
    (options.output / "README.md").unlink(missing_ok=True)
    print(f"wrote {options.output}", flush=True)


if __name__ == "__main__":
    main()
