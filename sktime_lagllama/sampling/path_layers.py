"""The network for the newest token of every path: the second of its two implementations.

``network.lag_llama`` computes whole sequences, for training and for contexts. Here, one token of
every path is computed at a time, with the same weights. A step is little work that is done often:
there are as few operators as possible, and they write to the same memory in every layer and step.
Whoever changes what one implementation computes changes both;
``tests/sampling/test_sampler.py::test_paths_are_those_drawn_without_a_cache`` holds them together.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from sktime_lagllama.network.lag_llama import NORM_EPSILON, LagLlama
from sktime_lagllama.network.rotary import Rotary
from sktime_lagllama.sampling.buffers import Buffers
from sktime_lagllama.sampling.path_attention import NewestTokens, PathAttention
from sktime_lagllama.sampling.prefill import Context


class LayerWeights(NamedTuple):
    """The weights of one layer; its matrices as right factors of products with rows.

    Attributes
    ----------
    attention_norm, mlp_norm : Tensor of shape (width,)
        Multiplied by ``width ** 0.5``: factors on rows whose norm is 1.
    query_key_value : Tensor of shape (width, 3 * width)
    attention_output : Tensor of shape (width, width)
    gate_and_up : Tensor of shape (2, width, mlp_width)
        Two matrices, so that what they compute is contiguous.
    down : Tensor of shape (mlp_width, width)
    """

    attention_norm: Tensor
    query_key_value: Tensor
    attention_output: Tensor
    mlp_norm: Tensor
    gate_and_up: Tensor
    down: Tensor


def layer_weights(model: LagLlama) -> list[LayerWeights]:
    """Return the weights of all layers; the matrices are views."""
    root = model.config.width**0.5
    return [
        LayerWeights(
            layer.attention_norm.weight * root,
            layer.query_key_value.weight.t(),
            layer.attention_output.weight.t(),
            layer.mlp_norm.weight * root,
            layer.gate_and_up.weight.unflatten(0, (2, -1)).transpose(1, 2),
            layer.down.weight.t(),
        )
        for layer in model.layers
    ]


class PathLayers:
    """Runs the tokens of all paths through the layers, one step after the other.

    Parameters
    ----------
    context : Context
        Of the paths' series, of a horizon above 1.
    num_samples : int
        Paths per series.
    buffers : Buffers
        For everything that is written.

    Attributes
    ----------
    hidden : Tensor of shape (paths, width)
        The residual stream: the embedded tokens before ``run``, its result afterwards.
    """

    def __init__(self, context: Context, num_samples: int, buffers: Buffers) -> None:
        config, weight = context.model.config, context.model.head.weight
        num_series, width = len(context.hidden), config.width
        num_paths = num_series * num_samples
        self.weights = layer_weights(context.model)
        self.rotations = _rotations(context.path_rotary)
        self.step = 0
        # A last column whose square is the epsilon of the norm saves operators on single columns.
        self.stream = buffers.empty("stream", (num_paths, width + 1), weight)
        self.stream[:, width] = (NORM_EPSILON * width) ** 0.5
        self.hidden = self.stream[:, :width]
        self.norm = buffers.empty("norm", (num_paths, 1), weight)
        self.normalised = buffers.empty("normalised", (num_paths, width), weight)
        self.normalised_twice = self.normalised.expand(2, -1, -1)
        self.gate_and_up = buffers.empty("gate_and_up", (2, num_paths, config.mlp_width), weight)
        self.gate, self.up = self.gate_and_up

        # In float32 whatever the precision of the matrices, because complex numbers need it.
        self.projected = buffers.empty("projected", (num_paths, 3 * width), self.rotations.real)
        by_head = self.projected.view(num_series, num_samples, 3, config.num_heads, config.head_dim)
        by_head = by_head.permute(2, 0, 3, 1, 4)
        # Coordinate i of a query or key and its partner, i + head_dim / 2, are the two parts of a
        # complex number. Both come to lie side by side, as in the context's keys.
        self.real, self.imaginary = by_head[:2].unflatten(-1, (2, -1)).unbind(-2)
        self.rotated = buffers.empty("rotated", tuple(self.real.shape), self.rotations)
        queries, keys = torch.view_as_real(self.rotated).flatten(-2)
        self.attention = PathAttention(
            context.keys_values,
            context.padding,
            context.horizon - 1,
            NewestTokens(queries, keys, values=by_head[2]),
            buffers,
        )
        self.attended = buffers.empty("attended", (num_paths, width), weight)
        self.attended_by_head = self.attended.view(num_series, num_samples, config.num_heads, -1)

    def run(self) -> Tensor:
        """Run the next token of every path through the layers.

        Returns
        -------
        Tensor of shape (paths, width)
            ``hidden``, the residual stream after the last layer.
        """
        rotation = self.rotations[self.step]
        self.attention.start(self.step)
        self.step += 1
        hidden = self.hidden
        for number, weights in enumerate(self.weights):
            self._normalise(weights.attention_norm)
            self._project(weights.query_key_value)
            torch.complex(self.real, self.imaginary, out=self.rotated).mul_(rotation)
            self.attended_by_head.copy_(self.attention.attend(number))
            hidden.addmm_(self.attended, weights.attention_output)
            self._normalise(weights.mlp_norm)
            torch.bmm(self.normalised_twice, weights.gate_and_up, out=self.gate_and_up)
            hidden.addmm_(functional.silu(self.gate, inplace=True).mul_(self.up), weights.down)
        return hidden

    def _normalise(self, weight: Tensor) -> None:
        """Write the RMSNorm of the residual stream to ``normalised``.

        Parameters
        ----------
        weight : Tensor of shape (width,)
            Of the norm, multiplied by the square root of the width.
        """
        torch.linalg.vector_norm(self.stream, dim=1, keepdim=True, out=self.norm)
        torch.div(self.hidden, self.norm, out=self.normalised).mul_(weight)

    def _project(self, query_key_value: Tensor) -> None:
        """Write queries, keys and values to ``projected``."""
        if self.normalised.dtype == self.projected.dtype:
            torch.mm(self.normalised, query_key_value, out=self.projected)
        else:
            self.projected.copy_(torch.mm(self.normalised, query_key_value))


def _rotations(rotary: Rotary) -> Tensor:
    """Return rotary positions as complex numbers.

    Parameters
    ----------
    rotary : Rotary of shape (steps, head_dim)

    Returns
    -------
    complex64 Tensor of shape (steps, 2, 1, 1, 1, head_dim / 2)
        Of queries, with attention's factor on scores, ``head_dim ** -0.5``; and of keys.
    """
    head_dim = rotary.cos.shape[1]
    cos, sin = (table[:, : head_dim // 2].float() for table in rotary)
    rotations = torch.complex(cos, sin)
    return torch.stack((rotations * head_dim**-0.5, rotations), 1)[:, :, None, None, None]
