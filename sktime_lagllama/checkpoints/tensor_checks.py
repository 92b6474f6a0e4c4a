"""Checks that the tensors of a file are those of the network that its configuration describes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.network.weights_file import check_finite


def parameter_shapes(config: LagLlamaConfig) -> dict[str, torch.Size]:
    """Return the shape of every tensor of ``LagLlama(config)`` without allocating any.

    Parameters
    ----------
    config : LagLlamaConfig

    Returns
    -------
    dict of str to torch.Size
        Keys are those of ``LagLlama(config).state_dict()``.
    """
    with torch.device("meta"):
        state = LagLlama(config).state_dict()
    return {name: tensor.shape for name, tensor in state.items()}


def checked_config(file: Path, values: Mapping[str, Any]) -> LagLlamaConfig:
    """Build a configuration from the values that a file holds.

    Parameters
    ----------
    file : Path
        Where the values come from, for the message.
    values : mapping of str to object
        Fields of ``LagLlamaConfig``.

    Returns
    -------
    LagLlamaConfig

    Raises
    ------
    ValueError
        If no network has these values.
    """
    try:
        return LagLlamaConfig(**values)
    except (TypeError, ValueError) as error:
        # Shortened: a file may hold anything.
        reason = str(error)[:300]
        raise ValueError(f"{file} does not describe a Lag-Llama network: {reason}") from error


def check_num_layers(file: Path, config: LagLlamaConfig, num_tensors: int) -> None:
    """Check that a file has enough tensors for its layers, before any layer is built.

    A crafted configuration could name any number of layers, and building them would take all
    memory.

    Parameters
    ----------
    file : Path
    config : LagLlamaConfig
    num_tensors : int
        In the file.

    Raises
    ------
    ValueError
        If there are more layers than tensors.
    """
    if config.num_layers > num_tensors:
        raise ValueError(
            f"{file} has {num_tensors} tensors, too few for the {config.num_layers} layers of its "
            "configuration: they belong to different models, so save or download both again"
        )


def check_tensors(
    file: Path,
    found_shapes: Mapping[str, tuple[int, ...] | None],
    shapes: Mapping[str, torch.Size],
) -> None:
    """Check that a file holds the tensors of its network, before any is copied.

    Parameters
    ----------
    file : Path
    found_shapes : mapping of str to tuple of int
        What the file holds; None for what is no plain tensor of floating point numbers.
    shapes : mapping of str to torch.Size
        What the network needs.

    Raises
    ------
    ValueError
        If a tensor is missing, unexpected, of another shape, or not a plain tensor of floating
        point numbers.
    """
    problems = []
    if missing := shapes.keys() - found_shapes.keys():
        problems.append(f"lacks {listed(missing)}")
    if unexpected := found_shapes.keys() - shapes.keys():
        problems.append(f"has the unexpected {listed(unexpected)}")
    for name in shapes.keys() & found_shapes.keys():
        shape = found_shapes[name]
        if shape is None:
            problems.append(f"has no plain tensor of floating point numbers as {name}")
        elif shape != shapes[name]:
            problems.append(f"has {name} of shape {shape} instead of {tuple(shapes[name])}")
    if problems:
        raise ValueError(
            f"{file} does not fit the Lag-Llama network that its configuration describes: it "
            f"{listed(problems, '; it ')}. Its weights and configuration are of different models, "
            "or incomplete: download or save both again."
        )


def stacked_rows(file: Path, tensors: list[Tensor]) -> Tensor:
    """Stack the rows of tensors as float32, in memory that they do not share.

    Parameters
    ----------
    file : Path
        Where the tensors come from, for the message.
    tensors : list of Tensor of shape (rows, ...)

    Returns
    -------
    float32 Tensor of shape (all rows, ...)

    Raises
    ------
    ValueError
        If a value is infinite or not a number.
    """
    stacked = torch.cat([tensor.detach().float() for tensor in tensors])
    check_finite(file, stacked)
    return stacked


def listed(items: Iterable[object], separator: str = ", ", limit: int = 4) -> str:
    """Join the first items, sorted and shortened, and count the rest.

    Parameters
    ----------
    items : iterable of object
    separator : str, default=", "
    limit : int, default=4
        Items to name.

    Returns
    -------
    str
        For example "a, b, c, d and 3 more".
    """
    names = sorted(str(item)[:500] for item in items)
    num_more = len(names) - limit
    return separator.join(names[:limit]) + (f" and {num_more} more" if num_more > 0 else "")
