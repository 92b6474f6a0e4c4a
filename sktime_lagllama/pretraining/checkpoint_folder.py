"""Write a network as a checkpoint."""

from __future__ import annotations

from pathlib import Path

from sktime_lagllama.network.lag_llama import LagLlama


def write_checkpoint(model: LagLlama, folder: Path) -> None:
    """Write weights and configuration, and nothing else.

    Parameters
    ----------
    model : LagLlama
    folder : Path
        Is made if it does not exist.
    """
    model.save_pretrained(folder)
    # huggingface_hub writes an empty card.
    (folder / "README.md").unlink(missing_ok=True)
