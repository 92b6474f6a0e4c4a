"""Attention of the newest token of every path, to its series' context and to its own path.

``network.lag_llama`` has the same attention for whole sequences; see there what holds the two
together.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from sktime_lagllama.sampling.buffers import Buffers

MAX_PRODUCT_BYTES = 2**21
"""Size of a product of several steps on a CPU; measured with 2 MiB of L2 cache per core."""

MIN_STEPS_CHUNK = 16
"""Fewest steps that are worth a product in common, unless a path has fewer in all."""


class ContextKeysValues(NamedTuple):
    """Keys and values of one layer and of the contexts, as left factors of matrix products.

    Attributes
    ----------
    keys : Tensor of shape (heads * series, context_length, head_dim)
    values : Tensor of shape (heads * series, head_dim, context_length)
    """

    keys: Tensor
    values: Tensor


class _StepViews(NamedTuple):
    """What a step reads and writes: views of all layers.

    Attributes
    ----------
    queries : tuple of Tensor of shape (head_dim, heads, paths)
        One per layer.
    queries_by_row : tuple of Tensor of shape (heads * series, head_dim, samples)
        The same queries, for products with the context; one per layer.
    path_keys, path_values : list of tuple of Tensor of shape (steps, head_dim, heads, paths)
        Of the paths' tokens; for each layer, one tensor per chunk of steps.
    scores, weights : Tensor of shape (context_length + steps, heads, paths)
        Before and after the softmax.
    path_scores, path_weights : tuple of Tensor of shape (steps, heads, paths)
        The part of the paths' tokens; one tensor per chunk of steps.
    """

    queries: tuple[Tensor, ...]
    queries_by_row: tuple[Tensor, ...]
    path_keys: list[tuple[Tensor, ...]]
    path_values: list[tuple[Tensor, ...]]
    scores: Tensor
    path_scores: tuple[Tensor, ...]
    weights: Tensor
    path_weights: tuple[Tensor, ...]


class PathAttention:
    """Keeps the keys and values of the paths' tokens, and attends to them and to the context.

    All paths of a series share the keys and values of its context: one matrix product per series
    and head attends to them (Juravsky et al., Hydragen, arXiv 2402.05099).

    Parameters
    ----------
    context : list of ContextKeysValues
        One per layer.
    padding : bool Tensor of shape (heads * series, context_length, 1), optional
        True where paths must not attend to the context.
    num_steps : int
        Tokens that a path will have.
    num_heads : int
    num_samples : int
        Paths per series.
    buffers : Buffers
        For everything that is written: new memory would take longer than the products.

    Attributes
    ----------
    output : Tensor of shape (width, paths)
        The result of ``attend``, which overwrites it; rows in the order (head_dim, heads).
    """

    def __init__(
        self,
        context: list[ContextKeysValues],
        padding: Tensor | None,
        num_steps: int,
        num_heads: int,
        num_samples: int,
        buffers: Buffers,
    ) -> None:
        like = context[0].keys
        num_rows, context_length, head_dim = like.shape  # a row is a head of a series
        num_paths = num_rows // num_heads * num_samples
        by_row = (num_rows, num_samples)
        by_head = (head_dim, num_heads, num_paths)
        score_shape = (context_length + num_steps, num_heads, num_paths)
        self.context = context
        self.context_length = context_length
        self.padding = padding
        self.by_row = by_row

        # Each step has two slots, for keys and for values. The queries of the newest step follow in
        # the slot of the next step's keys, so that a single product can write all three.
        self.slots = buffers.empty("slots", (len(context), 2 * num_steps + 1, *by_head), like)
        self.scores = buffers.empty("scores", score_shape, like)
        self.weights = buffers.empty("weights", score_shape, like)
        self.output = buffers.empty("output", (head_dim * num_heads, num_paths), like)
        self.output_by_head = self.output.view(by_head)

        # Products with the context write to memory of their own. These are views of the above in
        # the layout of such a product.
        self.context_scores = buffers.empty(
            "context_scores", (num_rows, context_length, num_samples), like
        )
        self.context_output = buffers.empty(
            "context_output", (num_rows, head_dim, num_samples), like
        )
        self.scores_by_row, self.weights_by_row = (
            part[:context_length].view(context_length, *by_row).transpose(0, 1)
            for part in (self.scores, self.weights)
        )
        self.output_by_row = self.output.view(head_dim, *by_row).transpose(0, 1)

        # None: step by step and coordinate by coordinate, without products of several steps.
        self.products: Tensor | None = None
        chunk = _steps_per_product(num_steps, self.output)
        if chunk is not None:
            self.products = buffers.empty("products", (chunk, *by_head), like)
            self.ones = like.new_ones(1, chunk)
        self.views: _StepViews | None = None

    def start(self, step: int) -> tuple[Tensor, ...]:
        """Begin a step.

        Parameters
        ----------
        step : int
            0 in the first call, and one more in every further call.

        Returns
        -------
        tuple of Tensor of shape (3 * width, paths)
            One per layer: where the tokens' keys, values and queries have to be written before
            ``attend``, in this order; rows in the order (keys/values/queries, head_dim, heads).
        """
        first_slot = 2 * step
        stop = self.context_length + step + 1
        # A view takes as long as a small operator: each one here is of all layers together.
        queries = self.slots[:, first_slot + 2]
        by_row = queries.view(*queries.shape[:2], *self.by_row).transpose(1, 2)
        chunk = stop if self.products is None else len(self.products)
        self.views = _StepViews(
            queries=queries.unbind(),
            queries_by_row=by_row.unbind(),
            path_keys=_split_steps(self.slots[:, : first_slot + 2 : 2], chunk),
            path_values=_split_steps(self.slots[:, 1 : first_slot + 2 : 2], chunk),
            scores=self.scores[:stop],
            path_scores=self.scores[self.context_length : stop].split(chunk),
            weights=self.weights[:stop],
            path_weights=self.weights[self.context_length : stop].split(chunk),
        )
        return self.slots[:, first_slot : first_slot + 3].flatten(1, 3).unbind()

    def attend(self, layer: int) -> Tensor:
        """Attend from the newest tokens, whose keys, values and queries have been written.

        Parameters
        ----------
        layer : int

        Returns
        -------
        Tensor of shape (width, paths)
            ``output``: rows in the order (head_dim, heads).

        Raises
        ------
        RuntimeError
            If no step was started.
        """
        views = self.views
        if views is None:
            raise RuntimeError("start a step before attending")
        context_keys, context_values = self.context[layer]
        torch.bmm(context_keys, views.queries_by_row[layer], out=self.context_scores)
        if self.padding is not None:
            self.context_scores.masked_fill_(self.padding, -torch.inf)
        self.scores_by_row.copy_(self.context_scores)
        for keys, scores in zip(views.path_keys[layer], views.path_scores, strict=True):
            self._score_path(keys, views.queries[layer], scores)
        torch.softmax(views.scores, 0, out=views.weights)
        weighted_values = zip(views.path_values[layer], views.path_weights, strict=True)
        for chunk, (values, weights) in enumerate(weighted_values):
            self._sum_path_values(values, weights, add=chunk > 0)
        torch.bmm(context_values, self.weights_by_row, out=self.context_output)
        self.output_by_row.add_(self.context_output)
        return self.output

    def _score_path(self, keys: Tensor, queries: Tensor, scores: Tensor) -> None:
        """Write the scores of some of the paths' tokens.

        Parameters
        ----------
        keys : Tensor of shape (steps, head_dim, heads, paths)
        queries : Tensor of shape (head_dim, heads, paths)
        scores : Tensor of shape (steps, heads, paths)
            Overwritten.
        """
        if self.products is None:
            coordinates = zip(keys.unbind(1), queries.unbind(), strict=True)
            torch.mul(*next(coordinates), out=scores)
            for key, query in coordinates:
                scores.addcmul_(key, query)
        else:
            torch.sum(torch.mul(keys, queries, out=self.products[: len(keys)]), 1, out=scores)

    def _sum_path_values(self, values: Tensor, weights: Tensor, add: bool) -> None:
        """Write the weighted sum of values of some of the paths' tokens to ``output``.

        Parameters
        ----------
        values : Tensor of shape (steps, head_dim, heads, paths)
        weights : Tensor of shape (steps, heads, paths)
        add : bool
            Whether the sum is added to what ``output`` has, instead of overwriting it.
        """
        if self.products is None:
            steps = zip(values.unbind(), weights.unbind(), strict=True)
            torch.mul(*next(steps), out=self.output_by_head)
            for value, weight in steps:
                self.output_by_head.addcmul_(value, weight)
        else:
            out = self.products[: len(values)]
            products = torch.mul(values, weights[:, None], out=out).flatten(1)
            # With several threads, a product with ones is faster than a sum.
            ones = self.ones[:, : len(values)]
            self.output.view(1, -1).addmm_(ones, products, beta=int(add))


def attention_dtype(device: torch.device, dtype: torch.dtype) -> torch.dtype:
    """Return the precision of attention: float32 for bfloat16 weights on a CPU.

    CPUs are fast at products of bfloat16 matrices, but slow at element-wise operations, which is
    what attention to a path's own tokens consists of.

    Parameters
    ----------
    device : torch.device
    dtype : torch.dtype
        Of the weights.

    Returns
    -------
    torch.dtype
    """
    return torch.float32 if device.type == "cpu" and dtype == torch.bfloat16 else dtype


def _steps_per_product(num_steps: int, output: Tensor) -> int | None:
    """Return how many steps are multiplied by one operator, None where that would be slower.

    Products of many steps need few operators. On a CPU they must fit into the cache: with many
    paths it is faster to go step by step and coordinate by coordinate.

    Parameters
    ----------
    num_steps : int
        Steps in all.
    output : Tensor of shape (width, paths)
        As large as the product of one step.
    """
    chunk = num_steps
    if output.device.type == "cpu":
        chunk = min(num_steps, MAX_PRODUCT_BYTES // output.nbytes)
    return chunk if chunk >= min(num_steps, MIN_STEPS_CHUNK) else None


def _split_steps(slots: Tensor, chunk: int) -> list[tuple[Tensor, ...]]:
    """Return each layer's keys or values, in chunks of steps.

    Parameters
    ----------
    slots : Tensor of shape (layers, steps, ...)
    chunk : int
        Number of steps; the last chunk may have fewer.

    Returns
    -------
    list of tuple of Tensor of shape (chunk, ...)
        One tuple per layer.
    """
    return list(zip(*(part.unbind() for part in slots.split(chunk, 1)), strict=True))
