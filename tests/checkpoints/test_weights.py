"""Networks are loaded once a process, ready to forecast, and shared."""

from __future__ import annotations

import copy
import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.common.published_layout import write_published_layout
from sktime_lagllama.checkpoints import weights
from sktime_lagllama.checkpoints.read import read
from sktime_lagllama.checkpoints.weights import LOADED, MAX_LOADED, OwnNetwork, load, on_device
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.network.student_t import StudentT
from tests.support.models import random_model

SMALL = LagLlamaConfig(num_layers=1, num_heads=2, head_dim=4, lags=(0, 1, 2))
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    LOADED.clear()


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    file = tmp_path / "model.ckpt"
    write_published_layout(file, SMALL, seed=1)
    return file


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Note every file that is read from disk."""
    files: list[Path] = []

    def noting_read(file: Path) -> object:
        files.append(file)
        return read(file)

    monkeypatch.setattr(weights, "read", noting_read)
    return files


def predict(model: LagLlama) -> StudentT:
    tokens = torch.linspace(-1, 1, 5 * SMALL.num_features).view(1, 5, -1)
    dtype = next(model.parameters()).dtype
    return model.forward(tokens.to(dtype))


def test_a_loaded_network_is_ready_to_forecast(checkpoint: Path) -> None:
    model = load(checkpoint)
    assert model.config == SMALL
    assert not model.training
    for parameter in model.parameters():
        assert parameter.dtype == torch.float32
        assert parameter.device == CPU
        assert not parameter.requires_grad
    expected = LagLlama(SMALL)
    expected.load_state_dict(read(checkpoint)[1])
    torch.testing.assert_close(predict(model), predict(expected), rtol=0, atol=0)


def test_loading_draws_no_random_numbers(checkpoint: Path) -> None:
    before = torch.get_rng_state()
    load(checkpoint)
    assert torch.get_rng_state().equal(before)


def test_a_checkpoint_is_read_once_by_whatever_name(
    checkpoint: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load(checkpoint)
    monkeypatch.chdir(checkpoint.parent)
    assert load(str(checkpoint)) is load("model.ckpt") is load(checkpoint.parent) is model
    assert len(reads) == 1


def test_threads_that_load_at_once_share_one_network(checkpoint: Path, reads: list[Path]) -> None:
    with ThreadPoolExecutor(8) as pool:
        models = list(pool.map(load, [checkpoint] * 16))
    assert all(model is models[0] for model in models)
    assert len(reads) == 1


def test_a_checkpoint_written_anew_is_read_anew(checkpoint: Path) -> None:
    model = load(checkpoint)
    kept = predict(model)
    status = checkpoint.stat()
    write_published_layout(checkpoint, SMALL, seed=2)
    os.utime(checkpoint, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))
    renewed = load(checkpoint)
    assert renewed is not model
    assert not predict(renewed).loc.equal(kept.loc)
    assert predict(model).loc.equal(kept.loc)


def test_a_configuration_written_anew_is_read_anew(tmp_path: Path) -> None:
    LagLlama(SMALL).save_pretrained(tmp_path)
    assert load(tmp_path).config.context_length == 32
    LagLlama(replace(SMALL, context_length=128)).save_pretrained(tmp_path)
    assert load(tmp_path).config.context_length == 128


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    for seed in range(MAX_LOADED + 2):
        write_published_layout(tmp_path / f"{seed}.ckpt", SMALL, seed)
        load(tmp_path / f"{seed}.ckpt")
    assert len(LOADED) == MAX_LOADED


def test_float32_on_the_cpu_is_the_loaded_network(checkpoint: Path) -> None:
    assert on_device(checkpoint, CPU, torch.float32) is load(checkpoint)


def test_another_dtype_is_made_once_and_leaves_the_loaded_network(
    checkpoint: Path, reads: list[Path]
) -> None:
    half = on_device(checkpoint, CPU, torch.bfloat16)
    assert on_device(checkpoint, CPU, torch.bfloat16) is half
    assert {parameter.dtype for parameter in half.parameters()} == {torch.bfloat16}
    assert not half.training
    assert not any(parameter.requires_grad for parameter in half.parameters())
    model = load(checkpoint)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert len(reads) == 1


def test_another_device_is_moved_to_once(checkpoint: Path) -> None:
    moved = on_device(checkpoint, torch.device("meta"), torch.float32)
    assert on_device(checkpoint, torch.device("meta"), torch.float32) is moved
    assert {parameter.device.type for parameter in moved.parameters()} == {"meta"}


def test_weights_loaded_in_inference_mode_can_be_trained_later(checkpoint: Path) -> None:
    with torch.inference_mode():
        model = load(checkpoint)
        half = on_device(checkpoint, CPU, torch.bfloat16)
    assert not any(parameter.is_inference() for parameter in model.parameters())
    assert not any(parameter.is_inference() for parameter in half.parameters())


def test_a_default_device_or_dtype_of_the_program_changes_nothing(
    checkpoint: Path, tmp_path: Path
) -> None:
    load(checkpoint).save_pretrained(tmp_path / "saved")
    expected = predict(load(checkpoint))
    LOADED.clear()
    torch.set_default_device("meta")
    torch.set_default_dtype(torch.float64)
    try:
        models = [load(checkpoint), load(tmp_path / "saved")]
    finally:
        torch.set_default_device(None)
        torch.set_default_dtype(torch.float32)
    for model in models:
        torch.testing.assert_close(predict(model), expected, rtol=0, atol=0)


@pytest.mark.parametrize("config", [None, SMALL])
def test_save_pretrained_and_from_pretrained_round_trip(
    tmp_path: Path, config: LagLlamaConfig | None
) -> None:
    model = LagLlama(config)
    model.save_pretrained(tmp_path)
    again = LagLlama.from_pretrained(tmp_path)
    assert again.config == model.config == load(tmp_path).config
    assert isinstance(again.config.lags, tuple)
    for name, tensor in model.state_dict().items():
        assert again.state_dict()[name].equal(tensor)
        assert load(tmp_path).state_dict()[name].equal(tensor)


def test_a_loaded_network_can_be_saved(checkpoint: Path, tmp_path: Path) -> None:
    load(checkpoint).save_pretrained(tmp_path / "saved")
    config, tensors = read(tmp_path / "saved")
    assert config == SMALL
    assert all(tensor.equal(read(checkpoint)[1][name]) for name, tensor in tensors.items())


def test_a_network_of_one_s_own_is_ready_to_forecast_and_leaves_the_trained_one() -> None:
    trained = random_model(SMALL).train().requires_grad_(True)
    holder = OwnNetwork(trained, "cpu", "bfloat16")
    assert {parameter.dtype for parameter in holder.network.parameters()} == {torch.bfloat16}
    assert not holder.network.training
    assert not any(parameter.requires_grad for parameter in holder.network.parameters())
    assert trained.training
    assert all(parameter.requires_grad for parameter in trained.parameters())
    assert {parameter.dtype for parameter in trained.parameters()} == {torch.float32}


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_network_of_one_s_own_is_pickled_with_its_weights(dtype: str, reads: list[Path]) -> None:
    holder = OwnNetwork(random_model(SMALL), "cpu", dtype)
    restored = pickle.loads(pickle.dumps(holder))
    assert restored.network is not holder.network
    assert restored.network.config == SMALL
    assert not restored.network.training
    again = pickle.loads(pickle.dumps(restored))
    for name, tensor in holder.network.state_dict().items():
        assert restored.network.state_dict()[name].equal(tensor)
        assert again.network.state_dict()[name].equal(tensor)
    assert not reads


def test_pickled_weights_are_numpy_arrays_and_no_torch_storages() -> None:
    _, (config, arrays, *arguments) = OwnNetwork(
        random_model(SMALL), torch.device("cpu"), "float32"
    ).__reduce__()
    assert isinstance(arrays, dict)
    assert {array.dtype.name for array in arrays.values()} == {"float32"}
    assert config == SMALL.to_dict()
    assert arguments == [torch.device("cpu"), "float32"]


def test_copies_share_a_network_of_one_s_own() -> None:
    holder = OwnNetwork(random_model(SMALL), "cpu", "float32")
    assert copy.copy(holder).network is holder.network
    assert copy.deepcopy({"holder": holder})["holder"].network is holder.network


def test_a_network_copied_in_inference_mode_can_be_one_s_own_and_trained() -> None:
    with torch.inference_mode():
        trained = copy.deepcopy(random_model(SMALL))
    network = OwnNetwork(trained, "cpu", "float32").network
    assert not any(parameter.is_inference() for parameter in network.parameters())
    predict(network.requires_grad_(True)).loc.sum().backward()
    assert network.embedding.weight.grad is not None


@pytest.mark.parametrize(("device", "dtype"), [("cuda:99", "float32"), ("cpu", "float16")])
def test_unknown_devices_and_precisions_of_one_s_own_network_are_refused(device, dtype) -> None:
    with pytest.raises(ValueError, match=f"'{device}'|'{dtype}'"):
        OwnNetwork(random_model(SMALL), device, dtype)
