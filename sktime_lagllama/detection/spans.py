"""Spans of consecutive times whose values are predicted in one pass through the network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sktime_lagllama._typing import BoolArray, IntArray
from sktime_lagllama.data.series import SeriesBatch

MAX_SPAN_LENGTH = 256
"""Values of a span. Longer ones save few tokens; their scale would be older."""


class Piece(NamedTuple):
    """A span of one series.

    Attributes
    ----------
    series : int
        Number of the series.
    place : int
        Of the first value in its series: at least 1.
    length : int
    """

    series: int
    place: int
    length: int


@dataclass(frozen=True)
class Spans:
    """Spans of one length, each of one series, that have the same number of tokens before them.

    Attributes
    ----------
    series : int64 array of shape (spans,)
        Number of each span's series.
    starts : int64 array of shape (spans,)
        Grid position of each span's first value.
    length : int
        Values of a span.
    context_length : int
        Tokens before a span.
    """

    series: IntArray
    starts: IntArray
    length: int
    context_length: int

    def __len__(self) -> int:
        """Return the number of spans."""
        return len(self.series)

    def chunks(self, max_tokens: int) -> Iterator[Spans]:
        """Divide the spans.

        Parameters
        ----------
        max_tokens : int
            Of the spans of a chunk together; a chunk of a single span may have more.

        Yields
        ------
        Spans
        """
        size = max(1, max_tokens // (self.length + self.context_length))
        for first in range(0, len(self), size):
            rows = slice(first, first + size)
            yield self._select(rows)

    def reached_by(self, changed: BoolArray, series: SeriesBatch, max_lag: int) -> Spans:
        """Return the spans whose predictions may depend on changed values.

        Parameters
        ----------
        changed : bool array of shape (total length,)
            Which values are, in the order of ``series.values``.
        series : SeriesBatch
        max_lag : int
            Of the network.

        Returns
        -------
        Spans
        """
        num_before = np.concatenate(([0], changed.cumsum()))
        first_places = series.offsets[self.series]
        places = first_places + self.starts - series.starts[self.series]
        reach = np.maximum(places - self.context_length - max_lag, first_places)
        # The last value of a span is predicted, but predicts nothing.
        return self._select(num_before[places + self.length - 1] > num_before[reach])

    def _select(self, rows: slice | BoolArray) -> Spans:
        """Return some of the spans."""
        return Spans(self.series[rows], self.starts[rows], self.length, self.context_length)


def plan_spans(
    series: SeriesBatch, first: IntArray, context_length: int, shorten_context: bool
) -> list[Spans]:
    """Divide series into spans, and put those of the same shape together.

    The values of a span are scaled by those before it. So that the scale of a short past is soon
    replaced by a better one, a span is at most half as long as what was observed before it. Times
    up to the first observed one are in no span: nothing is known before them.

    Parameters
    ----------
    series : SeriesBatch
    first : int64 array of shape (series,)
        Grid position from which on the values of each series are predicted, to its end.
    context_length : int
        Tokens before a span.
    shorten_context : bool
        Whether contexts begin at the start of their series if that is later.

    Returns
    -------
    list of Spans
    """
    pieces: list[Piece] = []
    observed = ~np.isnan(series.values)
    for number, (offset, length) in enumerate(zip(series.offsets, series.lengths, strict=True)):
        num_observed = np.cumsum(observed[offset : offset + length])
        place = max(int(first[number] - series.starts[number]), 0)
        place = max(place, int(np.searchsorted(num_observed, 1)) + 1)
        while place < length:
            longest = max(int(num_observed[place - 1]) // 2, 1)
            span_length = min(longest, MAX_SPAN_LENGTH, int(length) - place)
            pieces.append(Piece(number, place, span_length))
            place += span_length
    return group_spans(series, pieces, context_length, shorten_context)


def group_spans(
    series: SeriesBatch, pieces: Iterable[Piece], context_length: int, shorten_context: bool
) -> list[Spans]:
    """Put the spans of the same shape together.

    Parameters
    ----------
    series : SeriesBatch
    pieces : iterable of Piece
    context_length, shorten_context
        As in ``plan_spans``.

    Returns
    -------
    list of Spans
    """
    shapes: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for number, place, length in pieces:
        context = min(context_length, place) if shorten_context else context_length
        start = int(series.starts[number]) + place
        shapes.setdefault((length, context), []).append((number, start))
    found = []
    for (length, context), places in shapes.items():
        numbers, starts = np.array(places, dtype=np.int64).T
        found.append(Spans(numbers, starts, length, context))
    return found
