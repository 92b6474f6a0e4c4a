"""Networks with their weights: loaded once a process, and the objects that hold them."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sktime_lagllama._typing import Float32Array
from sktime_lagllama.checkpoints.device import resolve_device, resolve_dtype
from sktime_lagllama.checkpoints.files import BUNDLED, CONFIG_FILE, weights_file
from sktime_lagllama.checkpoints.locate import locate
from sktime_lagllama.checkpoints.network_cache import NetworkCache
from sktime_lagllama.checkpoints.read import read
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.lag_llama import LagLlama

MAX_LOADED = 8
"""Networks that a process keeps, counting one for each device and precision."""

LOADED = NetworkCache(MAX_LOADED)
"""What ``load`` and ``on_device`` have returned; shared by the whole process."""


def load(checkpoint: str | os.PathLike[str]) -> LagLlama:
    """Return a checkpoint's network, read from disk at most once a process.

    Callers share the network and must not change it: anyone who trains must copy it. A file that
    has been written anew is read anew.

    Parameters
    ----------
    checkpoint : str or path-like
        As in ``locate``.

    Returns
    -------
    LagLlama
        Float32, on the CPU, in evaluation mode, without gradients.

    Raises
    ------
    FileNotFoundError, PermissionError, ConnectionError, TypeError, ValueError
        As ``locate`` and ``read`` do.
    """
    return on_device(checkpoint, torch.device("cpu"), torch.float32)


def on_device(
    checkpoint: str | os.PathLike[str], device: torch.device, dtype: torch.dtype
) -> LagLlama:
    """Return a checkpoint's network on a device, moved there at most once a process.

    Parameters
    ----------
    checkpoint : str or path-like
        As in ``locate``.
    device : torch.device
    dtype : torch.dtype

    Returns
    -------
    LagLlama
        In evaluation mode, without gradients; on the CPU in float32, what ``load`` returns.

    Raises
    ------
    FileNotFoundError, PermissionError, ConnectionError, TypeError, ValueError
        As ``locate`` and ``read`` do.
    """
    file = weights_file(locate(checkpoint))
    version = _version(file)

    def load_from_disk() -> LagLlama:
        return LOADED.get((version, "cpu", torch.float32), lambda: _build(*read(file)))

    def load_and_move() -> LagLlama:
        network = load_from_disk()
        tensors = {name: tensor.to(device, dtype) for name, tensor in network.state_dict().items()}
        return _build(network.config, tensors)

    # Tensors made in a caller's inference mode could never take part in anyone's training.
    with torch.inference_mode(mode=False):
        if device.type == "cpu" and dtype == torch.float32:
            return load_from_disk()
        return LOADED.get((version, str(device), dtype), load_and_move)


class SharedNetwork:
    """A network that its holders share: copied by reference, pickled without its weights.

    Parameters
    ----------
    checkpoint : str or path-like
        As in ``locate``.
    device : str or torch.device
        As in ``resolve_device``.
    dtype : str
        As in ``resolve_dtype``.

    Attributes
    ----------
    network : LagLlama
        Loaded when the object is made, and again, from the same place, after unpickling.

    Raises
    ------
    FileNotFoundError, PermissionError, ConnectionError, TypeError, ValueError
        As ``on_device``, ``resolve_device`` and ``resolve_dtype`` do.
    """

    def __init__(
        self, checkpoint: str | os.PathLike[str], device: str | torch.device, dtype: str
    ) -> None:
        resolved = resolve_device(device)
        self.network = on_device(checkpoint, resolved, resolve_dtype(dtype, resolved))
        # A process that unpickles this may work in another folder.
        is_local = checkpoint != BUNDLED and Path(checkpoint).exists()
        self._arguments = (Path(checkpoint).absolute() if is_local else checkpoint, device, dtype)

    def __reduce__(self) -> tuple[type[SharedNetwork], tuple[object, ...]]:
        return SharedNetwork, self._arguments

    def __copy__(self) -> SharedNetwork:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> SharedNetwork:
        return self


class OwnNetwork:
    """A network with weights of its own: copied by reference, pickled with its weights.

    Parameters
    ----------
    trained : LagLlama
        In float32; it must not be changed any more.
    device : str or torch.device
        As in ``resolve_device``.
    dtype : str
        As in ``resolve_dtype``.

    Attributes
    ----------
    network : LagLlama
        The network on the device in the precision that was asked for.

    Raises
    ------
    ValueError
        As ``resolve_device`` and ``resolve_dtype`` do.
    """

    def __init__(self, trained: LagLlama, device: str | torch.device, dtype: str) -> None:
        resolved = resolve_device(device)
        precision = resolve_dtype(dtype, resolved)
        with torch.inference_mode(mode=False):
            tensors = {
                # A network that was copied in a caller's inference mode has inference tensors.
                name: (tensor.clone() if tensor.is_inference() else tensor).to(resolved, precision)
                for name, tensor in trained.state_dict().items()
            }
            self.network = _build(trained.config, tensors)
        self._arguments = (device, dtype)

    def __reduce__(self) -> tuple[Callable[..., OwnNetwork], tuple[object, ...]]:
        # On the CPU, in NumPy's form, which any process and machine can read; float32 holds
        # bfloat16 without loss.
        tensors = self.network.state_dict()
        arrays = {name: tensor.float().cpu().numpy() for name, tensor in tensors.items()}
        return _unpickled, (self.network.config.to_dict(), arrays, *self._arguments)

    def __copy__(self) -> OwnNetwork:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> OwnNetwork:
        return self


def _unpickled(
    config: dict[str, Any],
    arrays: dict[str, Float32Array],
    device: str | torch.device,
    dtype: str,
) -> OwnNetwork:
    """Rebuild a pickled network from its configuration and float32 arrays."""
    tensors = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
    return OwnNetwork(_build(LagLlamaConfig(**config), tensors), device, dtype)


def _version(file: Path) -> Hashable:
    """Return what changes when the weights or their configuration are written anew."""
    files = [file]
    if file.suffix == ".safetensors" and (config := file.with_name(CONFIG_FILE)).is_file():
        files.append(config)
    return tuple((file.resolve(), file.stat().st_mtime_ns, file.stat().st_size) for file in files)


def _build(config: LagLlamaConfig, tensors: dict[str, Tensor]) -> LagLlama:
    """Build a network that holds the tensors given, in evaluation mode and without gradients."""
    # Without storage there is nothing to initialise at random.
    with torch.device("meta"):
        network = LagLlama(config)
    network.load_state_dict(tensors, assign=True)
    return network.eval().requires_grad_(False)
