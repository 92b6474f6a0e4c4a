"""Attention from the newest token of every path to its series' context and to its own tokens."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from sktime_lagllama.sampling.buffers import Memory

# By measurement on a Xeon with 2 MiB of second-level cache a core.
MOST_PRODUCT_BYTES = 2**21
LEAST_STEPS_AT_ONCE = 16


class Prefix(NamedTuple):
    """One block's keys and values of the context, as left factors for columns of paths.

    Attributes
    ----------
    keys : Tensor of shape (heads * series, context_length, head_dim)
    values : Tensor of shape (heads * series, head_dim, context_length)
    """

    keys: Tensor
    values: Tensor


class _StepViews(NamedTuple):
    """What a step reads and writes: views, of every block at once.

    Attributes
    ----------
    queries : tuple of Tensor of shape (head_dim, heads, paths), one a block
    queries_by_row : tuple of Tensor of shape (heads * series, head_dim, samples), one a block
    keys, values : list of tuple of Tensor of shape (steps, head_dim, heads, paths), one a block
        The paths' own, as many steps at a time as attention takes.
    scores, attention : Tensor of shape (context_length + steps, heads, paths)
    own_scores, own_attention : tuple of Tensor of shape (steps, heads, paths)
        The paths' own part of them, as many steps at a time as of the keys.
    """

    queries: tuple[Tensor, ...]
    queries_by_row: tuple[Tensor, ...]
    keys: list[tuple[Tensor, ...]]
    values: list[tuple[Tensor, ...]]
    scores: Tensor
    own_scores: tuple[Tensor, ...]
    attention: Tensor
    own_attention: tuple[Tensor, ...]


class PathAttention:
    """Keeps the keys and values of the paths' own tokens, and attends to them and to the context.

    The context's keys and values are those of the series, never copied per path: its part is one
    matrix product per series (Juravsky et al., Hydragen, arXiv 2402.05099).

    Parameters
    ----------
    prefix : list of Prefix, one a block
    padding : bool Tensor of shape (heads * series, context_length, 1), optional
        True where the context is not attended to.
    num_steps : int
        Tokens a path will have.
    num_heads : int
    num_samples : int
        Paths per series.
    memory : Memory
        For all buffers: fresh memory for every product would cost more than the product.
    """

    def __init__(
        self,
        prefix: list[Prefix],
        padding: Tensor | None,
        num_steps: int,
        num_heads: int,
        num_samples: int,
        memory: Memory,
    ) -> None:
        like = prefix[0].keys
        num_rows, context_length, head_dim = like.shape
        paths = num_rows // num_heads * num_samples
        width, length = head_dim * num_heads, context_length + num_steps
        self.prefix = prefix
        self.padding = padding
        self.by_row = (num_rows, num_samples)
        # Of every token its keys and its values, and of the newest one its queries after them,
        # where the next one's keys will be: one product can write all three.
        self.slots = memory.empty(
            "slots", (len(prefix), 2 * num_steps + 1, head_dim, num_heads, paths), like
        )
        self.attended = memory.empty("attended", (width, paths), like)
        self.on_context = memory.empty("on_context", (num_rows, context_length, num_samples), like)
        self.from_context = memory.empty("from_context", (num_rows, head_dim, num_samples), like)
        self.scores = memory.empty("scores", (length, num_heads, paths), like)
        self.attention = memory.empty("attention", (length, num_heads, paths), like)
        # Products of many steps at once need few operators, but on a CPU a cache to stay in: many
        # paths are quicker step by step, and coordinate by coordinate.
        self.products = None
        at_once = num_steps
        if like.device.type == "cpu":
            at_once = min(num_steps, MOST_PRODUCT_BYTES // (width * paths * like.element_size()))
        if at_once >= min(num_steps, LEAST_STEPS_AT_ONCE):
            self.products = memory.empty("products", (at_once, head_dim, num_heads, paths), like)
        self.ones = like.new_ones(1, at_once)
        self.views: _StepViews | None = None
        # The same memory, in the shapes that products with the context need.
        self.scores_by_row, self.attention_by_row = (
            part[:context_length].view(context_length, *self.by_row).transpose(0, 1)
            for part in (self.scores, self.attention)
        )
        self.attended_by_row = self.attended.view(head_dim, *self.by_row).transpose(0, 1)
        self.attended_by_head = self.attended.view(head_dim, num_heads, paths)

    def start(self, step: int) -> tuple[Tensor, ...]:
        """Begin a step.

        Parameters
        ----------
        step : int
            From 0; each one follows the one before.

        Returns
        -------
        tuple of Tensor of shape (3 * width, paths), one a block
            Where the tokens' keys, values and queries belong, in this order, before ``attend``;
            rows in the order (which of the three, head_dim, heads).
        """
        first, context_length = 2 * step, len(self.prefix[0].keys[0])
        # Taking a view costs as much as a small operator: those of all blocks are taken at once.
        queries = self.slots[:, first + 2]
        by_row = queries.view(*queries.shape[:2], *self.by_row).transpose(1, 2)
        length = context_length + step + 1
        at_once = length if self.products is None else len(self.products)
        self.views = _StepViews(
            queries.unbind(),
            by_row.unbind(),
            _chunks_of_blocks(self.slots[:, : first + 2 : 2], at_once),
            _chunks_of_blocks(self.slots[:, 1 : first + 2 : 2], at_once),
            self.scores[:length],
            self.scores[context_length:length].split(at_once),
            self.attention[:length],
            self.attention[context_length:length].split(at_once),
        )
        return self.slots[:, first : first + 3].flatten(1, 3).unbind()

    def attend(self, layer: int) -> Tensor:
        """Attend from the newest tokens, whose keys, values and queries were written.

        Parameters
        ----------
        layer : int

        Returns
        -------
        Tensor of shape (width, paths)
            Rows in the order (head_dim, heads).
        """
        views = self.views
        if views is None:
            raise RuntimeError("start a step before attending")
        keys, values = self.prefix[layer]
        torch.bmm(keys, views.queries_by_row[layer], out=self.on_context)
        if self.padding is not None:
            self.on_context.masked_fill_(self.padding, -torch.inf)
        self.scores_by_row.copy_(self.on_context)
        for part, scores in zip(views.keys[layer], views.own_scores, strict=True):
            self._score(part, views.queries[layer], scores)
        torch.softmax(views.scores, 0, out=views.attention)
        own_values = zip(views.values[layer], views.own_attention, strict=True)
        for number, (part, attention) in enumerate(own_values):
            self._read(part, attention, add=number > 0)
        torch.bmm(values, self.attention_by_row, out=self.from_context)
        self.attended_by_row.add_(self.from_context)
        return self.attended

    def _score(self, keys: Tensor, queries: Tensor, scores: Tensor) -> None:
        """Write the scores of the paths' own tokens.

        Parameters
        ----------
        keys : Tensor of shape (steps, head_dim, heads, paths)
        queries : Tensor of shape (head_dim, heads, paths)
        scores : Tensor of shape (steps, heads, paths)
        """
        if self.products is None:
            coordinates = zip(keys.unbind(1), queries.unbind(), strict=True)
            torch.mul(*next(coordinates), out=scores)
            for key, query in coordinates:
                scores.addcmul_(key, query)
        else:
            torch.sum(torch.mul(keys, queries, out=self.products[: len(keys)]), 1, out=scores)

    def _read(self, values: Tensor, attention: Tensor, add: bool) -> None:
        """Write or add the paths' own values, weighted by the attention to them.

        Parameters
        ----------
        values : Tensor of shape (steps, head_dim, heads, paths)
        attention : Tensor of shape (steps, heads, paths)
        add : bool
        """
        if self.products is None:
            tokens = zip(values.unbind(), attention.unbind(), strict=True)
            torch.mul(*next(tokens), out=self.attended_by_head)
            for value, weight in tokens:
                self.attended_by_head.addcmul_(value, weight)
        else:
            out = self.products[: len(values)]
            products = torch.mul(values, attention[:, None], out=out).flatten(1)
            # A product with ones adds faster than a sum, with several threads.
            ones = self.ones[:, : len(values)]
            self.attended.view(1, -1).addmm_(ones, products, beta=int(add))


def attention_dtype(device: torch.device, dtype: torch.dtype) -> torch.dtype:
    """Return the precision of attention: float32 for bfloat16 weights on a CPU.

    CPUs multiply matrices of bfloat16 fast, but do single operations on it slowly, which attention
    to a path's own tokens consists of.
    """
    return torch.float32 if device.type == "cpu" and dtype == torch.bfloat16 else dtype


def _chunks_of_blocks(tokens: Tensor, at_once: int) -> list[tuple[Tensor, ...]]:
    """Return each block's tokens, a number of steps at a time.

    Parameters
    ----------
    tokens : Tensor of shape (blocks, steps, ...)
    at_once : int

    Returns
    -------
    list of tuple of Tensor of shape (at_once or fewer, ...)
    """
    return list(zip(*(chunk.unbind() for chunk in tokens.split(at_once, 1)), strict=True))
