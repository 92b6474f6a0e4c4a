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

from sktime_lagllama.model.network import NORM_EPSILON, LagLlama, Rotary

# By measurement on a Xeon with 2 MiB of second-level cache a core.
MOST_PRODUCT_BYTES = 2**21
LEAST_STEPS_AT_ONCE = 16


class LayerWeights(NamedTuple):
    """The blocks' matrices, with the norm before each and the attention's scale inside.

    Attributes
    ----------
    query_and_key : Tensor of shape (2, layers, head_dim, heads, width)
        In this order one product rotates all heads of a layer.
    value : list of Tensor of shape (width, width), one a block
        Rows in the order (head_dim, heads) too.
    attention_output : list of Tensor of shape (width, width)
        Columns in that order.
    gate_and_up : list of Tensor of shape (2 * mlp_width, width)
    down : list of Tensor of shape (width, mlp_width)
    """

    query_and_key: Tensor
    value: list[Tensor]
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

    def by_coordinate(rows: Tensor) -> Tensor:
        by_head = rows.view(config.num_heads, config.head_dim, -1)
        return by_head.transpose(0, 1).flatten(0, 1).contiguous()

    projections = [
        (block.query_key_value.weight * block.attention_norm.weight).chunk(3)
        for block in model.layers
    ]
    queries = [by_coordinate(query * config.head_dim**-0.5) for query, _, _ in projections]
    keys = [by_coordinate(key) for _, key, _ in projections]
    return LayerWeights(
        torch.stack(queries + keys).view(
            2, config.num_layers, config.head_dim, config.num_heads, config.width
        ),
        [by_coordinate(value) for _, _, value in projections],
        [
            by_coordinate(block.attention_output.weight.t().contiguous()).t().contiguous()
            for block in model.layers
        ],
        [block.gate_and_up.weight * block.mlp_norm.weight for block in model.layers],
        [block.down.weight for block in model.layers],
    )


class Prefix(NamedTuple):
    """One block's keys and values of the context, as left factors for columns of paths.

    Attributes
    ----------
    keys : Tensor of shape (heads * series, context_length, head_dim)
    values : Tensor of shape (heads * series, head_dim, context_length)
    """

    keys: Tensor
    values: Tensor


