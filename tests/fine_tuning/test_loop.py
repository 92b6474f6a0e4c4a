"""What fine-tuning promises: which weights come out, and what is said about them."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from sktime_lagllama import FineTuning, _progress
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.fine_tuning import acceptance, loop
from sktime_lagllama.fine_tuning.loop import FineTuned, fine_tune
from sktime_lagllama.fine_tuning.validation import HeldOutLosses, Validation
from sktime_lagllama.fine_tuning.windows import TrainingWindows
from sktime_lagllama.network.lag_llama import LagLlama
from tests.support.models import SMALL, random_model

NOT_IMPROVED = "did not clearly improve"


def wave(length: int = 80) -> pd.Series:
    """Return a series that weights can learn a lot from."""
    noise = np.random.default_rng(0).normal(size=length)
    return pd.Series(50 + 10 * np.sin(np.arange(length) * np.pi / 3) + noise)


def tuned(
    y: pd.Series | pd.DataFrame | None = None,
    network: LagLlama | None = None,
    seed: int = 0,
    **parameters: Any,
) -> FineTuned:
    """Fine-tune a small network for few steps, by default without choosing the best weights."""
    defaults: dict[str, Any] = {
        "max_steps": 3,
        "batch_size": 4,
        "validation_fraction": 0.0,
        "learning_rate": 1e-2,
    }
    settings = FineTuning(**{**defaults, **parameters})
    settings.check()
    history: SeriesBatch = to_series_batch(wave() if y is None else y)
    start = random_model(SMALL) if network is None else network
    return fine_tune(start, history, settings, context_length=12, horizon=4, seed=seed)


def weights(network: LagLlama) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def same(one: LagLlama, other: LagLlama) -> bool:
    theirs = other.state_dict()
    return all(tensor.equal(theirs[name]) for name, tensor in one.state_dict().items())


@contextmanager
def no_warning() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def evenly(validation: Validation, model: LagLlama, loss: float) -> HeldOutLosses:
    """Return one and the same loss on every held-out window."""
    windows = real_losses(validation, model)
    return HeldOutLosses(np.full_like(windows.losses, loss), windows.weights)


real_losses = Validation.losses


@pytest.fixture
def validation(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let the list's numbers be the validation losses, the last one from then on."""
    losses: list[float] = []

    def next_loss(self: Validation, model: LagLlama) -> HeldOutLosses:
        return evenly(self, model, losses.pop(0) if len(losses) > 1 else losses[0])

    monkeypatch.setattr(Validation, "losses", next_loss)
    monkeypatch.setattr(loop, "best_share", lambda *_: 1.0)
    return losses


