"""What is read from a ``.ckpt`` file in the published layout, and which contents are refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.common.published_layout import (
    published_checkpoint,
    random_state_dict,
    save_published,
    write_published_layout,
)
from sktime_lagllama.checkpoints.read import read
from sktime_lagllama.network.config import LagLlamaConfig, Scaling
from sktime_lagllama.network.lag_llama import LagLlama
from tests.support.crafted import SMALL

OFFICIAL = Path(__file__).parents[1] / "data" / "official_layout.ckpt"


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


@pytest.mark.slow
def test_reading_needs_neither_gluonts_nor_lightning(published: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from sktime_lagllama.checkpoints.read import read\n"
        "for name in ('gluonts', 'lightning', 'pytorch_lightning'): sys.modules[name] = None\n"
        f"read(Path({str(published)!r}))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


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


def change(file: Path, edit: Callable[[dict[str, Any]], object]) -> Path:
    checkpoint = published_checkpoint(SMALL, seed=0)
    edit(checkpoint)
    save_published(checkpoint, file)
    return file


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
    file = change(tmp_path / "model.ckpt", edit)
    with pytest.raises(ValueError, match=message) as raised:
        read(file)
    assert str(file) in str(raised.value)


def test_a_ckpt_that_is_no_dictionary_is_an_error(tmp_path: Path) -> None:
    torch.save([torch.ones(2)], tmp_path / "model.ckpt")
    with pytest.raises(ValueError, match="it has no hyper_parameters"):
        read(tmp_path / "model.ckpt")
