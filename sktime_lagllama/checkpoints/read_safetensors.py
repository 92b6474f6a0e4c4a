"""``.safetensors`` files with ``config.json`` beside them -> configuration and tensors."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import safetensors.torch
from torch import Tensor

from sktime_lagllama.checkpoints.locate import CONFIG_FILE
from sktime_lagllama.checkpoints.tensor_checks import (
    check_num_layers,
    check_tensors,
    checked_config,
    damaged_file_error,
    parameter_shapes,
    stacked_rows,
)
from sktime_lagllama.network.config import LagLlamaConfig


def read_safetensors(file: Path) -> tuple[LagLlamaConfig, dict[str, Tensor]]:
    """Read what ``LagLlama.save_pretrained`` wrote.

    Parameters
    ----------
    file : Path
        A ``.safetensors`` file with ``config.json`` beside it.

    Returns
    -------
    config : LagLlamaConfig
    tensors : dict of str to Tensor
        As ``checkpoints.read.read`` returns them.

    Raises
    ------
    FileNotFoundError
        If there is no ``config.json``.
    ValueError
        If one of the two files is damaged or belongs to another model.
    """
    config = _read_config(file)
    try:
        # From bytes: a memory map would change under the model when the file is written anew.
        tensors = safetensors.torch.load(file.read_bytes())
    except safetensors.SafetensorError as error:
        raise damaged_file_error(file, str(error)) from error
    check_num_layers(file, config, len(tensors))
    check_tensors(file, tensors, parameter_shapes(config))
    return config, {name: stacked_rows(file, [tensor]) for name, tensor in tensors.items()}


def _read_config(file: Path) -> LagLlamaConfig:
    """Read the configuration beside a ``.safetensors`` file."""
    config_file = file.with_name(CONFIG_FILE)
    if not config_file.is_file():
        raise FileNotFoundError(
            f"{config_file} does not exist, and {file.name} cannot be read without it: put the "
            f"{CONFIG_FILE} that LagLlama.save_pretrained wrote with it beside it"
        )
    try:
        values = json.loads(config_file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{config_file} is not valid JSON ({error}): save it again") from error
    if not isinstance(values, dict):
        raise ValueError(f"{config_file} must hold a JSON object, but found {values!r}")
    unknown = sorted(values.keys() - {field.name for field in fields(LagLlamaConfig)})
    if unknown:
        raise ValueError(
            f"{config_file} has unknown keys {', '.join(unknown)}: it belongs to another model, or "
            "to a newer sktime-lagllama, to which you can upgrade"
        )
    return checked_config(config_file, values)
