"""Windows of at most ``context_length`` tokens that together cover whole series."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sktime_lagllama._typing import IntArray
from sktime_lagllama.data.series import SeriesBatch

OVERLAP = 0.25
"""Share of a window that the one before it has, too."""


class Spans(NamedTuple):
    """Which part of each series is embedded: from its first observed value to its last one.

    Attributes
    ----------
    skipped : int64 array of shape (series,)
        Missing values before the first observed one.
    lengths : int64 array of shape (series,)
        Times from the first observed value to the last, both included; 0 if nothing is observed.
    """

    skipped: IntArray
    lengths: IntArray


def observed_spans(series: SeriesBatch) -> Spans:
    """Find the first and the last observed value of every series.

    Parameters
    ----------
    series : SeriesBatch

    Returns
    -------
    Spans of shape (series,)
    """
    places = np.arange(len(series.values))
    observed = ~np.isnan(series.values)
    first = np.minimum.reduceat(np.where(observed, places, len(places)), series.offsets)
    last = np.maximum.reduceat(np.where(observed, places, -1), series.offsets)
    return Spans(skipped=first - series.offsets, lengths=np.maximum(last - first + 1, 0))


class TokenWindows(NamedTuple):
    """Windows of tokens, in the order of the series and of time.

    Places are counted from the first observed value of the window's series.

    Attributes
    ----------
    series : int64 array of shape (windows,)
        Number of the series.
    starts, stops : int64 array of shape (windows,)
        Place of the first token, and the place after the last one.
    first_new : int64 array of shape (windows,)
        Place of the first token that no earlier window of the series has.
    """

    series: IntArray
    starts: IntArray
    stops: IntArray
    first_new: IntArray


def token_windows(lengths: IntArray, context_length: int) -> TokenWindows:
    """Cover series by windows that overlap by ``OVERLAP`` of their length.

    So a token, other than the first ones of its series, sees at least that many others. The last
    window ends with the series and may overlap more.

    Parameters
    ----------
    lengths : int64 array of shape (series,)
        Times of each series, at least 1.
    context_length : int
        Tokens of a window; a shorter series has one window, of its own length.

    Returns
    -------
    TokenWindows
    """
    step = context_length - int(OVERLAP * context_length)
    beyond_first = np.maximum(lengths - context_length, 0)
    counts = 1 + -(-beyond_first // step)
    series = np.repeat(np.arange(len(lengths)), counts)
    numbers = np.arange(len(series)) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = np.minimum(step * numbers, beyond_first[series])
    stops = np.minimum(starts + context_length, lengths[series])
    first_new = np.where(numbers == 0, 0, np.roll(stops, 1))
    return TokenWindows(series, starts, stops, first_new)


def windows_of(series: SeriesBatch, context_length: int) -> tuple[Spans, TokenWindows]:
    """Return what of each series is embedded, and in which windows.

    Parameters
    ----------
    series : SeriesBatch
        Each has an observed value.
    context_length : int
        Tokens of a window.

    Returns
    -------
    spans : Spans of shape (series,)
    windows : TokenWindows
    """
    spans = observed_spans(series)
    return spans, token_windows(spans.lengths, context_length)
