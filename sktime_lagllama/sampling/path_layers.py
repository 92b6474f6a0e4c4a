"""The network for the newest token of every path: the second of its two implementations.

``network.lag_llama`` computes whole sequences, for training and for contexts. Here, one token of
every path is computed at a time, with the same weights. The last axis of every tensor is that of
the paths, ``(..., paths)``. Each matrix is then applied to all paths by one product, element-wise
operations work on long rows, and the keys and values of a path are never moved. Whoever changes
what one implementation computes changes both;
``tests/sampling/test_sampler.py::test_paths_are_those_drawn_without_a_cache`` holds them together.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from sktime_lagllama.network.lag_llama import NORM_EPSILON, LagLlama
from sktime_lagllama.network.rotary import Rotary
from sktime_lagllama.sampling.buffers import Buffers
from sktime_lagllama.sampling.path_attention import PathAttention


class LayerWeights(NamedTuple):
    """The network's matrices, multiplied by the weights of the norm before each.

    Attributes
    ----------
    key_value_query : Tensor of shape (layers, 3, head_dim, heads, width)
        In this order of the axes one product rotates all heads of all layers. Queries are also
        multiplied by ``head_dim ** -0.5``, the factor on attention's scores.
    attention_output : list of Tensor of shape (width, width)
        One per layer; columns in the order (head_dim, heads).
    gate_and_up : list of Tensor of shape (2 * mlp_width, width)
        One per layer.
    down : list of Tensor of shape (width, mlp_width)
        One per layer.
    head : Tensor of shape (outputs, width)
        The 3 rows of the head, and then those of the autoregressive head if there is one.
    head_bias : Tensor of shape (outputs, 1)
    """

    key_value_query: Tensor
    attention_output: list[Tensor]
    gate_and_up: list[Tensor]
    down: list[Tensor]
    head: Tensor
    head_bias: Tensor


def layer_weights(model: LagLlama) -> LayerWeights:
    """Fold the factors on a matrix's input into the matrix.

    Parameters
    ----------
    model : LagLlama

    Returns
    -------
    LayerWeights
        On the device and in the precision of the model.
    """
    config = model.config
    by_head = (config.num_heads, config.head_dim)

    def fold(norm: nn.RMSNorm, weight: Tensor) -> Tensor:
        """Return a matrix that takes columns of norm 1 instead of the output of an RMSNorm."""
        return (weight.float() * norm.weight.float() * config.width**0.5).to(weight.dtype)

    key_value_query = []
    for layer in model.layers:
        projection = fold(layer.attention_norm, layer.query_key_value.weight)
        queries, keys, values = projection.unflatten(0, (3, *by_head)).transpose(1, 2)
        key_value_query.append(torch.stack((keys, values, queries * config.head_dim**-0.5)))
    heads = [model.head, *([model.coefficients] if config.autoregressive_head else [])]
    return LayerWeights(
        key_value_query=torch.stack(key_value_query),
        attention_output=[
            layer.attention_output.weight.unflatten(1, by_head).transpose(1, 2).flatten(1)
            for layer in model.layers
        ],
        gate_and_up=[fold(layer.mlp_norm, layer.gate_and_up.weight) for layer in model.layers],
        down=[layer.down.weight for layer in model.layers],
        head=fold(model.final_norm, torch.cat([head.weight for head in heads])),
        head_bias=torch.cat([head.bias for head in heads])[:, None],
    )


class PathLayers:
    """Runs the tokens of all paths through the network, one step after the other.

    Parameters
    ----------
    weights : LayerWeights
    attention : PathAttention
    rotary : Rotary of shape (steps, head_dim)
        Angles of the paths' tokens.
    buffers : Buffers
        For everything that is written.
    """

    def __init__(
        self,
        weights: LayerWeights,
        attention: PathAttention,
        rotary: Rotary,
        buffers: Buffers,
    ) -> None:
        like = weights.key_value_query
        width, num_paths = attention.output.shape
        self.weights = weights
        self.attention = attention
        self.rotations = _rotations(rotary)
        self.step = 0
        self.epsilon = like.new_full((1, 1), NORM_EPSILON * width)
        self.rotated = torch.empty_like(like)
        self.squares = buffers.empty("squares", (width, num_paths), like)
        self.inverse_norm = buffers.empty("inverse_norm", (1, num_paths), like)
        self.normalised = buffers.empty("normalised", (width, num_paths), like)
        gate_and_up_shape = (len(weights.gate_and_up[0]), num_paths)
        self.gate_and_up = buffers.empty("gate_and_up", gate_and_up_shape, like)
        # Only where attention has another precision than the matrices: see ``attention_dtype``.
        self.converted: Tensor | None = None
        if attention.output.dtype != like.dtype:
            self.converted = buffers.empty("converted", (3 * width, num_paths), like)

    def run(self, hidden: Tensor) -> Tensor:
        """Run the next token of every path through the network.

        Parameters
        ----------
        hidden : Tensor of shape (width, paths)
            The embedded tokens; overwritten.

        Returns
        -------
        Tensor of shape (outputs, paths)
            The 3 outputs of the head, and then those of the autoregressive head if there is one:
            see ``LagLlama.student_t``.
        """
        step, self.step = self.step, self.step + 1
        weights = self.weights
        # Rotating the matrices is less work than rotating their products with all paths.
        torch.bmm(
            self.rotations[step].repeat(len(weights.down), 1, 1),
            weights.key_value_query.flatten(3).flatten(0, 1),
            out=self.rotated.flatten(3).flatten(0, 1),
        )
        gate, up = self.gate_and_up.chunk(2)
        projected = self.attention.start(step)
        for layer, projection in enumerate(self.rotated.flatten(1, 3).unbind()):
            self._project(projection, self._normalise(hidden), projected[layer])
            attended = self._in_matrix_precision(self.attention.attend(layer))
            hidden.addmm_(weights.attention_output[layer], attended)
            torch.mm(weights.gate_and_up[layer], self._normalise(hidden), out=self.gate_and_up)
            functional.silu(gate, inplace=True).mul_(up)
            hidden.addmm_(weights.down[layer], gate)
        return torch.addmm(weights.head_bias, weights.head, self._normalise(hidden))

    def _normalise(self, hidden: Tensor) -> Tensor:
        """Divide columns by their norms; ``LayerWeights`` have the rest of the RMSNorm.

        Parameters
        ----------
        hidden : Tensor of shape (width, paths)

        Returns
        -------
        Tensor of shape (width, paths)
            Overwritten by the next call.
        """
        torch.mul(hidden, hidden, out=self.squares)
        torch.sum(self.squares, 0, keepdim=True, out=self.inverse_norm)
        self.inverse_norm.add_(self.epsilon).rsqrt_()
        return torch.mul(hidden, self.inverse_norm, out=self.normalised)

    def _project(self, weight: Tensor, normalised: Tensor, projected: Tensor) -> None:
        """Write keys, values and queries, in the precision of attention.

        Parameters
        ----------
        weight : Tensor of shape (3 * width, width)
        normalised : Tensor of shape (width, paths)
        projected : Tensor of shape (3 * width, paths)
            Overwritten.
        """
        if self.converted is None:
            torch.mm(weight, normalised, out=projected)
        else:
            projected.copy_(torch.mm(weight, normalised, out=self.converted))

    def _in_matrix_precision(self, attended: Tensor) -> Tensor:
        """Return the output of attention, (width, paths), in the precision of the matrices."""
        if self.converted is None:
            return attended
        return self.converted[: len(attended)].copy_(attended)


def _rotations(rotary: Rotary) -> Tensor:
    """Return rotary positions as matrices: of keys, of values (the identity), and of queries.

    Parameters
    ----------
    rotary : Rotary of shape (steps, head_dim)

    Returns
    -------
    Tensor of shape (steps, 3, head_dim, head_dim)
    """
    cos, sin = rotary
    head_dim = cos.shape[1]
    half = head_dim // 2
    # As in ``network.rotary.rotate``: (x, y) becomes (x cos - y sin, y cos + x sin).
    rotations = torch.diag_embed(cos)
    coordinates = torch.arange(half, device=cos.device)
    rotations[:, coordinates, coordinates + half] = -sin[:, :half]
    rotations[:, coordinates + half, coordinates] = sin[:, half:]
    identity = torch.eye(head_dim, dtype=cos.dtype, device=cos.device).expand_as(rotations)
    return torch.stack((rotations, identity, rotations), 1)
