"""The ``.safetensors`` file of a network: written with digests, and read with checks.

The file's metadata holds two SHA-256 digests. They tell a damaged file from a well one, which the
format itself does not. They do not tell a forged one: whoever changes weights can change digests.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

import safetensors.torch
import torch
from torch import Tensor

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.file_errors import damaged_file_error, naming_damage

WEIGHTS_DIGEST = "weights_sha256"
CONFIG_DIGEST = "config_sha256"

MAX_HEADER_BYTES = 2**20
"""Names and shapes of the largest network that ``LagLlamaConfig`` allows take 200 kB."""

_LENGTH_BYTES = 8
_MAX_BYTES_PER_WEIGHT = 8


class WeightsFile(NamedTuple):
    """What a ``.safetensors`` file holds.

    Attributes
    ----------
    tensors : dict of str to Tensor
        On the CPU, of any type, not yet checked against a network.
    config_digest : str or None
        ``config_digest`` of the configuration that the weights were saved with, where known.
    """

    tensors: dict[str, Tensor]
    config_digest: str | None


def weights_digest(tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of tensors, whatever file they are in.

    It is computed over, for each tensor in the order of the names: the JSON array of its name, type
    (as in "torch.float32") and shape, a newline, and its numbers in C order.

    Parameters
    ----------
    tensors : mapping of str to Tensor

    Returns
    -------
    str
        Hexadecimal.
    """
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach()
        description = json.dumps([name, str(tensor.dtype), list(tensor.shape)])
        digest.update(f"{description}\n".encode())
        digest.update(tensor.cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def config_digest(config: LagLlamaConfig) -> str:
    """Return the SHA-256 of a configuration, however ``config.json`` is formatted.

    It is computed over the JSON of the fields that differ from their defaults, so that it outlasts
    new fields.

    Parameters
    ----------
    config : LagLlamaConfig

    Returns
    -------
    str
        Hexadecimal.
    """
    values = {field.name: getattr(config, field.name) for field in fields(config)}
    changed = {
        field.name: values[field.name]
        for field in fields(config)
        if values[field.name] != field.default
    }
    return hashlib.sha256(json.dumps(changed, sort_keys=True).encode()).hexdigest()


def write_weights(file: Path, config: LagLlamaConfig, tensors: Mapping[str, Tensor]) -> None:
    """Write a ``.safetensors`` file with digests of the weights and of their configuration.

    Parameters
    ----------
    file : Path
        To write.
    config : LagLlamaConfig
    tensors : mapping of str to Tensor
        The network's ``state_dict``.
    """
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    metadata = {
        "format": "pt",
        WEIGHTS_DIGEST: weights_digest(contiguous),
        CONFIG_DIGEST: config_digest(config),
    }
    safetensors.torch.save_file(contiguous, file, metadata)


def read_weights(file: Path, num_weights: int) -> WeightsFile:
    """Read a ``.safetensors`` file, and check its weights by their digest if it has one.

    Parameters
    ----------
    file : Path
    num_weights : int
        Of the network that it should hold. A file with more is refused before it is read.

    Returns
    -------
    WeightsFile

    Raises
    ------
    ValueError
        If the file is damaged or larger than the network needs.
    """
    with naming_damage(file):
        content = _bounded_content(file, num_weights)
        # From bytes: a memory map would change under the model when the file is written anew.
        tensors = safetensors.torch.load(content)
        header_end = _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES], "little")
        metadata = json.loads(content[_LENGTH_BYTES:header_end]).get("__metadata__", {})
    expected = metadata.get(WEIGHTS_DIGEST)
    if expected is not None and expected != weights_digest(tensors):
        raise damaged_file_error(file, "its weights are not those that were saved")
    return WeightsFile(tensors, metadata.get(CONFIG_DIGEST))


def _bounded_content(file: Path, num_weights: int) -> bytes:
    """Return the bytes of a file, if a network of this size may need so many."""
    with file.open("rb") as opened:
        start = opened.read(_LENGTH_BYTES)
        header_bytes = int.from_bytes(start, "little")
        if header_bytes > MAX_HEADER_BYTES:
            raise ValueError(f"its header would have {header_bytes:,} bytes")
        needed = _LENGTH_BYTES + header_bytes + _MAX_BYTES_PER_WEIGHT * num_weights
        if os.fstat(opened.fileno()).st_size > needed:
            raise ValueError(f"it is too large for the {num_weights:,} weights of its network")
        return start + opened.read()


def check_finite(file: Path, tensor: Tensor) -> None:
    """Check that weights are finite.

    Parameters
    ----------
    file : Path
        Where they come from, for the message.
    tensor : Tensor

    Raises
    ------
    ValueError
        If a value is infinite or not a number.
    """
    if not tensor.isfinite().all():
        raise ValueError(
            f"{file} holds weights that are infinite or not a number: the training that wrote it "
            "has diverged, or the file is damaged. Use an earlier checkpoint, or download it again."
        )
