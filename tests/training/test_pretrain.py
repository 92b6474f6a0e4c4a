from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from sktime_lagllama.checkpoints.read import read
from sktime_lagllama.model.config import LagLlamaConfig
from sktime_lagllama.training import pretrain
from sktime_lagllama.training.pretrain import (
    BUNDLED_CONFIG,
    Recipe,
    Run,
    SyntheticBatches,
    loss_of,
    make_batch,
    train,
)

CPU = torch.device("cpu")
SMALL = LagLlamaConfig(
    context_length=16,
    num_layers=1,
    num_heads=2,
    head_dim=4,
    hidden_dim=16,
    lags=(0, 1, 2, 12),
    level_features="relative",
    observed_features=True,
    center_unobserved=True,
    mask_padding=True,
    arcsinh_lags=True,
)
RECIPE = Recipe(minutes=0.05, batch_size=8, num_tokens=56, learning_rate=1e-2)


def steps(run: Run, count: int) -> list[float]:
    batches = SyntheticBatches(run.model.config, run.recipe, run.recipe.seed)
    run.seconds = 30 * run.recipe.minutes
    return [run.update(batches[0], run.model) for _ in range(count)]


def test_batches_depend_on_nothing_but_seed_and_number() -> None:
    batches = SyntheticBatches(SMALL, RECIPE, seed=3)
    torch.testing.assert_close(vars(batches[5]), vars(SyntheticBatches(SMALL, RECIPE, 3)[5]))
    assert not torch.equal(batches[5].tokens, batches[6].tokens)
    assert not torch.equal(batches[5].tokens, SyntheticBatches(SMALL, RECIPE, 4)[5].tokens)


def test_future_is_scaled_by_the_past_alone() -> None:
    length = SMALL.max_lag + 20 + 1
    values = torch.from_numpy(np.random.default_rng(0).normal(size=(3, length)))
    changed = values.clone()
    changed[:, SMALL.max_lag + 15 :] *= 100
    calendar = torch.zeros(3, length, 6)
    batch, other = (make_batch(v, calendar, 15, SMALL) for v in (values, changed))
    # Targets are one step later than their tokens: the first 14 lie in the past.
    torch.testing.assert_close(batch.targets[:, :14], other.targets[:, :14])
    torch.testing.assert_close(batch.tokens[:, :15], other.tokens[:, :15])
    assert (batch.targets[:, 14:] != other.targets[:, 14:]).all()


def test_a_token_s_target_is_the_next_token_s_value() -> None:
    length = SMALL.max_lag + 20 + 1
    values = torch.from_numpy(np.random.default_rng(0).normal(size=(3, length)))
    batch = make_batch(values, torch.zeros(3, length, 6), 15, SMALL)
    torch.testing.assert_close(batch.tokens[:, 1:, 0], torch.arcsinh(batch.targets[:, :-1]))


def test_missing_targets_and_targets_without_a_past_do_not_count() -> None:
    length = SMALL.max_lag + 20 + 1
    values = torch.from_numpy(np.random.default_rng(0).normal(size=(2, length)))
    values[0, : SMALL.max_lag + 5] = torch.nan  # begins at step 5
    values[0, SMALL.max_lag + 9] = torch.nan
    values[1, : SMALL.max_lag + 16] = torch.nan  # begins after the forecast origin
    weights = make_batch(values, torch.zeros(2, length, 6), 15, SMALL).weights
    expected = torch.ones(20)
    expected[:5] = 0  # the first value, at step 5, is the target of token 4, which has no past
    expected[8] = 0
    torch.testing.assert_close(weights[0], expected)
    assert weights[1].sum() == 0


def test_training_lowers_the_loss() -> None:
    losses = steps(Run(SMALL, RECIPE, CPU), 30)
    assert losses[-1] < losses[0] - 0.1


def test_a_batch_without_targets_does_no_harm() -> None:
    run = Run(SMALL, RECIPE, CPU)
    batch = SyntheticBatches(SMALL, RECIPE, 0)[0]
    empty = copy.copy(batch)
    object.__setattr__(empty, "weights", torch.zeros_like(batch.weights))
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
    path = tmp_path / "state.pt"
    run = Run(SMALL, RECIPE, CPU)
    steps(run, 2)
    run.save(path)

    def killed(state: object, file: Path) -> None:
        file.write_bytes(b"half a file")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pretrain.torch, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            run.save(path)
    resumed = Run(SMALL, RECIPE, CPU)
    resumed.load(path)
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


def test_training_stops_with_its_budget_and_reports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(SMALL, RECIPE, CPU)
    train(run, tmp_path / "state.pt", compile_network=False, workers=0)
    assert run.progress >= 1
    assert run.seconds < 60 * RECIPE.minutes + 30
    assert "tokens/s" in capsys.readouterr().out
    assert (tmp_path / "state.pt").exists()


def test_command_writes_a_checkpoint_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pretrain, "BUNDLED_CONFIG", SMALL)
    folders = ["--state", str(tmp_path / "state"), "--output", str(tmp_path / "output")]
    options = ["--minutes", "0.02", "--batch-size", "4", "--workers", "0", "--device", "cpu"]
    pretrain.main([*folders, *options])
    config, tensors = read(tmp_path / "output")
    assert config == SMALL
    assert all(torch.isfinite(tensor).all() for tensor in tensors.values())


def test_bundled_network_scores_a_batch() -> None:
    run = Run(BUNDLED_CONFIG, Recipe(batch_size=2, num_tokens=64), CPU)
    batch = SyntheticBatches(BUNDLED_CONFIG, run.recipe, 0)[0]
    assert torch.isfinite(loss_of(run.model, batch))
