"""What is read from checkpoint files, what is refused, and that nothing in them runs."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import Tensor

from sktime_lagllama.checkpoints.read import parameter_shapes, read
from sktime_lagllama.network.config import LagLlamaConfig, Scaling
from sktime_lagllama.network.lag_llama import LagLlama
from tests.support import crafted
from tests.support.published_layout import (
    published_checkpoint,
    random_state_dict,
    save_published,
    stand_in_for_gluonts,
    write_published_layout,
)

OFFICIAL = Path(__file__).parents[1] / "data" / "official_layout.ckpt"
SMALL = crafted.SMALL
PAYLOADS = (
    "os.system",
    "builtins.eval",
    "builtins.exec",
    "pathlib.Path.touch",
    "runpy.run_path",
    "torch.hub",
    "a pickle in a pickle",
    "a call through a rebuild function of torch",
    "the state of an object",
)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    path = tmp_path / "lag-llama.ckpt"
    write_published_layout(path, SMALL, seed=1)
    return path


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    folder = tmp_path / "saved"
    LagLlama(SMALL).save_pretrained(folder)
    return folder


def assert_same(tensors: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert tensors.keys() == expected.keys()
    for name, tensor in tensors.items():
        torch.testing.assert_close(tensor, expected[name], rtol=0, atol=0)


# The published layout


def test_the_reference_checkpoint_is_read_with_its_configuration() -> None:
    config, tensors = read(OFFICIAL)
    assert config == LagLlamaConfig(num_layers=2, num_heads=2)
    LagLlama(config).load_state_dict(tensors)


def test_published_tensors_land_where_the_network_uses_them(published: Path) -> None:
    source = random_state_dict(SMALL, seed=1)
    _, tensors = read(published)
    width, mlp_width = SMALL.width, SMALL.mlp_width
    query, key, value = torch.split(tensors["blocks.0.query_key_value.weight"], width)
    assert query.equal(source["transformer.h.0.attn.q_proj.weight"])
    assert key.equal(source["transformer.h.0.attn.kv_proj.weight"][:width])
    assert value.equal(source["transformer.h.0.attn.kv_proj.weight"][width:])
    gate, up = torch.split(tensors["blocks.0.gate_and_up.weight"], mlp_width)
    assert gate.equal(source["transformer.h.0.mlp.c_fc1.weight"])
    assert up.equal(source["transformer.h.0.mlp.c_fc2.weight"])
    assert tensors["blocks.0.down.weight"].equal(source["transformer.h.0.mlp.c_proj.weight"])
    attention_output = tensors["blocks.0.attention_output.weight"]
    assert attention_output.equal(source["transformer.h.0.attn.c_proj.weight"])
    assert tensors["blocks.0.attention_norm.weight"].equal(source["transformer.h.0.rms_1.scale"])
    assert tensors["blocks.0.mlp_norm.weight"].equal(source["transformer.h.0.rms_2.scale"])
    assert tensors["embedding.weight"].equal(source["transformer.wte.weight"])
    assert tensors["embedding.bias"].equal(source["transformer.wte.bias"])
    assert tensors["final_norm.weight"].equal(source["transformer.ln_f.scale"])
    for output in range(3):
        head = f"param_proj.proj.{output}"
        assert tensors["head.weight"][output].equal(source[f"{head}.weight"][0])
        assert tensors["head.bias"][output].equal(source[f"{head}.bias"][0])


@pytest.mark.parametrize("scaling", ["robust", "std", "mean", "none"])
def test_published_configurations_are_read_as_written(tmp_path: Path, scaling: Scaling) -> None:
    config = LagLlamaConfig(
        context_length=16,
        max_context_length=64,
        num_layers=3,
        num_heads=1,
        head_dim=6,
        lags=(1, 5),
        scaling=scaling,
        calendar_features=False,
    )
    write_published_layout(tmp_path / "model.ckpt", config, seed=0)
    assert read(tmp_path / "model.ckpt")[0] == config


def test_the_published_size_has_the_published_number_of_parameters() -> None:
    shapes = parameter_shapes(LagLlamaConfig())
    assert sum(shape.numel() for shape in shapes.values()) == 2_449_299


def test_reading_needs_neither_gluonts_nor_lightning(published: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from sktime_lagllama.checkpoints.read import read\n"
        "for name in ('gluonts', 'lightning', 'pytorch_lightning'): sys.modules[name] = None\n"
        f"read(Path({str(published)!r}))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_unknown_classes_anywhere_are_inert(tmp_path: Path) -> None:
    checkpoint = published_checkpoint(SMALL, seed=0)
    checkpoint["callbacks"] = {"best": Path("model.ckpt"), "seen": frozenset({1}), "kind": Path}
    save_published(checkpoint, tmp_path / "model.ckpt")
    _, tensors = read(tmp_path / "model.ckpt")
    assert tensors.keys() == parameter_shapes(SMALL).keys()


def test_reading_leaves_no_global_declared_safe_to_torch(published: Path) -> None:
    before = set(torch.serialization.get_safe_globals())
    read(published)
    assert set(torch.serialization.get_safe_globals()) == before


def test_tensors_are_float32_whatever_the_file_holds(tmp_path: Path, published: Path) -> None:
    _, expected = read(published)
    for dtype in (torch.float64, torch.bfloat16):
        checkpoint = published_checkpoint(SMALL, seed=1)
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {name: tensor.to(dtype) for name, tensor in state.items()}
        save_published(checkpoint, tmp_path / "other.ckpt")
        _, tensors = read(tmp_path / "other.ckpt")
        for name, tensor in tensors.items():
            assert tensor.dtype == torch.float32
            torch.testing.assert_close(tensor, expected[name], rtol=1e-2, atol=1e-3)


# Crafted files


def unpickle(path: Path) -> None:
    """Do what must not be done."""
    with stand_in_for_gluonts():
        try:
            torch.load(path, weights_only=False)
        except Exception:
            if path.read_bytes().startswith(b"\x80"):
                pickle.loads(path.read_bytes())


@pytest.mark.parametrize("place", ["hyper_parameters", "state_dict"])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_crafted_checkpoint_runs_nothing(tmp_path: Path, payload: str, place: str) -> None:
    marker, path = tmp_path / "created", tmp_path / "crafted.ckpt"
    calls = crafted.creating_calls(marker, tmp_path / "script.py")
    assert tuple(calls) == PAYLOADS
    crafted.write_crafted(path, calls[payload], place)
    unpickle(path)
    assert marker.exists(), "the file is not live, so this test would prove nothing"
    marker.unlink()
    try:
        config, _ = read(path)
    except ValueError as refusal:
        assert str(path) in str(refusal)
    else:
        assert config == SMALL
    assert not marker.exists()


@pytest.mark.parametrize(
    "write",
    [
        crafted.write_legacy,
        crafted.write_bare_pickle,
        crafted.write_pickle_before_zip,
        crafted.write_tar,
    ],
)
def test_a_pickle_outside_a_zip_archive_is_refused(
    tmp_path: Path, write: Callable[[Path, object], None]
) -> None:
    marker, path = tmp_path / "created", tmp_path / "crafted.ckpt"
    write(path, crafted.creating_calls(marker, tmp_path / "script.py")["builtins.eval"])
    unpickle(path)
    assert marker.exists(), "the file is not live, so this test would prove nothing"
    marker.unlink()
    with pytest.raises(ValueError, match=r"crafted\.ckpt is not a zip archive.*refused as unsafe"):
        read(path)
    assert not marker.exists()


def test_a_refusal_names_what_the_pickle_wanted_without_advice_to_run_it(tmp_path: Path) -> None:
    calls = crafted.creating_calls(tmp_path / "created", tmp_path / "script.py")
    crafted.write_crafted(tmp_path / "crafted.ckpt", calls["os.system"])
    with pytest.raises(ValueError, match=r"refused as unsafe.*\.system") as raised:
        read(tmp_path / "crafted.ckpt")
    assert "weights_only" not in str(raised.value), "torch's advice to run the code is passed on"


def test_a_torch_load_that_the_program_made_unsafe_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = torch.load

    def unrestricted_load(*args: Any, **kwargs: Any) -> Any:
        return original(*args, **{**kwargs, "weights_only": False})

    monkeypatch.setattr(torch, "load", unrestricted_load)
    marker, path = tmp_path / "created", tmp_path / "crafted.ckpt"
    calls = crafted.creating_calls(marker, tmp_path / "script.py")
    crafted.write_crafted(path, calls["builtins.eval"])
    read(path)
    assert not marker.exists()


def test_a_placeholder_in_place_of_a_number_is_an_error(tmp_path: Path) -> None:
    checkpoint = published_checkpoint(SMALL, seed=0)
    checkpoint["hyper_parameters"]["model_kwargs"]["n_layer"] = Path("1")
    save_published(checkpoint, tmp_path / "model.ckpt")
    with pytest.raises(ValueError, match="num_layers must be a positive integer"):
        read(tmp_path / "model.ckpt")


@given(st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_damaged_checkpoint_is_an_error_that_names_it(
    published: Path, data: st.DataObject
) -> None:
    content = bytearray(published.read_bytes())
    if data.draw(st.booleans(), label="truncate"):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        # The pickle, which comes first: noise in a weight is just another weight.
        for _ in range(data.draw(st.integers(1, 5))):
            content[data.draw(st.integers(0, 3000))] = data.draw(st.integers(0, 255))
    damaged = published.with_name("damaged.ckpt")
    damaged.write_bytes(content)
    try:
        read(damaged)
    except ValueError as error:
        assert str(damaged) in str(error)


# Wrong contents of a .ckpt


def change(path: Path, edit: Callable[[dict[str, Any]], object]) -> Path:
    checkpoint = published_checkpoint(SMALL, seed=0)
    edit(checkpoint)
    save_published(checkpoint, path)
    return path


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda c: c["state_dict"].pop("model.transformer.wte.bias"), "lacks transformer.wte.bias"),
        (lambda c: c["state_dict"].update(more=torch.ones(1)), "has the unexpected more"),
        (
            lambda c: c["state_dict"].update({"model.transformer.wte.bias": torch.ones(7)}),
            r"has transformer.wte.bias of shape \(7,\) instead of \(8,\)",
        ),
        (
            lambda c: c["state_dict"].update({"model.transformer.wte.bias": Path("x")}),
            "has no plain tensor of floating point numbers as transformer.wte.bias",
        ),
        (
            lambda c: c["state_dict"]["model.transformer.wte.bias"].fill_(torch.nan),
            "infinite or not a number",
        ),
        (
            lambda c: c["hyper_parameters"]["model_kwargs"].update(n_layer=2),
            "lacks transformer.h.1",
        ),
        (lambda c: c["hyper_parameters"]["model_kwargs"].update(n_head=3), "of shape"),
        (lambda c: c["hyper_parameters"]["model_kwargs"].update(input_size=2), "input_size 2"),
        (lambda c: c["hyper_parameters"]["model_kwargs"].update(scaling="log"), "scaling must be"),
        (lambda c: c["hyper_parameters"]["model_kwargs"].update(lags_seq=["D"]), "describe"),
        (lambda c: c["hyper_parameters"]["model_kwargs"].update(time_feat=1), "calendar_features"),
        (lambda c: c["hyper_parameters"]["model_kwargs"].pop("lags_seq"), "lacks lags_seq"),
        (
            lambda c: c["hyper_parameters"]["model_kwargs"].update(distr_output=Path("x")),
            "only Student-t",
        ),
        (lambda c: c.pop("hyper_parameters"), "it has no hyper_parameters"),
        (lambda c: c.pop("state_dict"), "it has no state_dict"),
    ],
)
def test_a_ckpt_of_another_model_is_an_error_that_names_the_difference(
    tmp_path: Path, edit: Callable[[dict[str, Any]], object], message: str
) -> None:
    path = change(tmp_path / "model.ckpt", edit)
    with pytest.raises(ValueError, match=message) as raised:
        read(path)
    assert str(path) in str(raised.value)


def test_a_ckpt_that_is_no_dictionary_is_an_error(tmp_path: Path) -> None:
    torch.save([torch.ones(2)], tmp_path / "model.ckpt")
    with pytest.raises(ValueError, match="it has no hyper_parameters"):
        read(tmp_path / "model.ckpt")


# .safetensors and folders


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


def test_a_folder_with_a_ckpt_is_read(published: Path) -> None:
    assert_same(read(published.parent)[1], read(published)[1])


def test_fields_that_a_configuration_lacks_have_their_defaults(saved: Path) -> None:
    path = saved / "config.json"
    values = json.loads(path.read_text())
    del values["arcsinh_lags"], values["rope_base"]
    path.write_text(json.dumps(values))
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
        ("{}", "model.safetensors does not fit the Lag-Llama network"),
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


def test_a_missing_file_or_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.ckpt does not exist"):
        read(tmp_path / "absent.ckpt")


def test_a_file_of_another_kind_is_refused(tmp_path: Path, published: Path) -> None:
    shutil.copy(published, tmp_path / "model.bin")
    with pytest.raises(ValueError, match=r"model\.bin is no checkpoint"):
        read(tmp_path / "model.bin")


def test_tensors_share_no_memory_with_the_file(saved: Path) -> None:
    _, tensors = read(saved)
    kept = {name: tensor.clone() for name, tensor in tensors.items()}
    weights = saved / "model.safetensors"
    size = weights.stat().st_size
    with weights.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\0" * (size // 2))
    assert_same(tensors, kept)


def test_a_configuration_with_more_layers_than_tensors_is_refused_at_once(tmp_path: Path) -> None:
    LagLlama(SMALL).save_pretrained(tmp_path)
    config_file = tmp_path / "config.json"
    values = json.loads(config_file.read_text()) | {"num_layers": 10**9}
    config_file.write_text(json.dumps(values))
    with pytest.raises(ValueError, match="too few for the 1000000000 layers"):
        read(tmp_path)
