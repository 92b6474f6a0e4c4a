"""Which device and which precision the network computes with."""

from __future__ import annotations

import torch


def resolve_device(device: str | torch.device) -> torch.device:
    """Choose a device.

    Parameters
    ----------
    device : str or torch.device
        "auto" prefers cuda, then mps, then cpu; else a device as torch names it.

    Returns
    -------
    torch.device

    Raises
    ------
    ValueError
        If the device is unknown or absent; the message says what is available.
    """
    present = _device_counts()
    names = [name for name, count in present.items() if count]
    if isinstance(device, str) and device == "auto":
        return torch.device(names[0])
    try:
        chosen = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ValueError(f"unknown device {device!r}: choose 'auto' or one of {names}") from error
    if (chosen.index or 0) >= present.get(chosen.type, 0):
        raise ValueError(
            f"device {str(device)!r} is not there: this machine has "
            f"{', '.join(f'{count} {name}' for name, count in present.items() if count)}; "
            f"choose 'auto' or one of {names}"
        )
    return chosen


def _device_counts() -> dict[str, int]:
    """Count the devices of each kind, the preferred kind first."""
    return {
        "cuda": torch.cuda.device_count(),
        "mps": int(torch.backends.mps.is_available()),
        "cpu": 1,
    }


def resolve_dtype(dtype: str, device: torch.device) -> torch.dtype:
    """Choose the precision of the network; features and draws are float32 in any case.

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
        fast = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if fast else torch.float32
    if dtype not in ("float32", "bfloat16"):
        raise ValueError(f"dtype must be 'float32', 'bfloat16' or 'auto', but found {dtype!r}")
    return torch.bfloat16 if dtype == "bfloat16" else torch.float32
