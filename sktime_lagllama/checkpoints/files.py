"""What files and folders a checkpoint is made of."""

from __future__ import annotations

from pathlib import Path

BUNDLED = "bundled"
BUNDLED_FOLDER = Path(__file__).parent / "bundled"
CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
SUFFIXES = (".ckpt", ".safetensors")
ACCEPTED = (
    f'"{BUNDLED}", a .ckpt file, a .safetensors file with {CONFIG_FILE} beside it, a folder that '
    'holds one of these, a Hugging Face hub id "owner/name" with an optional "@revision", or a '
    "LagLlama"
)


def weights_file(location: Path) -> Path:
    """Choose the weights of a folder: ``model.safetensors``, else its only ``.ckpt`` file.

    Parameters
    ----------
    location : Path
        A file, which is returned as it is, or a folder.

    Returns
    -------
    Path
        An existing file.

    Raises
    ------
    FileNotFoundError
        If the location does not exist or the folder holds no checkpoint.
    ValueError
        If the folder holds several ``.ckpt`` files, so that it is unclear which to take.
    """
    if location.is_file():
        return location
    if not location.is_dir():
        raise FileNotFoundError(f"{location} does not exist: checkpoint must be {ACCEPTED}")
    weights = location / WEIGHTS_FILE
    ckpt_files = sorted(location.glob("*.ckpt"))
    if weights.is_file() and ((location / CONFIG_FILE).is_file() or not ckpt_files):
        return weights
    if len(ckpt_files) == 1:
        return ckpt_files[0]
    if ckpt_files:
        names = ", ".join(file.name for file in ckpt_files)
        raise ValueError(f"{location} holds several checkpoints: give one of {names} as checkpoint")
    names = ", ".join(sorted(file.name for file in location.iterdir())) or "nothing"
    raise FileNotFoundError(
        f"{location} holds no checkpoint, which is {WEIGHTS_FILE} with {CONFIG_FILE} or one .ckpt "
        f"file; it holds {names}. Give the folder that LagLlama.save_pretrained wrote, or a file."
    )
