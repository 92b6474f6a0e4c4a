"""The blocks of the network, for the newest token of every path of a block of series.

Everything that has a column per path is laid out with the paths innermost, ``(..., paths)``: each
step is then a plain matrix product per matrix and element-wise work on whole rows of paths, and a
path's own keys and values are never moved.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from sktime_lagllama.model.network import NORM_EPSILON, KeysValues, LagLlama, Rotary

PRODUCT_BYTES = 2**21


class LayerWeights(NamedTuple):
    """The blocks' matrices, with the norm before each and the attention's scale inside.

    Attributes
    ----------
    queries_and_keys : Tensor of shape (2, layers, head_dim, heads, width)
        The rows of a head are strewn, so that one product rotates all heads of a layer.
    values : list of Tensor of shape (width, width), one a block
    attention_output : list of Tensor of shape (width, width)
    gate_and_up : list of Tensor of shape (2 * mlp_width, width)
    down : list of Tensor of shape (width, mlp_width)
    """

    queries_and_keys: Tensor
    values: list[Tensor]
    attention_output: list[Tensor]
    gate_and_up: list[Tensor]
    down: list[Tensor]


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
    projections = [
        (block.query_key_value.weight * block.attention_norm.weight).chunk(3)
        for block in model.layers
    ]
    scale = config.head_dim**-0.5
    by_head = (config.num_layers, config.num_heads, config.head_dim, config.width)
    queries_and_keys = torch.stack(
        [
            torch.stack([queries * scale for queries, _, _ in projections]).view(by_head),
            torch.stack([keys for _, keys, _ in projections]).view(by_head),
        ]
    )
    return LayerWeights(
        queries_and_keys.transpose(2, 3).contiguous(),
        [values.contiguous() for _, _, values in projections],
        [block.attention_output.weight for block in model.layers],
        [block.gate_and_up.weight * block.mlp_norm.weight for block in model.layers],
        [block.down.weight for block in model.layers],
    )


class PathLayers:
    """Runs tokens through the blocks, one a path and step, and keeps the keys and values.

    All memory is allocated here, once: fresh memory for every product would cost more than the
    product.

    Parameters
    ----------
    weights : LayerWeights
    prefix : list of KeysValues, one a block
        Of the context: keys of shape (heads * series, context_length, head_dim), values transposed.
    rotary : Rotary of shape (steps, head_dim)
        Angles of the tokens to come.
    padding : bool Tensor of shape (heads * series, context_length, 1), optional
        True where the context is not attended to.
    num_samples : int
        Paths per series.
    """

    def __init__(
        self,
        weights: LayerWeights,
        prefix: list[KeysValues],
        rotary: Rotary,
        padding: Tensor | None,
        num_samples: int,
    ) -> None:
        like = weights.queries_and_keys
        _, num_layers, head_dim, num_heads, width = like.shape
        num_rows, context_length, _ = prefix[0].keys.shape
        num_steps = rotary.cos.shape[0]
        num_series = num_rows // num_heads
        paths = num_series * num_samples
        self.weights = weights
        self.prefix = prefix
        self.padding = padding
        self.rotations = _rotations(rotary)
        self.context_length = context_length
        self.step = 0
        self.rotated = torch.empty_like(like)
        self.epsilon = like.new_full((1, paths), NORM_EPSILON)
        self.mean = like.new_full((1, width), 1 / width)
        self.square = like.new_empty(width, paths)
        self.inverse_root = like.new_empty(1, paths)
        self.normalised = like.new_empty(width, paths)
        self.projected = like.new_empty(width, paths)
        self.gate_and_up = like.new_empty(weights.gate_and_up[0].shape[0], paths)
        # Attention runs in float32 on the CPU, which has matrix products in bfloat16 but no other
        # arithmetic.
        like = prefix[0].keys
        self.queries = like.new_empty(width, paths)
        self.attended = like.new_empty(width, paths)
        # Of the paths' own tokens; the keys' rows, like the queries', in the order of their matrix.
        self.keys = _empty((num_layers, num_steps, width, paths), like)
        self.values = _empty((num_layers, num_steps, width, paths), like)
        self.on_context = like.new_empty(num_rows, context_length, num_samples)
        self.from_context = like.new_empty(num_rows, head_dim, num_samples)
        self.scores = like.new_empty(context_length + num_steps, num_heads, paths)
        self.shares = torch.empty_like(self.scores)  # of the attention
        # Few operators are quickest, but on a CPU only while what they write stays in its cache.
        self.products = None
        product_bytes = num_steps * width * paths * like.element_size()
        if like.device.type != "cpu" or product_bytes <= PRODUCT_BYTES:
            self.products = like.new_empty(num_steps, width, paths)
        # The same memory, in the shapes that attention needs.
        by_head = (head_dim, num_heads, paths)
        self.queries_by_head = self.queries.view(by_head)
        self.keys_by_head = self.keys.view(num_layers, num_steps, *by_head)
        self.values_by_head = self.values.view(num_layers, num_steps, num_heads, head_dim, paths)
        self.attended_by_head = self.attended.view(num_heads, head_dim, paths)
        series = (num_heads, num_series, num_samples)
        self.queries_by_series = (
            self.queries.view(head_dim, *series).permute(1, 2, 0, 3).flatten(0, 1)
        )  # (heads * series, head_dim, samples)
        shares = self.shares[:context_length].view(context_length, *series)
        self.shares_by_series = shares.permute(1, 2, 0, 3).flatten(0, 1)
        self.scores_by_series = self.scores[:context_length].view(context_length, *series)
        self.on_context_by_token = self.on_context.view(
            num_heads, num_series, context_length, num_samples
        ).permute(2, 0, 1, 3)
        self.attended_by_series = self.attended.view(num_heads, head_dim, num_series, num_samples)
        self.from_context_by_head = self.from_context.view(
            num_heads, num_series, head_dim, num_samples
        ).transpose(1, 2)

    def run(self, hidden: Tensor) -> Tensor:
        """Run the next token of every path through the blocks.

        Parameters
        ----------
        hidden : Tensor of shape (width, paths)
            The embedded tokens; overwritten.

        Returns
        -------
        Tensor of shape (width, paths)
        """
        step, self.step = self.step, self.step + 1
        weights = self.weights
        # Rotating the matrices is less work than rotating what they make of all paths.
        torch.bmm(
            self.rotations[step].expand(2 * len(self.prefix), -1, -1),
            weights.queries_and_keys.flatten(3).flatten(0, 1),
            out=self.rotated.flatten(3).flatten(0, 1),
        )
        query_weights, key_weights = self.rotated.flatten(2, 3).unbind()
        gate, up = self.gate_and_up.chunk(2)
        for layer, value_weights in enumerate(weights.values):
            normalised = self._normalise(hidden)
            self._project(query_weights[layer], normalised, self.queries)
            self._project(key_weights[layer], normalised, self.keys[layer, step])
            self._project(value_weights, normalised, self.values[layer, step])
            hidden.addmm_(weights.attention_output[layer], self._attend(layer))
            torch.mm(weights.gate_and_up[layer], self._normalise(hidden), out=self.gate_and_up)
            functional.silu(gate, inplace=True).mul_(up)
            hidden.addmm_(weights.down[layer], gate)
        return hidden

    def _normalise(self, hidden: Tensor) -> Tensor:
        """Divide columns by their root mean square."""
        torch.mul(hidden, hidden, out=self.square)
        torch.addmm(self.epsilon, self.mean, self.square, out=self.inverse_root)
        return torch.mul(hidden, self.inverse_root.rsqrt_(), out=self.normalised)

    def _project(self, weight: Tensor, normalised: Tensor, projected: Tensor) -> None:
        """Write queries, keys or values in the precision of the attention."""
        if projected.dtype == weight.dtype:
            torch.mm(weight, normalised, out=projected)
        else:
            projected.copy_(torch.mm(weight, normalised, out=self.projected))

    def _attend(self, layer: int) -> Tensor:
        """Attend from the newest tokens to their series' context and to the paths' own tokens.

        The context's keys and values are those of the series, never copied per path: its part is
        one matrix product per series (Juravsky et al., Hydragen, arXiv 2402.05099).

        Returns
        -------
        Tensor of shape (width, paths)
        """
        steps, total = self.step, self.context_length + self.step
        own = slice(self.context_length, total)
        keys, values = self.prefix[layer]
        torch.bmm(keys, self.queries_by_series, out=self.on_context)
        if self.padding is not None:
            self.on_context.masked_fill_(self.padding, -torch.inf)
        self.scores_by_series.copy_(self.on_context_by_token)
        self._score_own(self.keys_by_head[layer, :steps], self.scores[own])
        torch.softmax(self.scores[:total], 0, out=self.shares[:total])
        self._read_own(self.values_by_head[layer, :steps], self.shares[own])
        torch.bmm(values, self.shares_by_series, out=self.from_context)
        self.attended_by_series.add_(self.from_context_by_head)
        if self.attended.dtype == self.projected.dtype:
            return self.attended
        return self.projected.copy_(self.attended)

    def _score_own(self, keys: Tensor, scores: Tensor) -> None:
        """Write the scores of the paths' own tokens.

        Parameters
        ----------
        keys : Tensor of shape (steps, head_dim, heads, paths)
        scores : Tensor of shape (steps, heads, paths)
        """
        if self.products is not None:
            products = self.products[: len(keys)].view(keys.shape)
            torch.sum(torch.mul(keys, self.queries_by_head, out=products), 1, out=scores)
            return
        coordinates = zip(keys.unbind(1), self.queries_by_head.unbind(), strict=True)
        torch.mul(*next(coordinates), out=scores)
        for key, query in coordinates:
            scores.addcmul_(key, query)

    def _read_own(self, values: Tensor, shares: Tensor) -> None:
        """Write what is attended to of the paths' own tokens.

        Parameters
        ----------
        values : Tensor of shape (steps, heads, head_dim, paths)
        shares : Tensor of shape (steps, heads, paths)
            Weights in the mean.
        """
        if self.products is not None:
            products = self.products[: len(values)].view(values.shape)
            products = torch.mul(values, shares[:, :, None], out=products)
            torch.sum(products, 0, out=self.attended_by_head)
            return
        tokens = zip(values.unbind(), shares[:, :, None].unbind(), strict=True)
        torch.mul(*next(tokens), out=self.attended_by_head)
        for value, share in tokens:
            self.attended_by_head.addcmul_(value, share)


def _empty(shape: tuple[int, ...], like: Tensor) -> Tensor:
    """Allocate large memory, on the CPU by numpy: it asks for large pages, which torch does not."""
    if like.device.type != "cpu":
        return like.new_empty(shape)
    size = math.prod(shape) * like.element_size()
    return torch.from_numpy(np.empty(size, dtype=np.uint8)).view(like.dtype).view(shape)


def _rotations(rotary: Rotary) -> Tensor:
    """Return the matrices that rotate queries and keys, of shape (steps, head_dim, head_dim)."""
    cos, sin = rotary
    half = cos.shape[1] // 2
    # Coordinate i and its partner, half of them away: (x, y) to (x cos - y sin, y cos + x sin).
    rotations = torch.diag_embed(cos)
    places = torch.arange(half, device=cos.device)
    rotations[:, places, places + half] = -sin[:, :half]
    rotations[:, places + half, places] = sin[:, half:]
    return rotations
