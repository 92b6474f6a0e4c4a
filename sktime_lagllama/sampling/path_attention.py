"""Attention of the newest token of every path, to its series' context and to its own path.

``network.lag_llama`` has the same attention for whole sequences; see there what holds the two
together.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from sktime_lagllama.network.lag_llama import KeysValues
from sktime_lagllama.sampling.buffers import Buffers

MIN_PRODUCT_SIZE = 400
"""Numbers in a matrix that torch multiplies with a vector by a fast routine, on the CPU."""


class ContextKeysValues(NamedTuple):
    """Keys and values of one layer and of the contexts, as right factors of matrix products.

    Attributes
    ----------
    keys : Tensor of shape (series * heads, head_dim, context_length)
        Coordinate i and its partner, i + head_dim / 2, lie side by side: see ``PathLayers``.
    values : Tensor of shape (series * heads, context_length, head_dim)
    """

    keys: Tensor
    values: Tensor


class NewestTokens(NamedTuple):
    """What attention reads in every layer and step: tensors that are written to before.

    Attributes
    ----------
    queries, keys, values : Tensor of shape (series, heads, samples, head_dim)
        Queries and keys are rotated, and ordered as those of ``ContextKeysValues``. Queries
        contain the factor on scores, ``head_dim ** -0.5``, and are contiguous.
    """

    queries: Tensor
    keys: Tensor
    values: Tensor


class _StepViews(NamedTuple):
    """What a step reads and writes: views.

    Attributes
    ----------
    newest_keys, newest_values : tuple of Tensor of shape (series, heads, samples, head_dim)
        Where those of the step's tokens are kept; one per layer.
    keys : tuple of Tensor of shape (series * heads * samples, head_dim, slots)
    values : tuple of Tensor of shape (series * heads * samples, slots, head_dim)
        Of the paths' tokens so far; one per layer.
    path_scores : Tensor of shape (series * heads * samples, 1, slots)
    path_scores_by_row : Tensor of shape (series * heads, samples, steps)
        The same memory without the slots that are empty.
    no_scores : Tensor of shape (series * heads, samples, slots - steps)
        For the slots that are empty: minus infinity.
    scores, weights : Tensor of shape (series * heads, samples, context_length + slots)
        Before and after the softmax.
    context_weights : Tensor of shape (series * heads, samples, context_length)
    path_weights : Tensor of shape (series * heads * samples, 1, slots)
        The two parts of the weights.
    """

    newest_keys: tuple[Tensor, ...]
    newest_values: tuple[Tensor, ...]
    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]
    path_scores: Tensor
    path_scores_by_row: Tensor
    no_scores: Tensor
    scores: Tensor
    weights: Tensor
    context_weights: Tensor
    path_weights: Tensor


class PathAttention:
    """Keeps the keys and values of the paths' tokens, and attends to them and to the context.

    All paths of a series share the keys and values of its context: one matrix product per series
    and head attends to them (Juravsky et al., Hydragen, arXiv 2402.05099). Another one per path
    and head attends to the path's own tokens, which are kept in slots, one per step.

    Parameters
    ----------
    context : list of ContextKeysValues
        One per layer.
    padding : bool Tensor of shape (series * heads, 1, context_length), optional
        True where paths must not attend to the context.
    num_steps : int
        Tokens that a path will have.
    newest : NewestTokens
    buffers : Buffers
        For everything that is written: new memory would take longer than the products.
    """

    def __init__(
        self,
        context: list[ContextKeysValues],
        padding: Tensor | None,
        num_steps: int,
        newest: NewestTokens,
        buffers: Buffers,
    ) -> None:
        like = context[0].values
        num_rows, context_length, head_dim = like.shape  # a row is a head of a series
        num_samples = newest.queries.shape[2]
        self.context = context
        self.padding = padding
        self.newest = newest
        # The slots that a product needs at least are empty at first, and have weights of 0.
        self.min_slots = slots_for(1, head_dim)
        num_slots = slots_for(num_steps, head_dim)
        by_row = (num_rows, num_samples)
        self.slots = buffers.empty(
            "slots", (len(context), 2, *newest.queries.shape[:3], num_slots, head_dim), like
        )
        self.slots[..., : self.min_slots, :] = 0.0
        self.no_scores = like.new_full((1, 1, self.min_slots), -torch.inf).expand(*by_row, -1)
        self.scores = buffers.empty("scores", (*by_row, context_length + num_slots), like)
        self.weights = buffers.empty("weights", (*by_row, context_length + num_slots), like)
        self.context_scores = buffers.empty("context_scores", (*by_row, context_length), like)
        self.path_scores = buffers.empty("path_scores", (*by_row, num_slots), like)

        # The queries in attention's precision, and the output, as the two products take them.
        self.queries = newest.queries
        if self.queries.dtype != like.dtype:
            self.queries = buffers.empty("queries", tuple(self.queries.shape), like)
        self.queries_by_row = self.queries.flatten(0, 1)
        self.queries_by_path = self.queries.flatten(0, 2)[:, None]
        output = buffers.empty("output", tuple(self.queries.shape), like)
        self.output = output.transpose(1, 2)
        self.output_by_row = output.flatten(0, 1)
        self.output_by_path = output.flatten(0, 2)[:, None]
        self.views: _StepViews | None = None

    def start(self, step: int) -> None:
        """Begin a step.

        Parameters
        ----------
        step : int
            0 in the first call, and one more in every further call.
        """
        steps, slots = step + 1, max(step + 1, self.min_slots)
        num_rows, num_samples, context_length = self.context_scores.shape
        path_scores = _first(self.path_scores, (num_rows, num_samples, slots))
        scores, weights = (
            _first(part, (num_rows, num_samples, context_length + slots))
            for part in (self.scores, self.weights)
        )
        # A view takes as long as a small operator: those of the slots are of all layers together.
        newest, so_far = self.slots[..., step, :], self.slots[..., :slots, :].flatten(2, 4)
        self.views = _StepViews(
            newest_keys=newest[:, 0].unbind(),
            newest_values=newest[:, 1].unbind(),
            keys=so_far[:, 0].transpose(2, 3).unbind(),
            values=so_far[:, 1].unbind(),
            path_scores=path_scores.flatten(0, 1)[:, None],
            path_scores_by_row=path_scores[..., :steps],
            no_scores=self.no_scores[..., steps:],
            scores=scores,
            weights=weights,
            context_weights=weights[..., :context_length],
            path_weights=weights[..., context_length:].flatten(0, 1)[:, None],
        )

    def attend(self, layer: int) -> Tensor:
        """Attend from the newest tokens, whose keys and values are kept.

        Parameters
        ----------
        layer : int

        Returns
        -------
        Tensor of shape (series, samples, heads, head_dim)
            Overwritten by the next call.

        Raises
        ------
        RuntimeError
            If no step was started.
        """
        views, context = self.views, self.context[layer]
        if views is None:
            raise RuntimeError("start a step before attending")
        views.newest_keys[layer].copy_(self.newest.keys)
        views.newest_values[layer].copy_(self.newest.values)
        if self.queries is not self.newest.queries:
            self.queries.copy_(self.newest.queries)
        torch.bmm(self.queries_by_row, context.keys, out=self.context_scores)
        if self.padding is not None:
            self.context_scores.masked_fill_(self.padding, -torch.inf)
        torch.bmm(self.queries_by_path, views.keys[layer], out=views.path_scores)
        all_scores = (self.context_scores, views.path_scores_by_row, views.no_scores)
        torch.cat(all_scores, 2, out=views.scores)
        torch.softmax(views.scores, 2, out=views.weights)
        torch.bmm(views.path_weights, views.values[layer], out=self.output_by_path)
        self.output_by_row.baddbmm_(views.context_weights, context.values)
        return self.output


def slots_for(num_steps: int, head_dim: int) -> int:
    """Return how many slots are computed for a path that has a number of tokens so far."""
    return max(num_steps, MIN_PRODUCT_SIZE // head_dim + 1)


def _first(buffer: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Return the beginning of a buffer as a tensor of a smaller shape."""
    return buffer.view(-1)[: math.prod(shape)].view(shape)


def attention_dtype(device: torch.device, dtype: torch.dtype) -> torch.dtype:
    """Return the precision of attention: float32 for bfloat16 weights on a CPU.

    CPUs are fast at products of large bfloat16 matrices, but slow at the small ones and the
    element-wise operations that attention consists of.

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


def as_right_factors(cache: KeysValues) -> ContextKeysValues:
    """Change the layout of a layer's keys and values for products with all paths of a series."""
    dtype = attention_dtype(cache.keys.device, cache.keys.dtype)
    keys, values = (part.to(dtype) for part in cache)
    side_by_side = keys.unflatten(3, (2, -1)).transpose(3, 4)
    return ContextKeysValues(
        keys=side_by_side.permute(0, 1, 3, 4, 2).flatten(2, 3).flatten(0, 1).contiguous(),
        values=values.flatten(0, 1).contiguous(),
    )
