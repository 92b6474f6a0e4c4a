"""A checkpoint file or folder -> its configuration and tensors."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from sktime_lagllama.checkpoints.files import weights_file
from sktime_lagllama.checkpoints.read_published import read_published
from sktime_lagllama.checkpoints.read_safetensors import read_safetensors
from sktime_lagllama.network.config import LagLlamaConfig


def read(location: Path) -> tuple[LagLlamaConfig, dict[str, Tensor]]:
    """Read a checkpoint's configuration and weights.

    Parameters
    ----------
    location : Path
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
    Reading imports and calls nothing that a file names. Memory and time are bounded by what the
    network needs that the file's configuration describes; ``LagLlamaConfig`` bounds that in turn.

    Damage is found by checksums: the CRC-32 of each record of a ``.ckpt`` that is used, and the
    SHA-256 of weights and configuration that ``save_pretrained`` writes into a ``.safetensors``
    file. Files of other programs and of earlier versions lack the latter, and are read without.
    """
    file = weights_file(location)
    if file.suffix == ".ckpt":
        return read_published(file)
    if file.suffix == ".safetensors":
        return read_safetensors(file)
    raise ValueError(f"{file} is no checkpoint: give a .ckpt or a .safetensors file")