class PathLayers:
    """Runs tokens through the blocks, one a path and step, and keeps the keys and values.

    All memory is allocated here, once: fresh memory for every product would cost more than the
    product.

    Parameters
    ----------
    weights : LayerWeights
    prefix : list of Prefix, one a block
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
        prefix: list[Prefix],
        rotary: Rotary,
        padding: Tensor | None,
        num_samples: int,
    ) -> None:
        like = weights.query_and_key
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
        self.epsilon = like.new_full((1, 1), NORM_EPSILON)
        self.ones = like.new_ones(1, width)
        self.squares = like.new_empty(width, paths)
        self.inverse_root = like.new_empty(1, paths)
        self.normalised = like.new_empty(width, paths)
        self.gate_and_up = like.new_empty(weights.gate_and_up[0].shape[0], paths)
        # Attention may be in another precision than the matrices: see ``attention_dtype``.
        self.converted: Tensor | None = None
        if prefix[0].keys.dtype != like.dtype:
            self.converted = like.new_empty(width, paths)
        like = prefix[0].keys
        self.queries = like.new_empty(width, paths)
        self.attended = like.new_empty(width, paths)
        # Of the paths' own tokens.
        self.keys = _empty((num_layers, num_steps, head_dim, num_heads, paths), like)
        self.values = _empty((num_layers, num_steps, head_dim, num_heads, paths), like)
        self.on_context = like.new_empty(num_rows, context_length, num_samples)
        self.from_context = like.new_empty(num_rows, head_dim, num_samples)
        self.scores = like.new_empty(context_length + num_steps, num_heads, paths)
        self.attention = torch.empty_like(self.scores)
        # Products of many steps at once need few operators, but on a CPU a cache to stay in: many
        # paths are quicker step by step, and coordinate by coordinate.
        self.products = None
        at_once = num_steps
        if like.device.type == "cpu":
            at_once = min(num_steps, MOST_PRODUCT_BYTES // (width * paths * like.element_size()))
        if at_once >= min(num_steps, LEAST_STEPS_AT_ONCE):
            self.products = like.new_empty(at_once, head_dim, num_heads, paths)
        # The same memory, in the shapes that attention needs.
        self.queries_by_head = self.queries.view(head_dim, num_heads, paths)
        by_row = (num_rows, num_samples)
        self.queries_by_row = self.queries.view(head_dim, *by_row).transpose(0, 1)
        self.attended_by_row = self.attended.view(head_dim, *by_row).transpose(0, 1)
        self.scores_by_row, self.attention_by_row = (
            part[:context_length].view(context_length, *by_row).transpose(0, 1)
            for part in (self.scores, self.attention)
        )
        self.attended_by_head = self.attended.view(head_dim, num_heads, paths)

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
            weights.query_and_key.flatten(3).flatten(0, 1),
            out=self.rotated.flatten(3).flatten(0, 1),
        )
        query_weights, key_weights = self.rotated.flatten(2, 3).unbind()
        gate, up = self.gate_and_up.chunk(2)
        for layer, value_weight in enumerate(weights.value):
            normalised = self._normalise(hidden)
            self._project(query_weights[layer], normalised, self.queries)
            self._project(key_weights[layer], normalised, self.keys[layer, step].flatten(0, 1))
            self._project(value_weight, normalised, self.values[layer, step].flatten(0, 1))
            hidden.addmm_(weights.attention_output[layer], self._attend(layer))
            torch.mm(weights.gate_and_up[layer], self._normalise(hidden), out=self.gate_and_up)
            functional.silu(gate, inplace=True).mul_(up)
            hidden.addmm_(weights.down[layer], gate)
        return hidden

    def _normalise(self, hidden: Tensor) -> Tensor:
        """Divide columns by their root mean square."""
        torch.mul(hidden, hidden, out=self.squares)
        # The width divides in the product's own precision: bfloat16 would round its inverse.
        torch.addmm(
            self.epsilon, self.ones, self.squares, alpha=1 / len(hidden), out=self.inverse_root
        )
        return torch.mul(hidden, self.inverse_root.rsqrt_(), out=self.normalised)

    def _project(self, weight: Tensor, normalised: Tensor, projected: Tensor) -> None:
        """Write queries, keys or values in the precision of the attention."""
        if self.converted is None:
            torch.mm(weight, normalised, out=projected)
        else:
            projected.copy_(torch.mm(weight, normalised, out=self.converted))

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
        torch.bmm(keys, self.queries_by_row, out=self.on_context)
        if self.padding is not None:
            self.on_context.masked_fill_(self.padding, -torch.inf)
        self.scores_by_row.copy_(self.on_context)
        self._score_own(self.keys[layer, :steps], self.scores[own])
        torch.softmax(self.scores[:total], 0, out=self.attention[:total])
        self._read_own(self.values[layer, :steps], self.attention[own])
        torch.bmm(values, self.attention_by_row, out=self.from_context)
        self.attended_by_row.add_(self.from_context)
        return self.attended if self.converted is None else self.converted.copy_(self.attended)

    def _score_own(self, keys: Tensor, scores: Tensor) -> None:
        """Write the scores of the paths' own tokens.

        Parameters
        ----------
        keys : Tensor of shape (steps, head_dim, heads, paths)
        scores : Tensor of shape (steps, heads, paths)
        """
        if self.products is not None:
            for steps in _chunks(len(keys), len(self.products)):
                products = self.products[: steps.stop - steps.start]
                torch.mul(keys[steps], self.queries_by_head, out=products)
                torch.sum(products, 1, out=scores[steps])
            return
        coordinates = zip(keys.unbind(1), self.queries_by_head.unbind(), strict=True)
        torch.mul(*next(coordinates), out=scores)
        for key, query in coordinates:
            scores.addcmul_(key, query)

    def _read_own(self, values: Tensor, attention: Tensor) -> None:
        """Write the paths' own values, weighted by the attention to them.

        Parameters
        ----------
        values : Tensor of shape (steps, head_dim, heads, paths)
        attention : Tensor of shape (steps, heads, paths)
        """
        if self.products is not None:
            for steps in _chunks(len(values), len(self.products)):
                products = self.products[: steps.stop - steps.start]
                torch.mul(values[steps], attention[steps, None], out=products)
                if steps.start == 0:
                    torch.sum(products, 0, out=self.attended_by_head)
                else:
                    self.attended_by_head.add_(products.sum(0))
            return
        tokens = zip(values.unbind(), attention.unbind(), strict=True)
        torch.mul(*next(tokens), out=self.attended_by_head)
        for value, weight in tokens:
            self.attended_by_head.addcmul_(value, weight)


def attention_dtype(device: torch.device, dtype: torch.dtype) -> torch.dtype:
    """Return the precision of attention: float32 for bfloat16 weights on a CPU.

    CPUs multiply matrices of bfloat16 fast, but do single operations on it slowly, which attention
    to a path's own tokens consists of.
    """
    return torch.float32 if device.type == "cpu" and dtype == torch.bfloat16 else dtype


def _chunks(length: int, size: int) -> list[slice]:
    """Cut a length into slices of one size, the last one what is left."""
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]


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
