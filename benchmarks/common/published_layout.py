"""Checkpoints in the layout of the published ``lag-llama.ckpt``, with random weights."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor

from sktime_lagllama.network.config import LagLlamaConfig


class StudentTOutput:
    """Stands in for the distribution of gluonts, and is pickled as that is."""

    def __init__(self) -> None:
        self.__init_args__: OrderedDict[str, object] = OrderedDict()


class NegativeLogLikelihood:
    """Stands in for the loss of gluonts, a pydantic model, and is pickled as that is."""

    def __getstate__(self) -> dict[str, Any]:
        """Return the state of a pydantic model with this one field."""
        return {
            "__dict__": {"beta": 0.0},
            "__fields_set__": set(),
            "__private_attribute_values__": {},
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore what ``__getstate__`` returned."""
        self.__dict__.update(state["__dict__"])


_CLASSES = {
    "gluonts.torch.distributions.studentT": StudentTOutput,
    "gluonts.torch.modules.loss": NegativeLogLikelihood,
}


@contextmanager
def stand_in_for_gluonts() -> Iterator[None]:
    """Let pickle find the classes above under the names that they have in gluonts."""
    modules: dict[str, ModuleType] = {}
    for name, kind in _CLASSES.items():
        for depth in range(1, name.count(".") + 2):
            parent = ".".join(name.split(".")[:depth])
            modules.setdefault(parent, ModuleType(parent))
        setattr(modules[name], kind.__name__, kind)
        kind.__module__ = name
    try:
        with patch.dict(sys.modules, modules):
            yield
    finally:
        for kind in _CLASSES.values():
            kind.__module__ = __name__


def random_state_dict(config: LagLlamaConfig, seed: int) -> dict[str, Tensor]:
    """Draw weights under their published names, large enough for every part to matter.

    Parameters
    ----------
    config : LagLlamaConfig
    seed : int

    Returns
    -------
    dict of Tensor
        By the names inside the published module, without the prefix "model.".
    """
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int, std: float) -> Tensor:
        return std * torch.randn(*shape, generator=generator)

    def matrix(rows: int, columns: int) -> Tensor:
        return normal(rows, columns, std=columns**-0.5)

    width, mlp_width = config.width, config.mlp_width
    state: dict[str, Tensor] = {}
    for output in range(3):
        state[f"param_proj.proj.{output}.weight"] = matrix(1, width)
        state[f"param_proj.proj.{output}.bias"] = normal(1, std=0.1)
    state["transformer.wte.weight"] = matrix(width, config.num_features)
    state["transformer.wte.bias"] = normal(width, std=0.1)
    for index in range(config.num_layers):
        block = f"transformer.h.{index}."
        state[block + "rms_1.scale"] = 1 + normal(width, std=0.1)
        state[block + "attn.q_proj.weight"] = matrix(width, width)
        state[block + "attn.kv_proj.weight"] = matrix(2 * width, width)
        state[block + "attn.c_proj.weight"] = matrix(width, width)
        state[block + "rms_2.scale"] = 1 + normal(width, std=0.1)
        state[block + "mlp.c_fc1.weight"] = matrix(mlp_width, width)
        state[block + "mlp.c_fc2.weight"] = matrix(mlp_width, width)
        state[block + "mlp.c_proj.weight"] = matrix(width, mlp_width)
    state["transformer.ln_f.scale"] = 1 + normal(width, std=0.1)
    return state


def published_checkpoint(config: LagLlamaConfig, seed: int) -> dict[str, Any]:
    """Build the checkpoint that Lightning would pickle; ``save_published`` writes it.

    Parameters
    ----------
    config : LagLlamaConfig
    seed : int
        Of the weights.

    Returns
    -------
    dict
    """
    model_kwargs = {
        "input_size": 1,
        "context_length": config.context_length,
        "max_context_length": config.max_context_length,
        "lags_seq": list(config.lags),
        "n_layer": config.num_layers,
        "n_embd_per_head": config.head_dim,
        "n_head": config.num_heads,
        "scaling": None if config.scaling == "none" else config.scaling,
        "distr_output": StudentTOutput(),
        "num_parallel_samples": 100,
        "rope_scaling": None,
        "time_feat": config.calendar_features,
        "dropout": 0.0,
    }
    state = random_state_dict(config, seed)
    return {
        "epoch": 1,
        "global_step": 2,
        "pytorch-lightning_version": "2.1.4",
        "state_dict": OrderedDict((f"model.{name}", tensor) for name, tensor in state.items()),
        "loops": {},
        "callbacks": {},
        "optimizer_states": [],
        "lr_schedulers": [],
        "hparams_name": "kwargs",
        "hyper_parameters": {
            "model_kwargs": model_kwargs,
            "context_length": config.context_length,
            "prediction_length": 1,
            "loss": NegativeLogLikelihood(),
            "lr": 1e-4,
            "weight_decay": 0.0,
        },
    }


def save_published(checkpoint: object, file: Path) -> None:
    """Save with torch's default pickle protocol, 2, as Lightning does.

    Parameters
    ----------
    checkpoint : object
        May hold objects of the classes above; they are pickled under their names in gluonts.
    file : Path
        To write.
    """
    with stand_in_for_gluonts():
        torch.save(checkpoint, file)


def write_published_layout(file: Path, config: LagLlamaConfig, seed: int) -> None:
    """Write a random-weight checkpoint in the published Lightning layout, without gluonts.

    Parameters
    ----------
    file : Path
        To write.
    config : LagLlamaConfig
        Fields that the published layout lacks must have their defaults.
    seed : int
        Of the weights.

    Raises
    ------
    ValueError
        If the published layout cannot hold the configuration.
    """
    stored = LagLlamaConfig(
        context_length=config.context_length,
        max_context_length=config.max_context_length,
        num_layers=config.num_layers,
        num_heads=config.num_heads,
        head_dim=config.head_dim,
        lags=config.lags,
        scaling=config.scaling,
        calendar_features=config.calendar_features,
    )
    if stored != config:
        raise ValueError(f"the published layout cannot hold {config}")
    save_published(published_checkpoint(config, seed), file)
