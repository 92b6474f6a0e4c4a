"""Training runs: they learn, resume, stop and write checkpoints."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.pretraining import run as run_module
from sktime_lagllama.pretraining.recipe import Recipe
from sktime_lagllama.pretraining.run import Run, held_out_batches, train
from sktime_lagllama.training.batches import Batch
from tests.support.models import SMALL
from tests.support.training import quick_training

CPU = torch.device("cpu")
RECIPE = Recipe(minutes=0.05, num_tokens=(16, 40), tokens_per_step=640, learning_rate=1e-2)


def batch_of(run: Run) -> Batch:
    recipe = run.recipe
    return recipe.batches(run.model.config, recipe.seed, recipe.context_weight)[0][0]


def steps(run: Run, count: int) -> list[float]:
    batch = batch_of(run)
    run.seconds = 30 * run.recipe.minutes
    return [run.update(batch, run.model) for _ in range(count)]


def test_training_lowers_the_loss() -> None:
    losses = steps(Run(SMALL, RECIPE, CPU), 30)
    assert losses[-1] < losses[0] - 0.1


def test_a_batch_without_targets_does_no_harm() -> None:
    run = Run(SMALL, RECIPE, CPU)
    batch = batch_of(run)
    empty = replace(batch, weights=torch.zeros_like(batch.weights))
    run.seconds = 1.0
    assert run.update(empty, run.model) == 0.0
    assert all(torch.isfinite(p).all() for p in run.model.parameters())


def test_a_resumed_run_continues_where_it_was_saved(tmp_path: Path) -> None:
    run = Run(SMALL, RECIPE, CPU)
    steps(run, 3)
    run.save(tmp_path / "state.pt")
    resumed = Run(SMALL, RECIPE, CPU)
    resumed.load(tmp_path / "state.pt")
    assert (resumed.step, resumed.seconds) == (run.step, run.seconds)
    assert steps(resumed, 3) == pytest.approx(steps(run, 3), rel=1e-5)


def test_a_state_of_another_architecture_is_refused(tmp_path: Path) -> None:
    Run(SMALL, RECIPE, CPU).save(tmp_path / "state.pt")
    other = LagLlamaConfig(num_layers=1, num_heads=1, head_dim=4, lags=(0, 1))
    with pytest.raises(ValueError, match="another architecture"):
        Run(other, RECIPE, CPU).load(tmp_path / "state.pt")


def test_rate_rises_then_falls_to_zero_with_the_budget() -> None:
    run = Run(SMALL, RECIPE, CPU)
    rates = []
    for share in (0.0, 0.01, 0.02, 0.5, 0.9, 1.0):
        run.seconds = share * 60 * RECIPE.minutes
        rates.append(run.learning_rate())
    assert rates[0] == 0
    assert rates[1] == pytest.approx(RECIPE.learning_rate / 2)
    assert rates[2] == pytest.approx(RECIPE.learning_rate)
    assert rates[2] > rates[3] > rates[4] > rates[5] == pytest.approx(0, abs=1e-12)


def test_a_copy_with_a_smaller_budget_is_cooled_down_earlier(tmp_path: Path) -> None:
    recipe = replace(RECIPE, steps=100, cooldown=0.2)
    run = Run(SMALL, recipe, CPU)
    run.step = 40
    run.save(tmp_path / "state.pt")
    assert run.learning_rate() == recipe.learning_rate
    copy = Run(SMALL, replace(recipe, steps=42), CPU)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        copy.load(tmp_path / "state.pt")
    assert 0 < copy.learning_rate() < recipe.learning_rate
    copy.step = 42
    assert copy.learning_rate() == pytest.approx(0, abs=1e-12)


def test_a_state_with_other_defaults_of_forecasts_is_continued(tmp_path: Path) -> None:
    run = Run(replace(SMALL, context_length_below_a_month=None, subseries=False), RECIPE, CPU)
    steps(run, 1)
    run.save(tmp_path / "state.pt")
    config = replace(SMALL, context_length_below_a_month=5, subseries=True)
    resumed = Run(config, RECIPE, CPU)
    resumed.load(tmp_path / "state.pt")
    assert resumed.step == 1
    assert resumed.model.config == config
    # The loss depends on the dispersion.
    with pytest.raises(ValueError, match="another architecture"):
        Run(replace(config, dispersion=1.2), RECIPE, CPU).load(tmp_path / "state.pt")


def test_a_training_in_bfloat16_learns_what_one_in_float32_does() -> None:
    exact, rounded = (
        Run(SMALL, replace(RECIPE, bfloat16=bfloat16), CPU) for bfloat16 in (False, True)
    )
    assert steps(rounded, 10) == pytest.approx(steps(exact, 10), abs=0.05)
    assert all(parameter.dtype == torch.float32 for parameter in rounded.model.parameters())
    pairs = zip(rounded.model.parameters(), exact.model.parameters(), strict=True)
    assert any(not torch.equal(one, other) for one, other in pairs)


@pytest.mark.slow
def test_a_resumed_training_goes_on_with_the_next_chunk(tmp_path: Path) -> None:
    state_file = tmp_path / "state.pt"
    recipe = replace(RECIPE, steps=2)
    run = Run(SMALL, recipe, CPU)
    train(run, state_file, compile_network=False, workers=0)
    assert (run.step, run.chunk) == (2, 1)
    resumed = Run(SMALL, replace(recipe, steps=3), CPU)
    resumed.load(state_file)
    train(resumed, state_file, compile_network=False, workers=0)
    assert (resumed.step, resumed.chunk) == (3, 2)


def test_held_out_series_are_scored_after_the_cutoff_only() -> None:
    batches = held_out_batches(RECIPE, SMALL)
    assert len(batches) > 1
    assert {float(weight) for batch in batches for weight in batch.weights.unique()} == {0.0, 1.0}
    training = RECIPE.batches(SMALL, RECIPE.seed, RECIPE.context_weight)[0]
    assert not torch.equal(batches[0].targets[0], training[0].targets[0])


@pytest.mark.slow
def test_training_stops_with_its_budget_and_reports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(SMALL, RECIPE, CPU)
    train(run, tmp_path / "state.pt", compile_network=False, workers=0)
    assert run.progress >= 1
    assert run.seconds < 60 * RECIPE.minutes + 30
    assert "tokens/s" in capsys.readouterr().out
    assert (tmp_path / "state.pt").exists()


def test_a_budget_in_steps_sets_the_schedule_whatever_the_time() -> None:
    run = Run(SMALL, replace(RECIPE, steps=10), CPU)
    run.seconds, run.step = 1e6, 5
    assert run.progress == 0.5
    assert 0 < run.learning_rate() < RECIPE.learning_rate


@pytest.mark.parametrize("muon", [True, False])
def test_every_parameter_is_trained_by_one_optimizer(muon: bool) -> None:
    run = Run(SMALL, replace(RECIPE, muon=muon), CPU)
    trained = [
        id(p)
        for optimizer in run.optimizers
        for group in optimizer.param_groups
        for p in group["params"]
    ]
    assert len(trained) == len(set(trained))
    assert set(trained) == {id(p) for p in run.model.parameters()}
    assert len(run.optimizers) == 1 + muon


def test_a_damaged_state_is_replaced_by_the_one_before_it(tmp_path: Path) -> None:
    run = Run(SMALL, RECIPE, CPU)
    for _ in range(2):
        steps(run, 2)
        run.save(tmp_path / "state.pt")
    (tmp_path / "state.pt").write_bytes(b"half a file")
    resumed = Run(SMALL, RECIPE, CPU)
    with pytest.warns(UserWarning, match=r"state\.pt is damaged.*state\.previous\.pt"):
        resumed.load(tmp_path / "state.pt")
    assert resumed.step == 2


def test_a_state_of_another_recipe_is_continued_with_a_warning(tmp_path: Path) -> None:
    Run(SMALL, RECIPE, CPU).save(tmp_path / "state.pt")
    with pytest.warns(UserWarning, match=r"learning_rate=0\.01, now 0\.001; seed=0, now 5\)"):
        Run(SMALL, replace(RECIPE, learning_rate=1e-3, seed=5), CPU).load(tmp_path / "state.pt")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Run(SMALL, replace(RECIPE, minutes=7.0, steps=7), CPU).load(tmp_path / "state.pt")


def test_a_state_of_other_optimizers_is_refused(tmp_path: Path) -> None:
    Run(SMALL, RECIPE, CPU).save(tmp_path / "state.pt")
    with pytest.raises(ValueError, match=r"muon=True.*choose another --state folder"):
        Run(SMALL, replace(RECIPE, muon=False), CPU).load(tmp_path / "state.pt")


def test_a_state_without_the_newest_fields_is_read(tmp_path: Path) -> None:
    run = Run(SMALL, RECIPE, CPU)
    steps(run, 2)
    run.save(tmp_path / "state.pt")
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    del state["recipe"]["fast_horizon"], state["config"]["dispersion"]
    torch.save(state, tmp_path / "state.pt")
    resumed = Run(SMALL, RECIPE, CPU)
    resumed.load(tmp_path / "state.pt")
    assert resumed.step == 2


def never_finite(run: Run) -> None:
    """Make every gradient of a run nan."""
    with torch.no_grad():
        run.model.head.bias.fill_(torch.nan)


@pytest.fixture(name="quick_training")
def _quick_training() -> Iterator[None]:
    with quick_training():
        yield


@pytest.mark.usefixtures("quick_training")
def test_a_training_that_has_diverged_ends_and_leaves_the_state_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "MAX_SKIPPED_STEPS", 5)
    state_file = tmp_path / "state.pt"
    run = Run(SMALL, replace(RECIPE, steps=1000, tokens_per_step=160), CPU)
    run.save(state_file)
    never_finite(run)
    message = r"diverged: not finite at step 5: 5 gradients in a row.*below 0\.01.*state\.pt"
    with pytest.raises(ValueError, match=message):
        train(run, state_file, compile_network=False, workers=0)
    resumed = Run(SMALL, run.recipe, CPU)
    resumed.load(state_file)
    assert resumed.step == 0


def test_a_single_gradient_that_is_not_finite_is_skipped() -> None:
    run = Run(SMALL, RECIPE, CPU)
    batch = batch_of(run)
    run.update(replace(batch, targets=batch.targets * torch.nan), run.model)
    assert run.skipped_steps == 1
    run.seconds = 1.0
    run.update(batch, run.model)
    assert run.skipped_steps == 0
    assert all(torch.isfinite(p).all() for p in run.model.parameters())


@pytest.mark.usefixtures("quick_training")
def test_a_validation_that_is_not_finite_ends_the_training_before_it_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "validation_loss", lambda *_: np.nan)
    run = Run(SMALL, replace(RECIPE, steps=4, tokens_per_step=160), CPU)
    with pytest.raises(ValueError, match=r"diverged: .*: the validation loss"):
        train(run, tmp_path / "state.pt", compile_network=False, workers=0)
    assert not any(tmp_path.iterdir())


@pytest.mark.usefixtures("quick_training")
def test_a_training_goes_on_while_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def full_at_first(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full_at_first)
    run = Run(SMALL, replace(RECIPE, steps=8, tokens_per_step=160), CPU)
    with pytest.warns(UserWarning, match=r"step \d was not written .*No space left.*goes on"):
        train(run, tmp_path / "state.pt", compile_network=False, workers=0)
    resumed = Run(SMALL, run.recipe, CPU)
    resumed.load(tmp_path / "state.pt")
    assert resumed.step == run.step == 8


@pytest.mark.usefixtures("quick_training")
def test_another_error_while_writing_ends_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    run = Run(SMALL, replace(RECIPE, steps=4, tokens_per_step=160), CPU)
    with pytest.raises(OSError, match="file"):
        train(run, tmp_path / "file" / "state.pt", compile_network=False, workers=0)
