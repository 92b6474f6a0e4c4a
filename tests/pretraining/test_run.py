"""Training runs: they learn, resume, stop and write checkpoints."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from sktime_lagllama.checkpoints.read import read
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.pretraining.recipe import Recipe
from sktime_lagllama.pretraining.run import Run, held_out_batches, main, train
from sktime_lagllama.training.batches import Batch
from tests.support.models import SMALL

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


def test_a_kill_while_saving_leaves_the_last_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state_file = tmp_path / "state.pt"
    run = Run(SMALL, RECIPE, CPU)
    steps(run, 2)
    run.save(state_file)

    def killed(state: object, file: Path) -> None:
        file.write_bytes(b"half a file")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            run.save(state_file)
    resumed = Run(SMALL, RECIPE, CPU)
    resumed.load(state_file)
    assert resumed.step == 2


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


@pytest.mark.slow
def test_command_writes_a_checkpoint_that_can_be_read(tmp_path: Path) -> None:
    small = [f"{name}={json.dumps(value)}" for name, value in asdict(SMALL).items()]
    folders = ["--state", str(tmp_path / "state"), "--output", str(tmp_path / "output")]
    options = ["--minutes", "0.02", "--workers", "0", "--device", "cpu"]
    changes = [
        "--config",
        *small,
        "num_layers=2",
        "--recipe",
        "tokens_per_step=640",
        "num_tokens=[16,40]",
    ]
    main([*folders, *options, *changes])
    config, tensors = read(tmp_path / "output")
    assert config == replace(SMALL, num_layers=2, dispersion=Recipe().dispersion)
    assert all(torch.isfinite(tensor).all() for tensor in tensors.values())


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


def test_an_unknown_field_of_the_recipe_is_refused(tmp_path: Path) -> None:
    folders = ["--state", str(tmp_path), "--output", str(tmp_path)]
    with pytest.raises(ValueError, match="Recipe has no field 'batch_siz'"):
        main([*folders, "--recipe", "batch_siz=3"])
