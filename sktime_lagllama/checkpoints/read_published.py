"""``.ckpt`` files in the published Lightning layout -> configuration and tensors."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sktime_lagllama.checkpoints.archive import Archive
from sktime_lagllama.checkpoints.tensor_checks import (
    check_num_layers,
    check_tensors,
    checked_config,
    parameter_shapes,
    stacked_rows,
)
from sktime_lagllama.checkpoints.unpickle import Named, Storage, StoredTensor, unpickle
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.file_errors import damaged_file_error, naming_damage

# Our tensor -> the published tensors whose rows it stacks, each with its share of the rows.
_PUBLISHED_NAMES: dict[str, dict[str, int]] = {
    "embedding.weight": {"transformer.wte.weight": 1},
    "embedding.bias": {"transformer.wte.bias": 1},
    "final_norm.weight": {"transformer.ln_f.scale": 1},
    "head.weight": {f"param_proj.proj.{output}.weight": 1 for output in range(3)},
    "head.bias": {f"param_proj.proj.{output}.bias": 1 for output in range(3)},
}
# The same for the tensors of a layer, without the layer's prefix.
_PUBLISHED_LAYER_NAMES: dict[str, dict[str, int]] = {
    "attention_norm.weight": {"rms_1.scale": 1},
    "query_key_value.weight": {"attn.q_proj.weight": 1, "attn.kv_proj.weight": 2},
    "attention_output.weight": {"attn.c_proj.weight": 1},
    "mlp_norm.weight": {"rms_2.scale": 1},
    "gate_and_up.weight": {"mlp.c_fc1.weight": 1, "mlp.c_fc2.weight": 1},
    "down.weight": {"mlp.c_proj.weight": 1},
}
# Our field of the configuration -> the published one.
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
# Tensors may be views of larger ones, of which torch.save writes all.
_MAX_STORED_PER_WEIGHT = 4


def read_published(file: Path) -> tuple[LagLlamaConfig, dict[str, Tensor]]:
    """Read a checkpoint that Lightning wrote for the published code.

    Parameters
    ----------
    file : Path
        A ``.ckpt`` file.

    Returns
    -------
    config : LagLlamaConfig
    tensors : dict of str to Tensor
        As ``checkpoints.read.read`` returns them.

    Raises
    ------
    ValueError
        If the file is damaged, refused as unsafe, or no Lag-Llama checkpoint.
    """
    with Archive(file) as archive:
        with naming_damage(file):
            checkpoint = unpickle(archive.pickle())
        hyper_parameters = _entry(file, checkpoint, "hyper_parameters")
        config = _published_config(file, _entry(file, hyper_parameters, "model_kwargs"))
        stored = {
            str(name).removeprefix("model."): tensor
            for name, tensor in _entry(file, checkpoint, "state_dict").items()
        }
        check_num_layers(file, config, len(stored))
        layout = {
            name: _published_shapes(name, shape) for name, shape in parameter_shapes(config).items()
        }
        published_shapes = {
            published: shape for parts in layout.values() for published, shape in parts.items()
        }
        check_tensors(file, {name: _shape(part) for name, part in stored.items()}, published_shapes)
        tensors = _read_tensors(archive, stored)
    return config, {
        name: stacked_rows(file, [tensors[published] for published in parts])
        for name, parts in layout.items()
    }


def _shape(value: object) -> tuple[int, ...] | None:
    """Return the shape of a tensor of floating point numbers, and None for anything else."""
    if isinstance(value, StoredTensor) and value.storage.dtype is not None:
        return value.shape
    return None


def _read_tensors(archive: Archive, stored: dict[str, StoredTensor]) -> dict[str, Tensor]:
    """Read tensors whose shapes are those of the network.

    Parameters
    ----------
    archive : Archive
    stored : dict of str to StoredTensor
        Of floating point numbers.

    Returns
    -------
    dict of str to Tensor
        Of the types in the file; some may share memory.

    Raises
    ------
    ValueError
        If a record is damaged, or there are many more or fewer numbers than the tensors need.
    """
    storages = {tensor.storage for tensor in stored.values()}
    num_stored = sum(storage.size for storage in storages)
    num_weights = sum(math.prod(tensor.shape) for tensor in stored.values())
    if not num_weights <= num_stored <= _MAX_STORED_PER_WEIGHT * num_weights:
        raise damaged_file_error(
            archive.file, f"it stores {num_stored} numbers for {num_weights} weights"
        )
    contents = {storage: _read_storage(archive, storage) for storage in storages}
    with naming_damage(archive.file):
        return {
            name: contents[tensor.storage].as_strided(tensor.shape, tensor.stride, tensor.offset)
            for name, tensor in stored.items()
        }


def _read_storage(archive: Archive, storage: Storage) -> Tensor:
    """Read all numbers of a storage, (size,)."""
    assert storage.dtype is not None
    content = archive.storage(storage.key, storage.size * storage.dtype.itemsize)
    # Through NumPy, which ignores the program's default device.
    return torch.from_numpy(np.frombuffer(content, np.uint8)).view(storage.dtype)


def _entry(file: Path, parent: object, key: str) -> dict[Any, Any]:
    """Return the dictionary that a dictionary in the file holds under a key."""
    entry = parent.get(key) if isinstance(parent, dict) else None
    if not isinstance(entry, dict):
        raise ValueError(
            f"{file} is not a Lag-Llama checkpoint as Lightning writes it: it has no {key}. Give "
            "the published lag-llama.ckpt or one fine-tuned from it."
        )
    return entry


def _published_config(file: Path, model_kwargs: Mapping[str, object]) -> LagLlamaConfig:
    """Translate the arguments of the published network."""
    input_size = model_kwargs.get("input_size", 1)
    if input_size != 1:
        raise ValueError(
            f"{file} has input_size {reprlib.repr(input_size)}: only checkpoints of univariate "
            "models, with input_size 1, can be read"
        )
    output = model_kwargs.get("distr_output")
    if not isinstance(output, Named) or not output.name.endswith(".StudentTOutput"):
        raise ValueError(
            f"{file} has the output distribution {reprlib.repr(output)}: only Student-t "
            "checkpoints, as the published one, can be read"
        )
    missing = sorted(set(_PUBLISHED_CONFIG.values()) - model_kwargs.keys())
    if missing:
        raise ValueError(
            f"{file} lacks {', '.join(missing)} in hyper_parameters.model_kwargs: it is not a "
            "Lag-Llama checkpoint. Give the published lag-llama.ckpt or one fine-tuned from it."
        )
    values = {field: model_kwargs[published] for field, published in _PUBLISHED_CONFIG.items()}
    for field, value in values.items():
        # Others may be too large to print, compare or copy.
        items = value if isinstance(value, (list, tuple)) else [value]
        if not all(item is None or isinstance(item, (str, int, float, Named)) for item in items):
            raise ValueError(f"{file} has the {_PUBLISHED_CONFIG[field]} {reprlib.repr(value)}")
    if values["scaling"] is None:
        values["scaling"] = "none"
    return checked_config(file, values)


def _published_shapes(name: str, shape: torch.Size) -> dict[str, torch.Size]:
    """Return the names and shapes of the published tensors that one of ours is stacked from."""
    if name in _PUBLISHED_NAMES:
        prefix, shares = "", _PUBLISHED_NAMES[name]
    else:
        _, layer, name_in_layer = name.split(".", 2)
        prefix, shares = f"transformer.h.{layer}.", _PUBLISHED_LAYER_NAMES[name_in_layer]
    rows_per_share = shape[0] // sum(shares.values())
    return {
        prefix + published: torch.Size((share * rows_per_share, *shape[1:]))
        for published, share in shares.items()
    }
