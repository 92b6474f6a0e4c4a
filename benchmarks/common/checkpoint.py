"""The checkpoints that are measured: what identifies one, and one with random weights."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.common.published_layout import write_published_layout
from sktime_lagllama.checkpoints.weights import load
from sktime_lagllama.network import weights_file
from sktime_lagllama.network.config import LagLlamaConfig


def weights_digest(checkpoint: str) -> str:
    """Return a SHA-256 that tells a checkpoint's weights and configuration from all others.

    Files do not: the same weights can be written in several ways.

    Parameters
    ----------
    checkpoint : str
        As ``LagLlamaForecaster`` takes it.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    network = load(checkpoint)
    digests = (
        weights_file.weights_digest(network.state_dict()),
        weights_file.config_digest(network.config),
    )
    return hashlib.sha256("".join(digests).encode()).hexdigest()


@contextmanager
def random_checkpoint() -> Iterator[Path]:
    """Write a checkpoint of the published size with random weights, and remove it at the end.

    Yields
    ------
    Path
        Of the file.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "published_size.ckpt")
        write_published_layout(file, LagLlamaConfig(), seed=0)
        yield file
