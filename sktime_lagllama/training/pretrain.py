"""Train a checkpoint from scratch on synthetic series; resumable and time-boxed.

``python -m sktime_lagllama.training.pretrain --minutes 60 --state FOLDER --output FOLDER``
"""

from __future__ import annotations

import argparse
import copy
import itertools
import math
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from sktime_lagllama.model.config import LagLlamaConfig
from sktime_lagllama.model.features import (
    Window,
    padding_tokens,
    scale_values,
    scale_window,
    tokens,
)
from sktime_lagllama.model.network import LagLlama, initialise
from sktime_lagllama.training.corpus import generate
from sktime_lagllama.training.loss import negative_log_likelihood

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
)
VALIDATION_SEED = 2**32 - 1
LONGEST_HORIZON = 48


@dataclass(frozen=True)
class Recipe:
    """How a checkpoint is trained.

    Parameters
    ----------
    minutes : float, default=60.0
        Wall-clock budget, over all resumed parts; the learning rate's cosine ends with it.
    batch_size : int, default=64
        Series per step.
    num_tokens : int, default=160
        Tokens per series: context and horizon together.
    learning_rate : float, default=2e-3
        Peak of the schedule.
    warm_up : float, default=0.02
        Share of the budget over which the rate rises from 0.
    weight_decay : float, default=0.01
    gradient_clip : float, default=1.0
        Largest norm of the gradient.
    averaging : float, default=0.999
        Decay per step of the exponential moving average of the weights, which is what is saved.
    seed : int, default=0
    """

    minutes: float = 60.0
    batch_size: int = 64
    num_tokens: int = 160
    learning_rate: float = 2e-3
    warm_up: float = 0.02
    weight_decay: float = 0.01
    gradient_clip: float = 1.0
    averaging: float = 0.999
    seed: int = 0