@pytest.fixture
def falling_losses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let validation find every later step better."""
    losses = iter(range(1000, 0, -1))
    monkeypatch.setattr(
        Validation, "losses", lambda self, model: evenly(self, model, float(next(losses)))
    )


def fail_at(monkeypatch: pytest.MonkeyPatch, step: int, error: BaseException) -> None:
    """Raise an error in a training step, counted from 1."""
    steps = iter(range(1, 10_000))
    update_weights = loop.update_weights

    def failing_update(*arguments: Any) -> Tensor:
        if next(steps) == step:
            raise error
        return update_weights(*arguments)

    monkeypatch.setattr(loop, "update_weights", failing_update)


def test_same_seed_same_weights() -> None:
    first = tuned(seed=1).network
    assert same(first, tuned(seed=1).network)
    assert not same(first, tuned(seed=2).network)


def test_random_state_of_the_settings_overrides_the_seed() -> None:
    first = tuned(seed=1, random_state=5).network
    assert same(first, tuned(seed=2, random_state=5).network)
    assert not same(first, tuned(seed=1, random_state=6).network)


@pytest.mark.parametrize("trainable", ["all", "head"])
def test_the_network_that_training_starts_from_does_not_change(trainable: str) -> None:
    start = random_model(SMALL)
    before = weights(start)
    result = tuned(network=start, trainable=trainable).network
    assert not same(result, start)
    for name, tensor in start.state_dict().items():
        assert tensor.equal(before[name])
    assert not any(p.requires_grad or p.grad is not None for p in start.parameters())
    assert not start.training


def test_the_result_is_ready_to_forecast_and_holds_no_gradients() -> None:
    network = tuned().network
    assert not network.training
    assert not any(p.requires_grad or p.grad is not None for p in network.parameters())


@pytest.mark.parametrize(
    ("trainable", "parts"),
    [
        ("head", ("final_norm.", "head.", "coefficients.")),
        ("last_layers", ("final_norm.", "head.", "coefficients.", "blocks.1.", "blocks.2.")),
        ("all", ("",)),
    ],
)
def test_only_what_is_trainable_changes(trainable: str, parts: tuple[str, ...]) -> None:
    start = random_model(replace(SMALL, num_layers=3))
    result = tuned(network=start, trainable=trainable).network
    for name, tensor in result.state_dict().items():
        changed = not tensor.equal(start.state_dict()[name])
        assert changed == name.startswith(parts), name


def test_training_keeps_the_weights_that_predicted_the_held_out_values_best() -> None:
    with no_warning():
        result = tuned(max_steps=60, batch_size=16, validation_fraction=0.2, warm_up=0.0)
    losses = result.training_history["validation_loss"]
    assert losses.min() < losses[0] - 0.5
    windows = TrainingWindows(to_series_batch(wave()), SMALL, 12, 4, 0.2)
    kept = Validation(windows, torch.device("cpu")).losses(result.network).mean
    assert kept == pytest.approx(losses.min(), abs=1e-6)


def test_training_stops_early_with_the_best_weights(validation: list[float]) -> None:
    steady: dict[str, Any] = {"schedule": "constant", "warm_up": 0.0, "validation_fraction": 0.2}
    validation[:] = [3.0, 2.0, 1.0, 2.0, 1.5, 0.5]
    result = tuned(max_steps=200, patience=2, **steady)
    assert result.training_history.index.tolist() == [0, 10, 20, 30, 40]
    validation[:] = [3.0, 2.0, 1.0]
    assert same(result.network, tuned(max_steps=20, **steady).network)


def test_without_patience_training_goes_on(validation: list[float]) -> None:
    validation[:] = [3.0, 1.0, 2.0]
    result = tuned(max_steps=55, patience=None, validation_fraction=0.2)
    assert result.training_history.index.tolist() == [0, 10, 20, 30, 40, 50, 55]


def test_weights_stay_if_validation_never_improves(validation: list[float]) -> None:
    validation[:] = [1.0, 1.0, 2.0]
    start = random_model(SMALL)
    with pytest.warns(UserWarning, match=NOT_IMPROVED):
        result = tuned(network=start, max_steps=20, validation_fraction=0.2)
    assert same(result.network, start)


def test_training_stops_at_the_first_look_where_nothing_is_gained(validation: list[float]) -> None:
    validation[:] = [1.0, 1.0]
    with pytest.warns(UserWarning, match=NOT_IMPROVED):
        stopped = tuned(max_steps=200, validation_fraction=0.2)
    assert stopped.training_history.index.tolist() == [0, 10]
    with pytest.warns(UserWarning, match=NOT_IMPROVED):
        patient = tuned(max_steps=40, validation_fraction=0.2, patience=None)
    assert patient.training_history.index.tolist() == [0, 10, 20, 30, 40]


def test_training_stops_while_a_gain_is_lost_in_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = iter(range(100))

    def losses(self: Validation, model: LagLlama) -> HeldOutLosses:
        even = evenly(self, model, 1.0)
        random = np.random.default_rng(next(calls))
        return HeldOutLosses(
            even.losses + random.normal(size=len(even.losses)) - 0.01, even.weights
        )

    monkeypatch.setattr(Validation, "losses", losses)
    with pytest.warns(UserWarning, match=NOT_IMPROVED):
        result = tuned(max_steps=200, validation_fraction=0.2)
    assert result.training_history.index.tolist() == [0, 10]


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_weights_may_be_kept_in_part(
    share: float, validation: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = random_model(SMALL)
    networks = []
    for kept in (1.0, share):
        validation[:] = [2.0, 1.0]
        monkeypatch.setattr(loop, "best_share", lambda *_, kept=kept: kept)
        with no_warning():
            result = tuned(network=start, max_steps=10, validation_fraction=0.2)
        networks.append(result.network.state_dict())
    for name, before in start.state_dict().items():
        expected = before + share * (networks[0][name] - before)
        torch.testing.assert_close(networks[1][name], expected)


@pytest.mark.parametrize(
    ("gain", "noise", "kept"), [(-1.0, 0.1, True), (0.2, 1.0, True), (1.0, 0.1, False)]
)
def test_weights_stay_unless_whole_forecasts_get_clearly_better(
    gain: float,
    noise: float,
    kept: bool,
    falling_losses: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = random_model(SMALL)

    def losses(
        model: LagLlama, windows: TrainingWindows, series: np.ndarray, cutoffs: np.ndarray
    ) -> np.ndarray:
        varied = noise * np.random.default_rng(0).normal(size=len(series))
        return np.zeros(len(series)) if model is start else varied - gain

    monkeypatch.setattr(acceptance, "forecast_losses", losses)
    warned = pytest.warns(UserWarning, match=NOT_IMPROVED) if kept else no_warning()
    with warned:
        result = tuned(wave(200), network=start, max_steps=20, validation_fraction=0.4, horizon=8)
    assert same(result.network, start) == kept


def test_overlapping_forecasts_of_one_short_series_prove_nothing(
    falling_losses: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = random_model(SMALL)
    monkeypatch.setattr(
        acceptance,
        "forecast_losses",
        lambda model, _, series, __: np.full(len(series), float(model is start)),
    )
    with pytest.warns(UserWarning, match=NOT_IMPROVED):
        result = tuned(max_steps=10, validation_fraction=0.1, horizon=20)
    assert same(result.network, start)


def test_held_out_values_reach_no_weight(validation: list[float]) -> None:
    y, other = wave(), wave()
    other[-16:] = np.linspace(-1e4, 1e4, 16)
    results = []
    for series in (y, other):
        validation[:] = [3.0, 2.0]
        results.append(tuned(series, max_steps=10, validation_fraction=0.2))
    assert same(results[0].network, results[1].network)
    assert results[0].training_history["loss"].equals(results[1].training_history["loss"])


def test_without_validation_the_last_weights_are_kept() -> None:
    with no_warning():
        result = tuned(max_steps=13)
    assert result.training_history.index.tolist() == [0, 10, 13]
    assert result.training_history["validation_loss"].isna().all()
    # Ten steps and then three are not thirteen steps of a schedule, unless it is constant.
    steady: dict[str, Any] = {"schedule": "constant", "warm_up": 0.0}
    assert not same(tuned(max_steps=13, **steady).network, tuned(max_steps=10, **steady).network)


def test_the_training_history_has_a_row_per_validation() -> None:
    history = tuned(max_steps=25, validation_fraction=0.2, learning_rate=1e-3).training_history
    assert history.index.name == "step"
    assert history.index.tolist() == [0, 10, 20, 25]
    assert history.columns.tolist() == ["loss", "validation_loss", "learning_rate", "seconds"]
    assert history["loss"].isna().tolist() == [True, False, False, False]
    assert np.isfinite(history.iloc[1:].to_numpy()).all()
    assert (np.diff(history["seconds"]) >= 0).all()
    assert (history["learning_rate"] <= 1e-3).all()


@pytest.mark.parametrize(
    ("parameters", "steps"),
    [
        ({"max_steps": None, "max_epochs": 1.0}, 13),  # 49 pairs, 4 at a time
        ({"max_steps": None, "max_epochs": 0.01}, 1),
        ({"max_steps": 5, "max_epochs": 1.0}, 5),
        ({"max_steps": 20, "max_epochs": 1.0}, 13),
    ],
)
def test_epochs_count_pairs_of_series_and_cutoff(parameters, steps) -> None:
    assert tuned(wave(50), **parameters).training_history.index[-1] == steps


@pytest.mark.parametrize("augmentation", ["frequency_mask", "frequency_mix", "both"])
def test_augmentation_changes_what_is_learned(augmentation: str) -> None:
    result = tuned(max_steps=8, augmentation=augmentation)
    assert np.isfinite(result.training_history["loss"][8])
    assert same(result.network, tuned(max_steps=8, augmentation=augmentation).network)
    assert not same(result.network, tuned(max_steps=8).network)


@pytest.mark.parametrize("parameters", [{"gradient_clip": None}, {"weight_decay": 10.0}])
def test_other_settings_matter(parameters) -> None:
    assert not same(tuned(**parameters).network, tuned(gradient_clip=1e-3).network)


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad])
def test_training_does_not_depend_on_the_callers_gradient_mode(mode) -> None:
    expected = tuned(max_steps=12, validation_fraction=0.2)
    with mode():
        result = tuned(max_steps=12, validation_fraction=0.2)
    assert same(result.network, expected.network)
    assert not any(parameter.is_inference() for parameter in result.network.parameters())


def test_weights_in_another_precision_are_trained_in_float32() -> None:
    network = tuned(network=random_model(SMALL).to(torch.bfloat16)).network
    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}


@pytest.mark.parametrize("fraction", [0.0, 0.2])
@pytest.mark.parametrize("max_steps", [1, 15])
def test_a_rate_that_is_far_too_high_leaves_usable_weights(fraction: float, max_steps: int) -> None:
    start = random_model(SMALL)
    with pytest.warns(UserWarning, match="not finite at step .* lower learning_rate than 1e\\+30"):
        result = tuned(
            network=start, learning_rate=1e30, max_steps=max_steps, validation_fraction=fraction
        )
    assert same(result.network, start)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (KeyboardInterrupt(), "was interrupted: it keeps .* of step 20"),
        (torch.OutOfMemoryError("CUDA"), "ran out of memory .*lower batch_size than 4.* step 20"),
        (MemoryError(), "ran out of memory"),
    ],
)
def test_the_best_weights_before_an_early_end_are_kept(
    error, message, validation: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    steady: dict[str, Any] = {"schedule": "constant", "warm_up": 0.0, "validation_fraction": 0.2}
    validation[:] = [3.0, 2.0, 1.0]
    expected = tuned(max_steps=20, **steady).network
    validation[:] = [3.0, 2.0, 1.0]
    fail_at(monkeypatch, 27, error)
    with pytest.warns(UserWarning, match=message):
        result = tuned(max_steps=200, **steady)
    assert same(result.network, expected)
    assert result.training_history.index.tolist() == [0, 10, 20]


@pytest.mark.parametrize("fraction", [0.0, 0.2])
def test_an_end_before_the_first_step_is_reported_once(
    fraction: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_at(monkeypatch, 1, torch.OutOfMemoryError())
    start = random_model(SMALL)
    with pytest.warns(UserWarning, match="those of step 0") as warned:
        result = tuned(network=start, validation_fraction=fraction)
    assert len(warned) == 1
    assert warned[0].filename == __file__  # where fine_tune was called
    assert same(result.network, start)


def test_other_errors_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_at(monkeypatch, 1, ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError, match="a bug"):
        tuned()


@pytest.mark.parametrize(
    ("values", "fraction", "message"),
    [
        ([5.0], 0.2, "no series has two values"),
        ([5.0], 0.0, "no series has two values"),
        ([5.0, np.nan, np.nan], 0.2, "no series has two values"),
        ([1.0, np.nan, np.nan, np.nan, 5.0], 0.2, "no series has two values"),
        ([5.0, 6.0], 0.2, "validation_fraction=0.2 of these series leaves no value"),
    ],
)
def test_series_too_short_leave_the_weights(values, fraction: float, message: str) -> None:
    start = random_model(SMALL)
    with pytest.warns(UserWarning, match=message):
        result = tuned(pd.Series(values), network=start, validation_fraction=fraction)
    assert same(result.network, start)
    assert result.training_history.empty
    assert result.training_history.columns.tolist() == tuned().training_history.columns.tolist()


@pytest.mark.filterwarnings("ignore:fine-tuning did not clearly improve")
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "values",
    [
        np.full(30, 7.0),
        np.zeros(30),
        [1.0, 2.0, 3.0],
        [*range(30), *[np.nan] * 20],
        [*range(5), *[np.nan] * 60, *range(8)],
        np.tile([0.0] * 9 + [1e6], 5),
        1e-12 * np.arange(30),
        1e12 + np.arange(30.0),
    ],
    ids=["constant", "zeros", "three", "empty end", "gap", "intermittent", "tiny", "huge"],
)
def test_unusual_series_train_to_finite_weights(values) -> None:
    result = tuned(pd.Series(values, dtype=float), max_steps=10, validation_fraction=0.2)
    assert all(tensor.isfinite().all() for tensor in result.network.state_dict().values())
    assert np.isfinite(result.training_history["validation_loss"]).all()


def test_contexts_longer_than_the_checkpoint_allows_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"context_length of fine_tuning must be at most 2048.*4096"
    ):
        tuned(context_length=4096)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "verbose", "shown"),
    [(Terminal, True, True), (Terminal, False, False), (io.StringIO, True, False)],
)
def test_only_a_terminal_shows_a_progress_bar(
    stream, verbose: bool, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_progress, "SECONDS_BEFORE_BAR", 0)
    stderr = stream()
    monkeypatch.setattr(sys, "stderr", stderr)
    tuned(verbose=verbose)
    assert ("fine-tuning" in stderr.getvalue()) == shown


def test_a_quick_training_shows_no_progress_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    tuned()
    assert "fine-tuning" not in terminal.getvalue()
