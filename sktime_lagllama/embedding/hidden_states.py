"""Whole series through the network: the hidden states of every time, a few windows at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sktime_lagllama._progress import progress_bar
from sktime_lagllama._typing import BoolArray, Float32Array, Float64Array, IntArray
from sktime_lagllama.data.series import SeriesBatch
from sktime_lagllama.embedding.token_windows import Spans, TokenWindows
from sktime_lagllama.network.features import ScaledWindow, Window, scale_window, tokens
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.threads import in_threads, num_threads_for

MAX_TOKENS_ON_CPU = 1024
"""Tokens that go through the network at once on one CPU core: fewer are slower, more no faster."""

MAX_TOKENS_ON_ACCELERATOR = 32_768
"""Tokens that go through the network at once on any other device."""

MAX_STEPS_OF_GROUP = 2**20
"""Time steps of the series that are scaled at the same time, at some 50 bytes each."""


class WindowStates(NamedTuple):
    """Hidden states of a few windows.

    Attributes
    ----------
    numbers : int64 array of shape (windows,)
        Of the windows, in the order of ``TokenWindows``.
    hidden : float32 array of shape (windows, tokens, width)
        Windows that have fewer tokens than others have rows without a meaning in front.
    is_new : bool array of shape (windows, tokens)
        Whether the token belongs to the window, and to no earlier window of the series.
    observed : bool array of shape (windows, tokens)
        Whether the series has a value at the token's time.
    """

    numbers: IntArray
    hidden: Float32Array
    is_new: BoolArray
    observed: BoolArray


class LevelAndScale(NamedTuple):
    """Location and scale that the network divided each series by.

    Attributes
    ----------
    loc, scale : float64 array of shape (series,)
        In data units; the scale is positive.
    """

    loc: Float64Array
    scale: Float64Array


Visit = Callable[[WindowStates], object]
"""Is called with windows in any order, and by several threads at the same time."""


@dataclass(frozen=True)
class _Group:
    """Series of similar lengths, scaled, whose last observed values stand in the last column.

    Parameters
    ----------
    numbers : int64 array of shape (series,)
    scaled : ScaledWindow of shape (series, max_lag + times)
    calendar : float32 Tensor of shape (series, times, 6)
    before : int64 array of shape (series,)
        Times before the first observed value of each series.
    """

    numbers: IntArray
    scaled: ScaledWindow
    calendar: Tensor
    before: IntArray

    def windows_ending_at(
        self, rows: IntArray, times: IntArray, max_lag: int
    ) -> tuple[ScaledWindow, Tensor]:
        """Cut windows of tokens, and the lags before them, out of the series.

        Parameters
        ----------
        rows : int64 array of shape (windows,)
            Row of each window's series.
        times : int64 array of shape (windows, tokens)
            Times of the tokens.
        max_lag : int

        Returns
        -------
        scaled : ScaledWindow of shape (windows, max_lag + tokens)
        calendar : float32 Tensor of shape (windows, tokens, 6)
        """
        of_row = torch.from_numpy(rows)
        of_rows = of_row[:, None]
        columns = torch.from_numpy(times[:, :1] + np.arange(max_lag + times.shape[1]))
        scaled = ScaledWindow(
            values=self.scaled.values[of_rows, columns],
            observed=self.scaled.observed[of_rows, columns],
            loc=self.scaled.loc[of_row],
            scale=self.scaled.scale[of_row],
            level_features=self.scaled.level_features[of_row],
        )
        return scaled, self.calendar[of_rows, torch.from_numpy(times)]


@dataclass(frozen=True)
class Embedding:
    """How series are run through the network.

    A series is scaled once, by the location and scale of all its values. Then windows of it, each
    with the lags before it, pass through the network (``token_windows``). A token sees those before
    it in its window, and the scale of the whole series.

    Parameters
    ----------
    model : LagLlama
    layers : sequence of int
        Number of layers after which the residual stream is read, from 0 (before the first layer) to
        ``config.num_layers``. Those of several layers stand side by side.
    context_length : int
        Tokens of a window.
    batch_size : int, optional
        Tokens that go through the network at once, but at least one window. None: as many as are
        fast.
    """

    model: LagLlama
    layers: Sequence[int]
    context_length: int
    batch_size: int | None = None

    @property
    def width(self) -> int:
        """Numbers of a hidden state."""
        return len(self.layers) * self.model.config.width

    def run(
        self, series: SeriesBatch, spans: Spans, windows: TokenWindows, visit: Visit
    ) -> LevelAndScale:
        """Run every window of every series through the network.

        A terminal shows a progress bar if this takes more than two seconds.

        Parameters
        ----------
        series : SeriesBatch
        spans : Spans
            As ``observed_spans`` returns them; every series has an observed value.
        windows : TokenWindows
            As ``windows_of`` returns them.
        visit : callable
            Gets the hidden states.

        Returns
        -------
        LevelAndScale
        """
        level = LevelAndScale(np.empty(series.num_series), np.empty(series.num_series))
        num_tokens = int((windows.stops - windows.starts).sum())
        with progress_bar("embedding", total=num_tokens) as bar:
            for numbers in _groups(spans.lengths, self.model.config.max_lag):
                group = self._scaled_group(series, spans, numbers)
                level.loc[numbers] = group.scaled.loc[:, 0]
                level.scale[numbers] = group.scaled.scale[:, 0]
                self._run_group(group, windows, visit, bar.update)
        return level

    def _scaled_group(self, series: SeriesBatch, spans: Spans, numbers: IntArray) -> _Group:
        """Scale some series, and compute their calendar features."""
        config = self.model.config
        num_times = int(spans.lengths[numbers].max())
        if not config.mask_padding:
            num_times = max(num_times, self.context_length)
        lasts = series.starts[numbers] + spans.skipped[numbers] + spans.lengths[numbers] - 1
        values = series.windows(numbers, lasts, config.max_lag + num_times)
        observed = ~np.isnan(values)
        window = Window(
            torch.from_numpy(np.where(observed, values, 0.0)), torch.from_numpy(observed)
        )
        return _Group(
            numbers=numbers,
            scaled=scale_window(window, config),
            calendar=torch.from_numpy(series.calendars(numbers, lasts, num_times, 0)),
            before=num_times - spans.lengths[numbers],
        )

    def _run_group(
        self,
        group: _Group,
        windows: TokenWindows,
        visit: Visit,
        progress: Callable[[int], object],
    ) -> None:
        """Run the windows of some series through the network, in threads."""
        row_of_series = np.full(windows.series[-1] + 1, -1)
        row_of_series[group.numbers] = np.arange(len(group.numbers))
        rows = row_of_series[windows.series]

        def run_piece(numbers: IntArray) -> None:
            visit(self._window_states(group, windows, rows[numbers], numbers))
            progress(int((windows.stops - windows.starts)[numbers].sum()))

        device = self.model.head.weight.device
        num_threads = num_threads_for(device)
        pieces = self._pieces(windows, np.flatnonzero(rows >= 0), num_threads)
        in_threads(num_threads, run_piece, [(piece,) for piece in pieces])

    def _pieces(
        self, windows: TokenWindows, numbers: IntArray, num_threads: int
    ) -> Iterator[IntArray]:
        """Divide windows into those that go through the network at once, long ones first."""
        lengths = (windows.stops - windows.starts)[numbers]
        if not self.model.config.mask_padding:
            lengths = np.full_like(lengths, self.context_length)
        order = np.argsort(-lengths, kind="stable")
        numbers, lengths = numbers[order], lengths[order]
        max_tokens = self.batch_size
        if max_tokens is None:
            is_on_cpu = self.model.head.weight.device.type == "cpu"
            max_tokens = MAX_TOKENS_ON_CPU if is_on_cpu else MAX_TOKENS_ON_ACCELERATOR
            # Each thread gets its share of a small job.
            max_tokens = min(max_tokens, -(-int(lengths.sum()) // num_threads))
        start = 0
        while start < len(numbers):
            stop = start + max(1, max_tokens // int(lengths[start]))
            yield numbers[start:stop]
            start = stop

    @torch.inference_mode()
    def _window_states(
        self, group: _Group, windows: TokenWindows, rows: IntArray, numbers: IntArray
    ) -> WindowStates:
        """Run a few windows through the network.

        Parameters
        ----------
        group : _Group
        windows : TokenWindows
        rows : int64 array of shape (windows,)
            Row of each window's series in the group.
        numbers : int64 array of shape (windows,)
            Of the windows.

        Returns
        -------
        WindowStates
        """
        config, weight = self.model.config, self.model.head.weight
        lengths = (windows.stops - windows.starts)[numbers]
        num_tokens = int(lengths.max()) if config.mask_padding else self.context_length
        # Places of the tokens among the times of their series; negative ones are padding.
        places = windows.stops[numbers][:, None] + np.arange(-num_tokens, 0)
        is_padding = np.arange(num_tokens) < (num_tokens - lengths)[:, None]
        times = places + group.before[rows][:, None]
        scaled, calendar = group.windows_ending_at(rows, times, config.max_lag)
        padding = torch.from_numpy(is_padding).to(weight.device)
        streams = self.model.residual_streams(
            tokens(scaled, calendar, config).to(weight.device, weight.dtype),
            padding=padding if config.mask_padding and is_padding.any() else None,
        )
        return WindowStates(
            numbers=numbers,
            hidden=_read_layers(streams, self.layers).float().cpu().numpy(),
            is_new=places >= windows.first_new[numbers][:, None],
            observed=scaled.observed[:, -num_tokens:].numpy(),
        )


def _groups(lengths: IntArray, max_lag: int) -> Iterator[IntArray]:
    """Divide series, the longest ones first, so that those of a group together are not too long."""
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        steps = max_lag + int(lengths[order[start]])
        stop = start + max(1, MAX_STEPS_OF_GROUP // steps)
        yield order[start:stop]
        start = stop


def _read_layers(streams: Iterator[Tensor], layers: Sequence[int]) -> Tensor:
    """Return the residual streams after some layers side by side; no later layer is computed."""
    read: dict[int, Tensor] = {}
    for number, stream in enumerate(streams):
        if number in layers:
            read[number] = stream
        if number == max(layers):
            break
    return torch.cat([read[layer] for layer in layers], dim=-1)