@dataclass(frozen=True)
class Batch:
    """Training series, split at a random forecast origin.

    Attributes
    ----------
    tokens : float32 Tensor of shape (series, tokens, features)
    padding : bool Tensor of shape (series, tokens)
        True before the first observed value.
    targets : float32 Tensor of shape (series, tokens)
        The value one step after each token, in scaled units.
    weights : float32 Tensor of shape (series, tokens)
        1 where the target is observed and the series has a past, else 0.
    """

    tokens: Tensor
    padding: Tensor
    targets: Tensor
    weights: Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device."""
        return Batch(*(part.to(device) for part in vars(self).values()))


class SyntheticBatches(Dataset[Batch]):
    """Batch number ``i`` is a function of the seed and ``i`` alone, so that a run can resume.

    Parameters
    ----------
    config : LagLlamaConfig
    recipe : Recipe
    seed : int
    """

    def __init__(self, config: LagLlamaConfig, recipe: Recipe, seed: int) -> None:
        self.config = config
        self.recipe = recipe
        self.seed = seed

    def __getitem__(self, index: int) -> Batch:
        """Generate a batch."""
        rng = np.random.default_rng((self.seed, index))
        num_tokens = self.recipe.num_tokens
        length = self.config.max_lag + num_tokens + 1
        series = generate(rng, self.recipe.batch_size, length)
        values = torch.from_numpy(series.values).double()
        calendar = torch.from_numpy(series.calendar)
        horizon = int(rng.integers(1, LONGEST_HORIZON + 1))
        return make_batch(values, calendar, num_tokens + 1 - horizon, self.config)


def make_batch(
    values: Tensor, calendar: Tensor, context_length: int, config: LagLlamaConfig
) -> Batch:
    """Turn series into tokens and targets, scaled by their past as seen from one origin.

    Parameters
    ----------
    values : float64 Tensor of shape (series, max_lag + tokens + 1)
        In data units, NaN where missing.
    calendar : float32 Tensor of shape (series, max_lag + tokens + 1, 6)
    context_length : int
        Tokens before the forecast origin; what follows is scaled by what is before it.
    config : LagLlamaConfig

    Returns
    -------
    Batch
    """
    everything = Window(values.nan_to_num(), ~values.isnan())
    origin = config.max_lag + context_length
    past = scale_window(Window(*(part[:, :origin] for part in everything)), config)
    scaled = past._replace(
        values=scale_values(everything, past.loc, past.scale, config), observed=everything.observed
    )
    inputs = scaled._replace(values=scaled.values[:, :-1], observed=scaled.observed[:, :-1])
    num_tokens = values.shape[1] - config.max_lag - 1
    padding = padding_tokens(inputs.observed, num_tokens)
    has_past = past.observed.any(1, keepdim=True)
    weights = scaled.observed[:, -num_tokens:] & ~padding & has_past
    return Batch(
        tokens=tokens(inputs, calendar[:, config.max_lag : -1], config),
        padding=padding,
        targets=scaled.values[:, -num_tokens:],
        weights=weights.float(),
    )


def loss_of(model: LagLlama, batch: Batch) -> Tensor:
    """Return the mean negative log-likelihood of the observed targets, in nats (a scalar)."""
    padding = batch.padding if model.config.mask_padding else None
    distribution = model(batch.tokens, padding=padding)
    losses = negative_log_likelihood(distribution, batch.targets)
    return (losses * batch.weights).sum() / batch.weights.sum().clamp_min(1.0)


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
        decayed = [p for p in self.model.parameters() if p.dim() > 1]
        others = [p for p in self.model.parameters() if p.dim() <= 1]
        groups: list[dict[str, Any]] = [
            {"params": decayed},
            {"params": others, "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(
            groups,
            lr=recipe.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=recipe.weight_decay,
        )
        self.step = 0
        self.seconds = 0.0

    def save(self, path: Path) -> None:
        """Write the state, so that a kill at any moment leaves the old state or the new one."""
        state = {
            "recipe": asdict(self.recipe),
            "config": self.model.config.to_dict(),
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
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
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]

    @property
    def progress(self) -> float:
        """Share of the budget that is spent."""
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
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        on_gpu = self.device.type == "cuda"
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=on_gpu):
            loss = loss_of(network, batch)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.gradient_clip)
        if torch.isfinite(norm):
            self.optimizer.step()
        self.step += 1
        decay = min(self.recipe.averaging, self.step / (self.step + 10))
        pairs = zip(self.average.parameters(), self.model.parameters(), strict=True)
        for averaged, current in pairs:
            averaged.lerp_(current.detach(), 1 - decay)
        return float(loss.detach())


class From(Sampler[int]):
    """The whole numbers from a start on, without an end."""

    def __init__(self, start: int) -> None:
        self.start = start

    def __iter__(self) -> Iterator[int]:
        """Count."""
        return itertools.count(self.start)


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
    held_out = SyntheticBatches(config, recipe, VALIDATION_SEED)
    validation = [held_out[index].to(run.device) for index in range(8)]
    loader: DataLoader[Batch] = DataLoader(
        SyntheticBatches(config, recipe, recipe.seed),
        batch_size=None,
        sampler=From(run.step),
        num_workers=workers,
        prefetch_factor=4 if workers else None,
    )
    network = cast("LagLlama", torch.compile(run.model)) if compile_network else run.model
    last_save = started = time.perf_counter()
    seconds_before, num_tokens, losses = run.seconds, 0, []
    for batch in loader:
        losses.append(run.update(batch.to(run.device), network))
        num_tokens += batch.weights.numel()
        now = time.perf_counter()
        run.seconds = seconds_before + now - started
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
        if run.progress >= 1:
            break


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line, train, and write the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=Recipe.minutes, help="wall-clock budget")
    parser.add_argument("--state", type=Path, required=True, help="folder for the resumable state")
    parser.add_argument("--output", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    parser.add_argument("--batch-size", type=int, default=Recipe.batch_size, help="series a step")
    parser.add_argument("--workers", type=int, default=1, help="processes that generate series")
    parser.add_argument("--threads", type=int, help="threads of the training itself")
    parser.add_argument("--compile", action="store_true", help="compile the network first")
    options = parser.parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    recipe = Recipe(minutes=options.minutes, seed=options.seed, batch_size=options.batch_size)
    run = Run(BUNDLED_CONFIG, recipe, torch.device(options.device))
    state = options.state / "state.pt"
    if state.exists():
        run.load(state)
        print(f"continuing {state} at step {run.step}", flush=True)
    if run.progress < 1:
        train(run, state, options.compile, options.workers)
    run.average.save_pretrained(options.output)
    # The hub's own card, which tells nothing.
    (options.output / "README.md").unlink(missing_ok=True)
    print(f"wrote {options.output}", flush=True)


if __name__ == "__main__":
    main()
