"""The loop of fine-tuning: weights and series in, better weights or the same ones out."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from sklearn.utils import check_random_state
from torch import Tensor

from sktime_lagllama._progress import progress_bar
from sktime_lagllama._typing import Float64Array
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.fine_tuning.acceptance import best_share
from sktime_lagllama.fine_tuning.batches import training_batches
from sktime_lagllama.fine_tuning.best_weights import BestWeights
from sktime_lagllama.fine_tuning.evidence import lower_bound
from sktime_lagllama.fine_tuning.interpolation import interpolate
from sktime_lagllama.fine_tuning.learning_rate import learning_rate
from sktime_lagllama.fine_tuning.number_of_steps import number_of_steps
from sktime_lagllama.fine_tuning.optimizer import make_optimizer, update_weights
from sktime_lagllama.fine_tuning.settings import FineTuning
from sktime_lagllama.fine_tuning.trainable import trainable_copy
from sktime_lagllama.fine_tuning.training_history import TrainingHistory
from sktime_lagllama.fine_tuning.validation import (
    HeldOutLosses,
    Validation,
    loss_is_finite,
)
from sktime_lagllama.fine_tuning.windows import TrainingWindows
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.training.batches import Batch

DEFAULT_HORIZON = 24
VALIDATION_INTERVAL = 10
"""Optimisation steps from one validation to the next."""

FIRST_CONFIDENCE, CONFIDENCE = 0.5, 0.75
"""Chance that weights predict held-out values better than those before training.

