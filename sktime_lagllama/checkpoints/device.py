"""Which device and which precision the network computes with."""

from __future__ import annotations

import torch


def resolve_device(device: str | torch.device) -> torch.device:
    """Choose a device.

    Parameters
    ----------
    device : str or torch.device
        "auto" is cuda if there is one, else mps, else cpu. Other names are torch's.

    Returns
    -------
    torch.device

    Raises
    ------
    ValueError
        If the device is unknown or this machine does not have it.
    """
    device_counts = _device_counts()
    names = [name for name, count in device_counts.items() if count > 0]
    if isinstance(device, str) and device == "auto":
        return torch.device(names[0])
    try:
        chosen = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ValueError(f"unknown device {device!r}: choose 'auto' or one of {names}") from error
    if (chosen.index or 0) >= device_counts.get(chosen.type, 0):
        raise ValueError(
            f"device {str(device)!r} is not there: this machine has "
            f"{', '.join(f'{device_counts[name]} {name}' for name in names)}; "
            f"choose 'auto' or one of {names}"
        )
    return chosen


def _device_counts() -> dict[str, int]:
    """Return the number of devices of each kind, the preferred kind first."""
    return {
        "cuda": torch.cuda.device_count(),
        "mps": int(torch.backends.mps.is_available()),
        "cpu": 1,
    }


def resolve_dtype(dtype: str, device: torch.device) -> torch.dtype:
    """Choose the precision of the network.

    Features are computed and values are drawn in float32 in any case.

    Parameters
    ----------
    dtype : {"float32", "bfloat16", "auto"}
        "auto" is bfloat16 on a GPU that computes with it, else float32.
    device : torch.device

    Returns
    -------
    torch.dtype

    Raises
    ------
    ValueError
        If the name is none of these.
    """
    if dtype == "auto":
        is_cuda = device.type == "cuda"
        has_bfloat16 = is_cuda and torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if has_bfloat16 else torch.float32
    if dtype not in ("float32", "bfloat16"):
        raise ValueError(f"dtype must be 'float32', 'bfloat16' or 'auto', but found {dtype!r}")
    return torch.bfloat16 if dtype == "bfloat16" else torch.float32
