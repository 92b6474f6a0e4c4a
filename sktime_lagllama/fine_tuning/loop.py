"""The loop behind FineTuning: weights and series in, better weights or the same ones out."""

from __future__ import annotations

import copy
import math
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.utils import check_random_state
from torch import Tensor, nn
from tqdm.auto import tqdm

from sktime_lagllama._typing import Float64Array, IntArray
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.fine_tuning.augmentation import mask_frequencies, mix_frequencies
from sktime_lagllama.fine_tuning.settings import FineTuning
from sktime_lagllama.fine_tuning.windows import Augment, TrainingWindows
from sktime_lagllama.forecasting.paths import draw_paths
from sktime_lagllama.network.features import Window, location_and_scale
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.training.batches import Batch, loss_of

DEFAULT_HORIZON = 24
STEPS_PER_VALIDATION = 10
MOST_VALIDATION_WINDOWS = 128
SECONDS_BEFORE_BAR = 2.0
TRAINED_LAST_LAYERS = 2
MOST_FORECASTS = 96
CLEARLY = 2.0
NUM_SAMPLES = 40
QUANTILE_LEVELS = np.linspace(0.1, 0.9, 9)


@dataclass(frozen=True)
class Tuned:
    """What fine-tuning gives.

    Attributes
    ----------
    network : LagLlama
        A network of its own in float32, in evaluation mode, on the device of the one that training
        started from.
    history : pd.DataFrame
        A row per validation, index "step": "loss" (mean over the steps since the row before),
        "validation_loss" (both in nats per value), "learning_rate", "seconds".
    """

    network: LagLlama
    history: pd.DataFrame


def tune(
    network: LagLlama,
    history: SeriesBatch,
    settings: FineTuning,
    context_length: int,
    horizon: int | None,
    seed: int,
) -> Tuned:
    """Fine-tune a network on series.

    Parameters
    ----------
    network : LagLlama
        Left as it is.
    history : SeriesBatch
    settings : FineTuning
        Checked.
    context_length : int
        Tokens of context, where the settings leave it open.
    horizon : int, optional
        Steps after the cutoff, where the settings leave it open. None: 24.
    seed : int
        Seed of the windows, where the settings leave it open.

    Returns
    -------
    Tuned

    Warns
    -----
    UserWarning
        If there is nothing to learn from or nothing to validate on, if the loss is not finite, if
        memory runs out, if training is interrupted, or if it brought nothing: the best weights so
        far, which may be those that it started from, are returned.

    Raises
    ------
    ValueError
        If the settings' context is longer than the network's configuration allows.
    """
    if (settings.context_length or 0) > network.config.max_context_length:
        raise ValueError(
            f"context_length of fine_tuning must be at most {network.config.max_context_length} "
            f"with this checkpoint, but found {settings.context_length}"
        )
    model = _copy(network)
    device = model.head.weight.device
    windows = TrainingWindows(
        history,
        model.config,
        settings.context_length or context_length,
        settings.horizon or horizon or DEFAULT_HORIZON,
        settings.validation_fraction,
    )
    if windows.num_pairs == 0:
        warnings.warn(
            "no series has two values to learn from: the weights stay as they are", stacklevel=2
        )
        return Tuned(model.eval().requires_grad_(False), _table([]))
    state = check_random_state(seed if settings.random_state is None else settings.random_state)
    rng = np.random.default_rng(state.randint(np.iinfo(np.int32).max))
    held_out: list[Batch] = []
    if settings.validation_fraction > 0:
        held_out = [batch.to(device) for batch in windows.held_out(MOST_VALIDATION_WINDOWS)]
        if not any(bool(batch.weights.any()) for batch in held_out):
            warnings.warn(
                f"validation_fraction={settings.validation_fraction} of these series leaves no "
                "value to validate on: the weights stay as they are; fit on longer series, or set "
                "validation_fraction=0 to train without validation",
                stacklevel=2,
            )
            return Tuned(model.eval().requires_grad_(False), _table([]))
    # Whatever mode the caller computes in.
    with torch.inference_mode(mode=False), torch.enable_grad():
        training = _Training(model, windows, settings, held_out, rng)
        as_planned = training.run()
    model.eval().requires_grad_(False)
    if held_out and (training.best_step == 0 or not _forecasts_better(model, network, windows)):
        # Whoever was told of an end at step 0 knows which weights are kept.
        if as_planned or training.best_step > 0:
            warnings.warn(
                "fine-tuning did not clearly improve the forecasts of the held-out values: the "
                "weights that it started from are kept",
                stacklevel=2,
            )
        model.load_state_dict(network.state_dict())
    return Tuned(model, _table(training.rows))


