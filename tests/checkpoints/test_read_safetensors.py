"""What is read from a ``.safetensors`` file with its configuration, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from sktime_lagllama.checkpoints.read import read
from tests.support.crafted import SMALL


def assert_same(tensors: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert tensors.keys() == expected.keys()
    for name, tensor in tensors.items():
        torch.testing.assert_close(tensor, expected[name], rtol=0, atol=0)


def edit_config(folder: Path, **changes: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def without_digests(folder: Path) -> None:
    """Write the weights as other programs do, and as earlier versions of this one did."""
    weights = folder / "model.safetensors"
    save_file(load_file(weights), weights)


def test_what_save_pretrained_wrote_is_read(saved: Path) -> None:
    config, tensors = read(saved)
    assert config == SMALL
    assert_same(tensors, load_file(saved / "model.safetensors"))
    assert_same(read(saved / "model.safetensors")[1], tensors)


def test_half_precision_safetensors_are_read_as_float32(saved: Path) -> None:
    weights = saved / "model.safetensors"
    half = {name: tensor.bfloat16() for name, tensor in load_file(weights).items()}
    save_file(half, weights)
    _, tensors = read(saved)
    assert_same(tensors, {name: tensor.float() for name, tensor in half.items()})


def test_a_safetensors_file_of_any_name_is_read_with_its_configuration(saved: Path) -> None:
    renamed = (saved / "model.safetensors").rename(saved / "mine.safetensors")
    assert read(renamed)[0] == SMALL


def test_fields_that_a_configuration_lacks_have_their_defaults(saved: Path) -> None:
    file = saved / "config.json"
    values = json.loads(file.read_text())
    del values["arcsinh_lags"], values["rope_base"]
    file.write_text(json.dumps(values))
    assert read(saved)[0] == SMALL


def test_a_missing_configuration_is_named(saved: Path) -> None:
    (saved / "config.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"config\.json does not exist.*save_pretrained"):
        read(saved)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not valid JSON"),
        ("[]", "must hold a JSON object"),
        ('{"colour": 1}', "unknown keys colour"),
        ('{"num_layers": 0}', "num_layers must be a positive integer"),
        ('{"num_heads": "two"}', "num_heads must be a positive integer"),
        ('{"hidden_dim": "wide"}', "hidden_dim must be None or a positive integer"),
        ('{"lags": [0.5]}', "does not describe a Lag-Llama network"),
        ('{"lags": 3}', "does not describe a Lag-Llama network"),
        ('{"calendar_features": "no"}', "calendar_features must be True or False"),
        ('{"rope_base": "x"}', "rope_base must be a positive number"),
        ("{}", r"config\.json is not the configuration that model\.safetensors was saved with"),
    ],
)
def test_a_wrong_configuration_is_an_error_that_names_it(
    saved: Path, text: str, message: str
) -> None:
    (saved / "config.json").write_text(text)
    with pytest.raises(ValueError, match=message) as raised:
        read(saved)
    assert str(saved) in str(raised.value)


@pytest.mark.parametrize("length", [0, 4, 100, -1])
def test_truncated_safetensors_are_an_error_that_names_them(saved: Path, length: int) -> None:
    weights = saved / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:length])
    with pytest.raises(ValueError, match=r"model\.safetensors cannot be read.*Download it again"):
        read(saved)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda tensors: tensors.pop("head.bias"), "lacks head.bias"),
        (lambda tensors: tensors.update(more=torch.ones(1)), "has the unexpected more"),
        (
            lambda tensors: tensors.update({"head.bias": torch.ones(4)}),
            r"head.bias of shape \(4,\)",
        ),
        (lambda tensors: tensors.update({"head.bias": torch.ones(3).int()}), "no plain tensor"),
        (lambda tensors: tensors["head.bias"].fill_(torch.inf), "infinite or not a number"),
    ],
)
def test_safetensors_of_another_model_are_an_error_that_names_the_difference(
    saved: Path, edit: Callable[[dict[str, Tensor]], object], message: str
) -> None:
    weights = saved / "model.safetensors"
    tensors = {name: tensor.clone() for name, tensor in load_file(weights).items()}
    edit(tensors)
    save_file(tensors, weights)
    with pytest.raises(ValueError, match=message) as raised:
        read(saved)
    assert str(weights) in str(raised.value)


def test_tensors_share_no_memory_with_the_file(saved: Path) -> None:
    _, tensors = read(saved)
    kept = {name: tensor.clone() for name, tensor in tensors.items()}
    weights = saved / "model.safetensors"
    size = weights.stat().st_size
    with weights.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\0" * (size // 2))
    assert_same(tensors, kept)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_layers": 2}, "lacks blocks.1"),
        ({"num_layers": 200}, "too few for the 200 layers"),
        ({"num_heads": 3}, "of shape"),
        ({"num_heads": 1}, "too large for the 3,211 weights of its network"),
    ],
)
def test_a_configuration_of_another_network_is_refused_without_digests_too(
    saved: Path, change: dict[str, int], message: str
) -> None:
    without_digests(saved)
    edit_config(saved, **change)
    with pytest.raises(ValueError, match=message):
        read(saved)
