"""The network for the newest token of every path of a block of series.

Everything that has a column per path is laid out with the paths innermost, ``(..., paths)``: each
step is then a plain matrix product per matrix and element-wise work on whole rows of paths, and a
path's own keys and values are never moved.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from sktime_lagllama.network.lag_llama import NORM_EPSILON, LagLlama
from sktime_lagllama.network.rotary import Rotary
from sktime_lagllama.sampling.buffers import Memory
from sktime_lagllama.sampling.path_attention import PathAttention


class LayerWeights(NamedTuple):
    """The network's matrices, with the norm before each and the attention's scale inside.

    Attributes
    ----------
    key_value_query : Tensor of shape (layers, 3, head_dim, heads, width)
        In this order one product rotates all heads of all layers.
    attention_output : list of Tensor of shape (width, width), one a block
        Columns in the order (head_dim, heads) too.
    gate_and_up : list of Tensor of shape (2 * mlp_width, width)
    down : list of Tensor of shape (width, mlp_width)
    head : Tensor of shape (outputs, width)
        What the distribution needs: see ``LagLlama.student_t``.
    head_bias : Tensor of shape (outputs, 1)
    """

    key_value_query: Tensor
    attention_output: list[Tensor]
    gate_and_up: list[Tensor]
    down: list[Tensor]
    head: Tensor
    head_bias: Tensor


def layer_weights(model: LagLlama) -> LayerWeights:
    """Fold what multiplies a layer's inputs into its matrices.

    Parameters
    ----------
    model : LagLlama

    Returns
    -------
    LayerWeights
    """
    config = model.config
    by_head = (config.num_heads, config.head_dim)

    def after(norm: nn.RMSNorm, weight: Tensor) -> Tensor:
        # ``PathLayers._normalise`` divides by a root of a sum, not of a mean.
        return (weight.float() * norm.weight.float() * config.width**0.5).to(weight.dtype)

    key_value_query = []
    for block in model.layers:
        projection = after(block.attention_norm, block.query_key_value.weight)
        queries, keys, values = projection.unflatten(0, (3, *by_head)).transpose(1, 2)
        key_value_query.append(torch.stack((keys, values, queries * config.head_dim**-0.5)))
    heads = [model.head, *([model.coefficients] if config.autoregressive_head else [])]
    return LayerWeights(
        torch.stack(key_value_query),
        [
            block.attention_output.weight.unflatten(1, by_head).transpose(1, 2).flatten(1)
            for block in model.layers
        ],
        [after(block.mlp_norm, block.gate_and_up.weight) for block in model.layers],
        [block.down.weight for block in model.layers],
        after(model.final_norm, torch.cat([head.weight for head in heads])),
        torch.cat([head.bias for head in heads])[:, None],
    )


class PathLayers:
    """Runs tokens through the network, one a path and step.

    Parameters
    ----------
    weights : LayerWeights
    attention : PathAttention
    rotary : Rotary of shape (steps, head_dim)
        Angles of the tokens to come.
    memory : Memory
        For all buffers.
    """

    def __init__(
        self,
        weights: LayerWeights,
        attention: PathAttention,
        rotary: Rotary,
        memory: Memory,
    ) -> None:
        like = weights.key_value_query
        width, paths = attention.attended.shape
        self.weights = weights
        self.attention = attention
        self.rotations = _rotations(rotary)
        self.step = 0
        self.epsilon = like.new_full((1, 1), NORM_EPSILON * width)
        self.rotated = torch.empty_like(like)
        self.squares = memory.empty("squares", (width, paths), like)
        self.inverse_norm = memory.empty("inverse_norm", (1, paths), like)
        self.normalised = memory.empty("normalised", (width, paths), like)
        gate_and_up = (weights.gate_and_up[0].shape[0], paths)
        self.gate_and_up = memory.empty("gate_and_up", gate_and_up, like)
        # Attention may be in another precision than the matrices: see ``attention_dtype``.
        self.converted: Tensor | None = None
        if attention.attended.dtype != like.dtype:
            self.converted = memory.empty("converted", (3 * width, paths), like)

    def run(self, hidden: Tensor) -> Tensor:
        """Run the next token of every path through the network.

        Parameters
        ----------
        hidden : Tensor of shape (width, paths)
            The embedded tokens; overwritten.

        Returns
        -------
        Tensor of shape (outputs, paths)
            The head's, and those of the autoregressive head if there is one.
        """
        step, self.step = self.step, self.step + 1
        weights = self.weights
        # Rotating the matrices is less work than rotating what they make of all paths.
        torch.bmm(
            self.rotations[step].repeat(len(weights.down), 1, 1),
            weights.key_value_query.flatten(3).flatten(0, 1),
            out=self.rotated.flatten(3).flatten(0, 1),
        )
        gate, up = self.gate_and_up.chunk(2)
        newest = self.attention.start(step)
        for layer, projection in enumerate(self.rotated.flatten(1, 3).unbind()):
            self._project(projection, self._normalise(hidden), newest[layer])
            attended = self._converted(self.attention.attend(layer))
            hidden.addmm_(weights.attention_output[layer], attended)
            torch.mm(weights.gate_and_up[layer], self._normalise(hidden), out=self.gate_and_up)
            functional.silu(gate, inplace=True).mul_(up)
            hidden.addmm_(weights.down[layer], gate)
        return torch.addmm(weights.head_bias, weights.head, self._normalise(hidden))

    def _normalise(self, hidden: Tensor) -> Tensor:
        """Divide columns by their norms, which are root mean squares but for a constant factor.

        Parameters
        ----------
        hidden : Tensor of shape (width, paths)

        Returns
        -------
        Tensor of shape (width, paths)
            The same memory at every call.
        """
        torch.mul(hidden, hidden, out=self.squares)
        torch.sum(self.squares, 0, keepdim=True, out=self.inverse_norm)
        self.inverse_norm.add_(self.epsilon).rsqrt_()
        return torch.mul(hidden, self.inverse_norm, out=self.normalised)

    def _project(self, weight: Tensor, normalised: Tensor, projected: Tensor) -> None:
        """Write keys, values and queries in the precision of the attention.

        Parameters
        ----------
        weight : Tensor of shape (3 * width, width)
        normalised : Tensor of shape (width, paths)
        projected : Tensor of shape (3 * width, paths)
        """
        if self.converted is None:
            torch.mm(weight, normalised, out=projected)
        else:
            projected.copy_(torch.mm(weight, normalised, out=self.converted))

    def _converted(self, attended: Tensor) -> Tensor:
        """Return the attention's result, (width, paths), in the precision of the matrices."""
        if self.converted is None:
            return attended
        return self.converted[: len(attended)].copy_(attended)


def _rotations(rotary: Rotary) -> Tensor:
    """Return the matrices that rotate keys, values (which stay as they are) and queries.

    Returns
    -------
    Tensor of shape (steps, 3, head_dim, head_dim)
    """
    cos, sin = rotary
    head_dim = cos.shape[1]
    half = head_dim // 2
    # Coordinate i and its partner, half of them away: (x, y) to (x cos - y sin, y cos + x sin).
    rotations = torch.diag_embed(cos)
    places = torch.arange(half, device=cos.device)
    rotations[:, places, places + half] = -sin[:, :half]
    rotations[:, places + half, places] = sin[:, half:]
    unrotated = torch.eye(head_dim, dtype=cos.dtype, device=cos.device).expand_as(rotations)
    return torch.stack((rotations, unrotated, rotations), 1)
