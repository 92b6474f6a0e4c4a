"""The checkpoints that are measured: what identifies one, and one with random weights."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.common.published_layout import write_published_layout
from sktime_lagllama.checkpoints.files import CONFIG_FILE, weights_file
from sktime_lagllama.checkpoints.locate import locate
from sktime_lagllama.network.config import LagLlamaConfig


def weights_digest(checkpoint: str) -> str:
    """Return the SHA-256 of a checkpoint's weights and of the configuration beside them.

    Parameters
    ----------
    checkpoint : str
        As ``LagLlamaForecaster`` takes it.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    weights = weights_file(locate(checkpoint))
    config = weights.with_name(CONFIG_FILE)
    files = [weights, config] if config.is_file() else [weights]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


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