Where it is lower at the first validation, or at a later one, training stops: whole forecasts would
have to be better with much higher confidence. Learning rates are still low at the first.
"""


@dataclass(frozen=True)
class FineTuned:
    """What fine-tuning returns.

    Attributes
    ----------
    network : LagLlama
        A new network in float32, in evaluation mode, on the device of the network that training
        started from.
    training_history : pd.DataFrame
        A row per validation, index "step": "loss" (mean over the steps since the row before),
        "validation_loss" (both in nats per value), "learning_rate", "seconds".
    """

    network: LagLlama
    training_history: pd.DataFrame


def fine_tune(
    network: LagLlama,
    history: SeriesBatch,
    settings: FineTuning,
    context_length: int,
    horizon: int | None,
    seed: int,
) -> FineTuned:
    """Fine-tune a network on series.

    Parameters
    ----------
    network : LagLlama
        Not changed.
    history : SeriesBatch
        Past values of the series.
    settings : FineTuning
        Must have passed its ``check``.
    context_length : int
        Tokens of context, used if the settings give none.
    horizon : int, optional
        Steps after the cutoff, used if the settings give none. None: 24.
    seed : int
        Seed of the windows, used if the settings give none.

    Returns
    -------
    FineTuned

    Warns
    -----
    UserWarning
        If there is nothing to learn from or nothing to validate on, if the loss is not finite, if
        memory runs out, if training is interrupted, or if forecasts did not clearly improve. The
        best weights so far, which may be those that training started from, are returned.

    Raises
    ------
    ValueError
        If the settings' context is longer than the network's configuration allows.
    """
    _check_context_length(settings, network)
    model = trainable_copy(network, settings.trainable)
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
        return FineTuned(_frozen(model), TrainingHistory().table())
    rng = _random_generator(settings, seed)
    validation = None
    if settings.validation_fraction > 0:
        validation = Validation(windows, model.head.weight.device)
        if not validation.is_possible:
            warnings.warn(
                f"validation_fraction={settings.validation_fraction} of these series leaves no "
                "value to validate on: the weights stay as they are; fit on longer series, or set "
                "validation_fraction=0 to train without validation",
                stacklevel=2,
            )
            return FineTuned(_frozen(model), TrainingHistory().table())
    # The caller may compute without gradients or in inference mode.
    with torch.inference_mode(mode=False), torch.enable_grad():
        training = _optimise(model, windows, settings, validation, rng)
    model = _frozen(model)
    if training.problem is not None:
        warnings.warn(training.problem, stacklevel=2)
    if validation is not None:
        share = best_share(model, network, windows) if training.is_promising else 0.0
        # A problem at step 0 has been reported with the weights that are kept.
        if share == 0.0 and (training.problem is None or training.best_step > 0):
            warnings.warn(
                "fine-tuning did not clearly improve the forecasts of the held-out values: the "
                "weights that it started from are kept",
                stacklevel=2,
            )
        interpolate(model, network, model, share)
    return FineTuned(model, training.history.table())


@dataclass(frozen=True)
class _Training:
    """How an optimisation went.

    Attributes
    ----------
    history : TrainingHistory
    best_step : int
        Step of the best weights.
    is_promising : bool
        Whether the best weights are better on the held-out windows than those before, with some
        confidence.
    problem : str or None
        What ended the training before its time, as the text of a warning.
    """

    history: TrainingHistory
    best_step: int
    is_promising: bool
    problem: str | None


def _optimise(
    model: LagLlama,
    windows: TrainingWindows,
    settings: FineTuning,
    validation: Validation | None,
    rng: np.random.Generator,
) -> _Training:
    """Train a network until the steps or the patience run out, or a problem occurs.

    Its weights at the end are those with the lowest loss on the held-out batches, or the last
    ones if no batches are held out.
    """
    history = TrainingHistory()
    best = BestWeights(model)
    batches = training_batches(windows, settings, rng)
    num_steps = number_of_steps(settings, windows.num_pairs)
    try:
        problem = _take_steps(model, batches, num_steps, settings, validation, best, history)
    except KeyboardInterrupt:
        problem = _early_end("was interrupted", best)
    except (torch.OutOfMemoryError, MemoryError):
        hint = f"(try a lower batch_size than {settings.batch_size})"
        problem = _early_end(f"ran out of memory {hint}", best)
    model.zero_grad(set_to_none=True)
    best.restore(model)
    is_promising = lower_bound(best.gains, CONFIDENCE) > 0
    return _Training(history, best.step, is_promising, problem)


def _take_steps(
    model: LagLlama,
    batches: Iterator[Batch],
    num_steps: int,
    settings: FineTuning,
    validation: Validation | None,
    best: BestWeights,
    history: TrainingHistory,
) -> str | None:
    """Take optimisation steps, validating every few, until the steps or the patience run out.

    The best weights and the history are updated at each validation. If the loss is not finite, the
    steps end early, and the text of a warning is returned.
    """
    device = model.head.weight.device
    optimizer = make_optimizer(model, settings.weight_decay)
    losses: list[Tensor] = []
    before = None if validation is None else validation.losses(model)
    history.add(0, math.nan, math.nan if before is None else before.mean, 0.0)
    # Training may repair weights whose loss is not finite to begin with: it goes on.
    if before is not None and math.isfinite(before.mean):
        best.keep(model, 0, before.mean, np.empty(0))
    steps = range(1, num_steps + 1)
    for step in progress_bar("fine-tuning", iterable=steps, visible=settings.verbose):
        batch = next(batches).to(device)
        rate = learning_rate(step, num_steps, settings)
        losses.append(update_weights(model, optimizer, batch, rate, settings.gradient_clip))
        if step % VALIDATION_INTERVAL != 0 and step != num_steps:
            continue
        loss = float(torch.stack(losses).mean())
        losses = []
        held_out_loss, gains = _validate(model, validation, before)
        history.add(step, loss, held_out_loss, rate)
        # The training losses were computed before each step: they do not show what the last step
        # did to the weights.
        weights_are_usable = (
            loss_is_finite(model, batch) if validation is None else math.isfinite(held_out_loss)
        )
        if not math.isfinite(loss) or not weights_are_usable:
            return (
                f"the loss was not finite at step {step}, so that fine-tuning stopped with the "
                f"best weights so far, those of step {best.step}: try a lower learning_rate than "
                f"{settings.learning_rate}"
            )
        if validation is None or held_out_loss < best.loss:
            best.keep(model, step, held_out_loss, gains)
        if validation is not None and _is_out_of_patience(settings, step, best):
            break
    return None


def _validate(
    model: LagLlama, validation: Validation | None, before: HeldOutLosses | None
) -> tuple[float, Float64Array]:
    """Return the held-out loss, and the independent gains over the losses before training.

    They are NaN, and none, without validation.
    """
    if validation is None or before is None:
        return math.nan, np.empty(0)
    losses = validation.losses(model)
    return losses.mean, validation.gains(before, losses)


def _is_out_of_patience(settings: FineTuning, step: int, best: BestWeights) -> bool:
    """Tell whether to stop early.

    That is after ``patience`` validations without better weights, and at the first validation at
    which the best weights so far are not promising.
    """
    if settings.patience is None:
        return False
    waited_too_long = step - best.step >= settings.patience * VALIDATION_INTERVAL
    confidence = FIRST_CONFIDENCE if step <= VALIDATION_INTERVAL else CONFIDENCE
    return waited_too_long or lower_bound(best.gains, confidence) <= 0


def _early_end(event: str, best: BestWeights) -> str:
    """Return the text of the warning that training ended early."""
    return f"fine-tuning {event}: it keeps the best weights so far, those of step {best.step}"


def _frozen(model: LagLlama) -> LagLlama:
    """Return a network, made ready to forecast: in evaluation mode, without gradients."""
    return model.eval().requires_grad_(False)


def _random_generator(settings: FineTuning, seed: int) -> np.random.Generator:
    """Return the generator that draws the windows."""
    state = check_random_state(seed if settings.random_state is None else settings.random_state)
    return np.random.default_rng(state.randint(np.iinfo(np.int32).max))


def _check_context_length(settings: FineTuning, network: LagLlama) -> None:
    """Raise a ValueError if the settings' context is too long for a network."""
    max_context_length = network.config.max_context_length
    if settings.context_length is not None and settings.context_length > max_context_length:
        raise ValueError(
            f"context_length of fine_tuning must be at most {max_context_length} "
            f"with this checkpoint, but found {settings.context_length}"
        )
