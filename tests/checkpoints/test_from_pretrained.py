"""``LagLlama.from_pretrained`` is as careful as ``checkpoint=``; digests go where weights go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants, hub_mixin
from huggingface_hub.errors import LocalEntryNotFoundError
from safetensors.torch import load_file, save_file
from torch import Tensor

from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.network.weights_file import CONFIG_DIGEST, WEIGHTS_DIGEST
from tests.support.crafted import SMALL
from tests.support.hub import StandInHub
from tests.support.models import random_model


def assert_same_weights(found: LagLlama, expected: LagLlama) -> None:
    state = found.state_dict()
    assert state.keys() == expected.state_dict().keys()
    for name, tensor in expected.state_dict().items():
        assert state[name].equal(tensor)


def test_a_network_is_ready_for_training_with_its_weights(tmp_path: Path) -> None:
    saved = random_model(SMALL)
    saved.save_pretrained(tmp_path)
    before = torch.get_rng_state()
    loaded = LagLlama.from_pretrained(tmp_path)
    assert torch.get_rng_state().equal(before)
    assert_same_weights(loaded, saved)
    assert {parameter.device.type for parameter in loaded.parameters()} == {"cpu"}
    assert all(parameter.requires_grad for parameter in loaded.parameters())
    assert not loaded.training


def test_half_precision_is_loaded_as_float32(tmp_path: Path) -> None:
    half = random_model(SMALL).bfloat16()
    half.save_pretrained(tmp_path)
    assert_same_weights(LagLlama.from_pretrained(tmp_path), half.float())


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda tensors: tensors["head.bias"].fill_(torch.nan), "infinite or not a number"),
        (lambda tensors: tensors.pop("head.bias"), 'Missing key.*"head.bias"'),
        (lambda tensors: tensors.update(more=torch.ones(1)), 'Unexpected key.*"more"'),
        (lambda tensors: tensors.update({"head.bias": torch.ones(4)}), "head.bias"),
        (
            lambda tensors: tensors.update({"head.bias": torch.ones(3).int()}),
            "no floating point numbers as head.bias",
        ),
    ],
)
def test_weights_of_another_network_are_refused(
    saved: Path, edit: Callable[[dict[str, Tensor]], object], message: str
) -> None:
    weights = saved / "model.safetensors"
    tensors = load_file(weights)
    edit(tensors)
    save_file(tensors, weights)
    with pytest.raises(ValueError, match=f"(?s)model.safetensors .*{message}"):
        LagLlama.from_pretrained(saved)


def test_damaged_weights_are_refused(saved: Path) -> None:
    weights = saved / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ValueError, match=r"model\.safetensors.*not those that were saved"):
        LagLlama.from_pretrained(saved)


def test_an_edited_configuration_is_kept_by_saving_again(saved: Path) -> None:
    """As the error of ``checkpoint=`` says."""
    config = saved / "config.json"
    config.write_text(config.read_text().replace('"dispersion": 1.0', '"dispersion": 1.5'))
    LagLlama.from_pretrained(saved).save_pretrained(saved)
    assert LagLlama.from_pretrained(saved).config.dispersion == 1.5


def test_digests_reach_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with StandInHub(models={}) as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.endpoint)
        LagLlama(SMALL).push_to_hub("me/tuned", token="hf_nothing")
    content = hub.models["me/tuned"]["main"]["model.safetensors"]
    assert WEIGHTS_DIGEST.encode() in content
    assert CONFIG_DIGEST.encode() in content


def test_a_pickle_is_refused_where_the_hub_has_nothing_else(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(filename: str, **_: object) -> str:
        if not (saved / filename).exists():
            raise LocalEntryNotFoundError(filename)
        return str(saved / filename)

    monkeypatch.setattr(hub_mixin, "hf_hub_download", download)
    LagLlama.from_pretrained("me/tuned")
    (saved / "model.safetensors").rename(saved / "pytorch_model.bin")
    with pytest.raises(ValueError, match=r"pytorch_model\.bin is a pickle"):
        LagLlama.from_pretrained("me/tuned")
