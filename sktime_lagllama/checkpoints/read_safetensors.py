"""``.safetensors`` files with ``config.json`` beside them -> configuration and tensors."""

from __future__ import annotations

import json
import reprlib
from dataclasses import fields
from pathlib import Path

from torch import Tensor

from sktime_lagllama.checkpoints.files import CONFIG_FILE
from sktime_lagllama.checkpoints.tensor_checks import (
    check_num_layers,
    check_tensors,
    checked_config,
    listed,
    parameter_shapes,
    stacked_rows,
)
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.weights_file import config_digest, read_weights

MAX_CONFIG_BYTES = 2**20
"""The configuration with the most lags that ``LagLlamaConfig`` allows has 40 kB."""


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
    tensors, saved_config_digest = read_weights(file, config.num_weights)
    if saved_config_digest not in (None, config_digest(config)):
        raise ValueError(
            f"{file.with_name(CONFIG_FILE)} is not the configuration that {file.name} was saved "
            "with: it was damaged or edited. Download or save both again; to keep an edit, run "
            'python -c "from sktime_lagllama import LagLlama; '
            "LagLlama.from_pretrained('.').save_pretrained('.')\" in the folder."
        )
    check_num_layers(file, config, len(tensors))
    found_shapes = {
        name: tuple(tensor.shape) if tensor.is_floating_point() else None
        for name, tensor in tensors.items()
    }
    check_tensors(file, found_shapes, parameter_shapes(config))
    return config, {name: stacked_rows(file, [tensor]) for name, tensor in tensors.items()}


def _read_config(file: Path) -> LagLlamaConfig:
    """Read the configuration beside a ``.safetensors`` file."""
    config_file = file.with_name(CONFIG_FILE)
    if not config_file.is_file():
        raise FileNotFoundError(
            f"{config_file} does not exist, and {file.name} cannot be read without it: put the "
            f"{CONFIG_FILE} that LagLlama.save_pretrained wrote with it beside it"
        )
    if config_file.stat().st_size > MAX_CONFIG_BYTES:
        raise ValueError(
            f"{config_file} has more than {MAX_CONFIG_BYTES:,} bytes, which no configuration "
            "needs: save it again"
        )
    try:
        values = json.loads(config_file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{config_file} is not valid JSON ({error}): save it again") from error
    if not isinstance(values, dict):
        raise ValueError(f"{config_file} must hold a JSON object, but found {reprlib.repr(values)}")
    unknown = values.keys() - {field.name for field in fields(LagLlamaConfig)}
    if unknown:
        raise ValueError(
            f"{config_file} has unknown keys {listed(unknown)}: it belongs to another model, or "
            "to a newer sktime-lagllama, to which you can upgrade"
        )
    return checked_config(config_file, values)