def _forecasts_better(tuned: LagLlama, network: LagLlama, windows: TrainingWindows) -> bool:
    """Tell whether whole forecasts of the held-out values, not just next values, are better.

    Clearly better: by more than twice the standard error of the mean difference. Forecasts of one
    series from cutoffs less than a horizon apart are of the same values, and count as one.
    """
    series, cutoffs = windows.held_out_pairs(MOST_FORECASTS)
    gains = _path_losses(network, windows, series, cutoffs) - _path_losses(
        tuned, windows, series, cutoffs
    )
    known = np.isfinite(gains)
    blocks = pd.Series(gains[known]).groupby(
        [series[known], (cutoffs - windows.last_learned[series])[known] // windows.horizon]
    )
    independent = blocks.mean().to_numpy()
    if len(independent) < 2:
        return False
    error = independent.std(ddof=1) / math.sqrt(len(independent))
    return bool(independent.mean() > CLEARLY * error)


def _path_losses(
    model: LagLlama, windows: TrainingWindows, series: IntArray, cutoffs: IntArray
) -> Float64Array:
    """Return the mean quantile loss of each forecast of held-out values, in units of its scale."""
    options = SamplingOptions(num_samples=NUM_SAMPLES, context_length=windows.context_length)
    history, horizon = windows.history, windows.horizon
    paths = draw_paths(model, history, series, cutoffs, horizon, options)
    actual = history.windows(series, cutoffs + horizon, horizon)  # (pairs, horizon)
    past = torch.from_numpy(
        history.windows(series, cutoffs, model.config.max_lag + windows.context_length)
    )
    _, scale = location_and_scale(Window(past.nan_to_num(), ~past.isnan()), "robust")
    unit = scale.numpy()  # (pairs, 1)
    quantiles = np.quantile(paths, QUANTILE_LEVELS, axis=1)  # (levels, pairs, horizon)
    errors = (actual - quantiles) / unit
    levels = QUANTILE_LEVELS[:, None, None]
    losses = np.maximum(levels * errors, (levels - 1) * errors).mean(axis=0)
    observed = ~np.isnan(actual)
    total = np.where(observed, losses, 0.0).sum(axis=1)
    return np.where(observed.any(axis=1), total / observed.sum(axis=1).clip(1), np.nan)


class _Training:
    """One run of optimisation, which leaves its model with the best weights seen.

    Parameters
    ----------
    model : LagLlama
        Is trained.
    windows : TrainingWindows
    settings : FineTuning
    held_out : list of Batch
        On the model's device; empty: the last weights are the best.
    rng : numpy.random.Generator
    """

    def __init__(
        self,
        model: LagLlama,
        windows: TrainingWindows,
        settings: FineTuning,
        held_out: list[Batch],
        rng: np.random.Generator,
    ) -> None:
        self.model = model
        self.windows = windows
        self.settings = settings
        self.held_out = held_out
        self.rng = rng
        self.generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        self.rows: list[dict[str, float]] = []
        self.num_steps = _num_steps(settings, windows.num_pairs)
        parameters = _trained(model, settings.trainable)
        self.parameters = parameters
        groups: list[dict[str, Any]] = [
            {"params": [p for p in parameters if p.dim() > 1]},
            {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(
            groups,
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=True,  # one pass over the memory of all weights, not ten
        )
        self.seen: Batch | None = None
        self.best = _weights(model)
        self.best_loss = math.inf
        self.best_step = 0

    def run(self) -> bool:
        """Train until the steps or the patience end, or, with a warning and False, earlier."""
        as_planned = False
        started = time.perf_counter()
        losses: list[Tensor] = []
        try:
            self._record(0, losses, started)
            for step in self._steps():
                losses.append(self._update(step))
                if step % STEPS_PER_VALIDATION == 0 or step == self.num_steps:
                    if not self._record(step, losses, started):
                        warnings.warn(
                            f"the loss was not finite at step {step}, so that fine-tuning stopped "
                            f"with the best weights so far, those of step {self.best_step}: try a "
                            f"lower learning_rate than {self.settings.learning_rate}",
                            stacklevel=4,
                        )
                        break
                    losses = []
                    if self._out_of_patience(step):
                        as_planned = True
                        break
            else:
                as_planned = True
        except KeyboardInterrupt:
            self._warn_of_stop("was interrupted")
        except (torch.OutOfMemoryError, MemoryError):
            self._warn_of_stop(
                f"ran out of memory (try a lower batch_size than {self.settings.batch_size})"
            )
        self.model.zero_grad(set_to_none=True)
        self.model.load_state_dict(self.best)
        return as_planned

    def _steps(self) -> Iterator[int]:
        # disable=None: no bar where nobody watches a terminal.
        return iter(
            tqdm(
                range(1, self.num_steps + 1),
                desc="fine-tuning",
                delay=SECONDS_BEFORE_BAR,
                disable=None if self.settings.verbose else True,
                leave=False,
            )
        )

    def _update(self, step: int) -> Tensor:
        """Take an optimisation step and return the loss before it."""
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate(step)
        batch = self.windows.learned(self.rng, self.settings.batch_size, self._augment())
        self.seen = batch.to(self.model.head.weight.device)
        self.optimizer.zero_grad(set_to_none=True)
        loss = loss_of(self.model, self.seen)
        loss.backward()
        limit = self.settings.gradient_clip
        norm = nn.utils.clip_grad_norm_(self.parameters, math.inf if limit is None else limit)
        if torch.isfinite(norm):
            self.optimizer.step()
        return loss.detach()

    def _record(self, step: int, losses: list[Tensor], started: float) -> bool:
        """Validate, remember the weights if they are the best, and tell if losses are finite."""
        loss = float(torch.stack(losses).mean()) if losses else math.nan
        validation = _mean_loss(self.model, self.held_out) if self.held_out else math.nan
        self.rows.append(
            {
                "step": step,
                "loss": loss,
                "validation_loss": validation,
                "learning_rate": self._rate(step),
                "seconds": time.perf_counter() - started,
            }
        )
        # The losses are those before each step: without validation, nothing tells of the last one.
        checked = validation if self.held_out else self._loss_of_seen()
        finite = (not losses or math.isfinite(loss)) and math.isfinite(checked)
        if finite and (not self.held_out or validation < self.best_loss):
            self.best, self.best_loss, self.best_step = _weights(self.model), validation, step
        # A checkpoint that cannot predict the held-out values to begin with may be mended.
        return finite or step == 0

    def _loss_of_seen(self) -> float:
        """Return the loss of the last batch after its step, 0 before the first one."""
        if self.seen is None:
            return 0.0
        with torch.no_grad():
            return float(loss_of(self.model, self.seen))

    def _out_of_patience(self, step: int) -> bool:
        if not self.held_out or self.settings.patience is None:
            return False
        return step - self.best_step >= self.settings.patience * STEPS_PER_VALIDATION

    def _rate(self, step: int) -> float:
        """Return the learning rate of a step: a linear warm-up, then the schedule."""
        settings = self.settings
        # Without a warm-up, the first step has the peak.
        warm_up = max(1, math.ceil(settings.warm_up * self.num_steps))
        if step < warm_up:
            return settings.learning_rate * step / warm_up
        if settings.schedule == "constant":
            return settings.learning_rate
        # The last step still learns something.
        progress = (step - warm_up) / (self.num_steps + 1 - warm_up)
        if settings.schedule == "linear":
            return settings.learning_rate * (1 - progress)
        return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))

    def _augment(self) -> Augment | None:
        """Choose what happens to the next batch."""
        choice = self.settings.augmentation
        if choice is None or self.rng.random() < 0.5:
            return None
        if choice == "both":
            choice = "frequency_mask" if self.rng.random() < 0.5 else "frequency_mix"
        augment = mask_frequencies if choice == "frequency_mask" else mix_frequencies
        return partial(augment, generator=self.generator)

    def _warn_of_stop(self, what: str) -> None:
        warnings.warn(
            f"fine-tuning {what}: it keeps the best weights so far, those of step {self.best_step}",
            stacklevel=5,
        )


def _num_steps(settings: FineTuning, num_pairs: int) -> int:
    limits = [] if settings.max_steps is None else [int(settings.max_steps)]
    if settings.max_epochs is not None:
        limits.append(math.ceil(settings.max_epochs * num_pairs / settings.batch_size))
    return max(1, min(limits))


def _copy(network: LagLlama) -> LagLlama:
    """Return a network of one's own in float32 that can be trained."""
    # Tensors made in a caller's inference mode could not be trained.
    with torch.inference_mode(mode=False):
        return copy.deepcopy(network).float().train().requires_grad_(True)


def _trained(model: LagLlama, trainable: str) -> list[nn.Parameter]:
    """Return the parameters that are trained, and freeze the others."""
    if trainable != "all":
        model.requires_grad_(False)
        parts: list[nn.Module] = [model.final_norm, model.head]
        if model.config.autoregressive_head:
            parts.append(model.coefficients)
        if trainable == "last_layers":
            parts.extend(model.layers[-TRAINED_LAST_LAYERS:])
        for part in parts:
            part.requires_grad_(True)
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def _weights(model: LagLlama) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def _mean_loss(model: LagLlama, batches: list[Batch]) -> float:
    """Return the mean loss over all targets that count, in nats."""
    with torch.no_grad():
        counts = [float(batch.weights.sum()) for batch in batches]
        losses = [float(loss_of(model, batch)) for batch in batches]
    return float(np.average(losses, weights=counts))


def _table(rows: list[dict[str, float]]) -> pd.DataFrame:
    columns = ["step", "loss", "validation_loss", "learning_rate", "seconds"]
    return pd.DataFrame(rows, columns=columns).astype({"step": int}).set_index("step")
