"""``.ckpt`` and ``.safetensors`` files -> (config, tensors), never running a pickle's code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from threading import Lock
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from sktime_lagllama.checkpoints.locate import CONFIG_FILE, weights_file
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.lag_llama import LagLlama

_ZIP_SIGNATURE = b"PK\x03\x04"

# Our tensor -> the published tensors whose rows it stacks, each with its share of the rows.
_PUBLISHED_NAMES: dict[str, dict[str, int]] = {
    "embedding.weight": {"transformer.wte.weight": 1},
    "embedding.bias": {"transformer.wte.bias": 1},
    "final_norm.weight": {"transformer.ln_f.scale": 1},
    "head.weight": {f"param_proj.proj.{output}.weight": 1 for output in range(3)},
    "head.bias": {f"param_proj.proj.{output}.bias": 1 for output in range(3)},
}
_PUBLISHED_BLOCK_NAMES: dict[str, dict[str, int]] = {
    "attention_norm.weight": {"rms_1.scale": 1},
    "query_key_value.weight": {"attn.q_proj.weight": 1, "attn.kv_proj.weight": 2},
    "attention_output.weight": {"attn.c_proj.weight": 1},
    "mlp_norm.weight": {"rms_2.scale": 1},
    "gate_and_up.weight": {"mlp.c_fc1.weight": 1, "mlp.c_fc2.weight": 1},
    "down.weight": {"mlp.c_proj.weight": 1},
}
_PUBLISHED_CONFIG = {
    "context_length": "context_length",
    "max_context_length": "max_context_length",
    "num_layers": "n_layer",
    "num_heads": "n_head",
    "head_dim": "n_embd_per_head",
    "lags": "lags_seq",
    "scaling": "scaling",
    "calendar_features": "time_feat",
}

# torch keeps the classes that it may load in one set for the whole process.
_torch_globals = Lock()


def read(path: Path) -> tuple[LagLlamaConfig, dict[str, Tensor]]:
    """Read a checkpoint's configuration and weights.

    Parameters
    ----------
    path : Path
        A ``.ckpt`` file in the published Lightning layout, a ``.safetensors`` file with
        ``config.json`` beside it, or a folder that holds ``model.safetensors`` and ``config.json``
        or, without these, one ``.ckpt``. Of a ``.ckpt``, the training state is ignored, and so is
        ``rope_scaling``: how positions beyond the trained context are treated is the
        forecaster's choice.

    Returns
    -------
    config : LagLlamaConfig
    tensors : dict of str to Tensor
        What ``LagLlama(config).state_dict()`` holds, as finite float32 CPU tensors that share no
        memory with the file.

    Raises
    ------
    FileNotFoundError
        If there is no such file, no checkpoint in the folder, or no ``config.json``.
    ValueError
        If the file is damaged, refused as unsafe, or no Lag-Llama checkpoint.

    Notes
    -----
    Nothing that the pickle in a ``.ckpt`` names is imported or called, but for tensors, containers
    and what the running program has itself declared safe with
    ``torch.serialization.add_safe_globals``.
    """
    path = weights_file(path)
    if path.suffix == ".ckpt":
        return _read_published(path)
    if path.suffix == ".safetensors":
        return _read_safetensors(path)
    raise ValueError(f"{path} is no checkpoint: give a .ckpt or a .safetensors file")


def parameter_shapes(config: LagLlamaConfig) -> dict[str, torch.Size]:
    """Return the shape of every tensor of ``LagLlama(config)`` without allocating any."""
    with torch.device("meta"):
        state = LagLlama(config).state_dict()
    return {name: tensor.shape for name, tensor in state.items()}


def _read_safetensors(path: Path) -> tuple[LagLlamaConfig, dict[str, Tensor]]:
    config_path = path.with_name(CONFIG_FILE)
    if not config_path.is_file():
        raise FileNotFoundError(
            f"{config_path} does not exist, and {path.name} cannot be read without it: put the "
            f"{CONFIG_FILE} that LagLlama.save_pretrained wrote with it beside it"
        )
    try:
        values = json.loads(config_path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{config_path} is not valid JSON ({error}): save it again") from error
    if not isinstance(values, dict):
        raise ValueError(f"{config_path} must hold a JSON object, but found {values!r}")
    unknown = sorted(values.keys() - {field.name for field in fields(LagLlamaConfig)})
    if unknown:
        raise ValueError(
            f"{config_path} has unknown keys {', '.join(unknown)}: it belongs to another model, or "
            "to a newer sktime-lagllama, to which you can upgrade"
        )
    config = _config(config_path, values)
    try:
        # From bytes: a memory map would change under the model when the file is written anew.
        tensors = safetensors.torch.load(path.read_bytes())
    except safetensors.SafetensorError as error:
        raise _damaged(path, str(error)) from error
    _check_depth(path, config, len(tensors))
    _check_tensors(path, tensors, parameter_shapes(config))
    return config, {name: _stack(path, [tensor]) for name, tensor in tensors.items()}


def _read_published(path: Path) -> tuple[LagLlamaConfig, dict[str, Tensor]]:
    checkpoint = _load_inert(path)
    hyper_parameters = _entry(path, checkpoint, "hyper_parameters")
    config = _published_config(path, _entry(path, hyper_parameters, "model_kwargs"))
    tensors = {
        str(name).removeprefix("model."): tensor
        for name, tensor in _entry(path, checkpoint, "state_dict").items()
    }
    _check_depth(path, config, len(tensors))
    shapes = parameter_shapes(config)
    layout = {name: _published_shapes(name, shape) for name, shape in shapes.items()}
    _check_tensors(path, tensors, {k: v for parts in layout.values() for k, v in parts.items()})
    return config, {
        name: _stack(path, [tensors[part] for part in parts]) for name, parts in layout.items()
    }


def _check_depth(path: Path, config: LagLlamaConfig, num_tensors: int) -> None:
    # Before the layers are built, of which a crafted file could name any number.
    if config.num_layers > num_tensors:
        raise ValueError(
            f"{path} has {num_tensors} tensors, too few for the {config.num_layers} layers of its "
            "configuration: they belong to different models, so save or download both again"
        )


class _Inert:
    """Stands for an object of a class or function that a pickle names: does and keeps nothing."""

    __slots__ = ()

    def __new__(cls, *_: object) -> _Inert:
        return super().__new__(cls)

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, _: object) -> None:
        pass


def _load_inert(path: Path) -> object:
    """Load a pickle with every class and function it names replaced by an inert placeholder.

    torch's restricted unpickler imports nothing: it looks names up in a table of tensor types and
    containers, and in what is declared safe. Declared here, for the other names in the file, are
    fresh subclasses of ``_Inert``, so that calling ``builtins.eval`` makes an empty object. What
    does not fit (a name of ``os`` or ``sys``, a call of anything else, an unknown instruction) is
    refused.
    """
    with path.open("rb") as file:
        # torch would fall back to its older formats, which nothing published uses.
        if file.read(len(_ZIP_SIGNATURE)) != _ZIP_SIGNATURE:
            raise ValueError(
                f"{path} is not a zip archive, as torch.save writes it: it is damaged, or of an "
                "old format that is refused as unsafe. Download it again, or save it with a recent "
                "torch."
            )
    names: list[str] = []
    try:
        with _torch_globals:
            names = torch.serialization.get_unsafe_globals_in_checkpoint(str(path))
            placeholders: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
                (type(name.rpartition(".")[2], (_Inert,), {"__slots__": ()}), name)
                for name in names
            ]
            # Not torch.load: programs replace that by one that is never restricted, as a cure for
            # the refusal of this very kind of file, and sktime's own adapter does so for a while.
            with torch.serialization.safe_globals(placeholders):
                return torch.serialization.load(path, map_location="cpu", weights_only=True)
    # Damage can surface as nearly any exception, and so can refusal.
    except Exception as error:
        # Not torch's own text, which advises to load the file without its restrictions.
        reason = f"{type(error).__name__}; its pickle names {_listed(names, limit=8) or 'nothing'}"
        raise _damaged(path, reason) from error


def _entry(path: Path, parent: object, key: str) -> dict[Any, Any]:
    entry = parent.get(key) if isinstance(parent, dict) else None
    if not isinstance(entry, dict):
        raise ValueError(
            f"{path} is not a Lag-Llama checkpoint as Lightning writes it: it has no {key}. Give "
            "the published lag-llama.ckpt or one fine-tuned from it."
        )
    return entry


def _published_config(path: Path, model_kwargs: Mapping[str, object]) -> LagLlamaConfig:
    if model_kwargs.get("input_size", 1) != 1:
        raise ValueError(
            f"{path} has input_size {model_kwargs['input_size']!r}: only checkpoints of univariate "
            "models, with input_size 1, can be read"
        )
    output = model_kwargs.get("distr_output")
    if type(output).__name__ != "StudentTOutput":
        raise ValueError(
            f"{path} has the output distribution {type(output).__name__}: only Student-t "
            "checkpoints, as the published one, can be read"
        )
    missing = sorted(set(_PUBLISHED_CONFIG.values()) - model_kwargs.keys())
    if missing:
        raise ValueError(
            f"{path} lacks {', '.join(missing)} in hyper_parameters.model_kwargs: it is not a "
            "Lag-Llama checkpoint. Give the published lag-llama.ckpt or one fine-tuned from it."
        )
    values = {ours: model_kwargs[published] for ours, published in _PUBLISHED_CONFIG.items()}
    if values["scaling"] is None:
        values["scaling"] = "none"
    return _config(path, values)


def _config(path: Path, values: Mapping[str, Any]) -> LagLlamaConfig:
    try:
        return LagLlamaConfig(**values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path} does not describe a Lag-Llama network: {error}") from error


def _published_shapes(name: str, shape: torch.Size) -> dict[str, torch.Size]:
    """Return the names and shapes of the published tensors that one of ours is made of."""
    if name in _PUBLISHED_NAMES:
        prefix, shares = "", _PUBLISHED_NAMES[name]
    else:
        _, block, name_in_block = name.split(".", 2)
        prefix, shares = f"transformer.h.{block}.", _PUBLISHED_BLOCK_NAMES[name_in_block]
    rows_per_share = shape[0] // sum(shares.values())
    return {
        prefix + published: torch.Size((share * rows_per_share, *shape[1:]))
        for published, share in shares.items()
    }


def _check_tensors(
    path: Path, tensors: Mapping[str, object], shapes: Mapping[str, torch.Size]
) -> None:
    """Check that a file holds the tensors of its network, before any is copied."""
    problems = []
    if missing := shapes.keys() - tensors.keys():
        problems.append(f"lacks {_listed(missing)}")
    if unexpected := tensors.keys() - shapes.keys():
        problems.append(f"has the unexpected {_listed(unexpected)}")
    for name in shapes.keys() & tensors.keys():
        tensor = tensors[name]
        if not isinstance(tensor, Tensor) or not _is_plain(tensor):
            problems.append(f"has no plain tensor of floating point numbers as {name}")
        elif tensor.shape != shapes[name]:
            found, expected = tuple(tensor.shape), tuple(shapes[name])
            problems.append(f"has {name} of shape {found} instead of {expected}")
    if problems:
        raise ValueError(
            f"{path} does not fit the Lag-Llama network that its configuration describes: it "
            f"{_listed(problems, '; it ')}. Its weights and configuration are of different models, "
            "or incomplete: download or save both again."
        )


def _is_plain(tensor: Tensor) -> bool:
    return (
        tensor.layout is torch.strided
        and tensor.is_floating_point()
        and tensor.device.type == "cpu"
    )


def _stack(path: Path, parts: list[Tensor]) -> Tensor:
    """Stack the rows of tensors as float32, in memory of their own."""
    stacked = torch.cat([part.detach().float() for part in parts])
    if not stacked.isfinite().all():
        raise ValueError(
            f"{path} holds weights that are infinite or not a number: the training that wrote it "
            "has diverged, or the file is damaged. Use an earlier checkpoint, or download it again."
        )
    return stacked


def _damaged(path: Path, reason: str) -> ValueError:
    return ValueError(
        f"{path} cannot be read: it is damaged, cut short, or holds what no checkpoint needs and "
        f"is refused as unsafe ({reason}). Download it again from a source you trust."
    )


def _listed(items: Iterable[object], separator: str = ", ", limit: int = 4) -> str:
    shown = sorted(map(str, items))
    more = len(shown) - limit
    return separator.join(shown[:limit]) + (f" and {more} more" if more > 0 else "")
