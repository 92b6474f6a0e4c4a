"""Prefill once, then draw paths with a key-value cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sktime_lagllama.model.config import LagLlamaConfig, RopeScaling
from sktime_lagllama.model.features import (
    Lags,
    ScaledWindow,
    Window,
    lag_features,
    padding_tokens,
    scale_window,
    tokens,
    transform_lags,
)
from sktime_lagllama.model.network import KeysValues, LagLlama, Rotary, StudentT, rotary_angles

UNIFORMS_PER_DRAW = 2
_PHILOX_BLOCK = 4
AUTO_ROWS_AT_ONCE = 2048
AUTO_CACHE_BYTES = 2**29


@dataclass(frozen=True)
class SamplingOptions:
    """How paths are drawn.

    Parameters
    ----------
    num_samples : int, default=100
        Paths per series.
    context_length : int, optional
        Tokens of context. None: what the checkpoint was trained with.
    rope_scaling : {"linear", "dynamic"}, optional
        See ``rotary_angles``.
    nonnegative : bool, default=False
        Clip every value at zero, in data units, as it is drawn.
    batch_size : int, optional
        Rows (paths of all series, or context tokens) that go through the network at once; bounds
        memory and changes no result. None: 2,048, or fewer where a long horizon makes the cached
        keys and values of so many paths larger than half a gigabyte.
    seed : int, default=0
        The same seed gives the same paths, on every device and for every ``batch_size``.
    """

    num_samples: int = 100
    context_length: int | None = None
    rope_scaling: RopeScaling | None = None
    nonnegative: bool = False
    batch_size: int | None = None
    seed: int = 0

    def context(self, config: LagLlamaConfig) -> int:
        """Return the tokens of context with this checkpoint."""
        return config.context_length if self.context_length is None else self.context_length


def uniforms(seed: int, step: int, start: int, count: int) -> np.ndarray:
    """Return uniform numbers that depend on nothing but the seed and their place.

    Philox is counter-based: any stretch of its stream can be had without what comes before, so that
    paths do not depend on how they are batched, nor on how far ahead the horizon reaches.

    Parameters
    ----------
    seed : int
    step : int
        Step ahead, from 0; each has a stream of its own.
    start : int
        First path, counted through all series.
    count : int
        Number of paths.

    Returns
    -------
    float64 array of shape (count, 2), in [0, 1)
    """
    first = start * UNIFORMS_PER_DRAW
    skipped = first % _PHILOX_BLOCK
    bits = np.random.Philox(np.random.SeedSequence((seed, step)))
    bits.advance(first // _PHILOX_BLOCK)
    stream = np.random.Generator(bits).random(skipped + count * UNIFORMS_PER_DRAW)
    return stream[skipped:].reshape(count, UNIFORMS_PER_DRAW)


def draw(distribution: StudentT, noise: Tensor) -> Tensor:
    """Draw from Student-t distributions by Bailey's polar method (1994, Math. Comp. 62, 779-781).

    ``sqrt(df * (u ** (-2 / df) - 1)) * cos(2 * pi * v)`` for uniform u and v has that distribution:
    no rejection, so that every draw takes two uniforms, on any device.

    Parameters
    ----------
    distribution : StudentT of shape (series, samples) or (series, 1)
    noise : Tensor of shape (series, samples, 2)
        ``log(u)`` and ``cos(2 * pi * v)``.

    Returns
    -------
    Tensor of shape (series, samples)
    """
    log_u, cosine = noise.unbind(-1)
    # expm1 keeps the digits that u ** (-2 / df) - 1 loses for u near 1.
    radius = (distribution.df * torch.expm1(-2.0 / distribution.df * log_u)).sqrt()
    return distribution.loc + distribution.scale * radius * cosine


def sample_paths(
    model: LagLlama,
    window: Window,
    calendar: Tensor,
    horizon: int,
    options: SamplingOptions,
    first_series: int = 0,
    progress: Callable[[int], object] | None = None,
) -> np.ndarray:
    """Draw sample paths for every series, block by block.

    Location and scale stay those of the forecast origin along a path: it is how the network was
    trained, and it keeps the cached keys and values exact.

    Parameters
    ----------
    model : LagLlama
        On the device that shall compute; what goes in and comes out is on the CPU.
    window : Window of shape (series, max_lag + context_length)
    calendar : float32 Tensor of shape (series or 1, context_length + horizon - 1, 6)
        Calendar features of the context's steps and of all forecast steps but the last.
    horizon : int
        Steps ahead.
    options : SamplingOptions
    first_series : int, default=0
        Number of the first series, where these are part of more: the paths are those that it and
        the following ones have there.
    progress : callable, optional
        Called with the number of values drawn since its last call.

    Returns
    -------
    float64 array of shape (series, num_samples, horizon), in data units
    """
    num_series, num_samples = window.values.shape[0], options.num_samples
    paths = np.empty((num_series, num_samples, horizon))
    with torch.inference_mode():
        for series, samples in _blocks(num_series, horizon, options, model.config):
            block = Window(window.values[series], window.observed[series])
            block_calendar = calendar if calendar.shape[0] == 1 else calendar[series]
            decoder = Decoder(model, block, block_calendar, horizon, options)
            for chunk in samples:
                first = (first_series + series.start) * num_samples + chunk.start
                drawn = decoder.paths(first, chunk.stop - chunk.start)
                paths[series, chunk] = drawn
                if progress is not None:
                    progress(drawn.size)
    return paths


def _blocks(
    num_series: int, horizon: int, options: SamplingOptions, config: LagLlamaConfig
) -> Iterator[tuple[slice, list[slice]]]:
    """Yield blocks of series, each with its blocks of paths, of at most ``batch_size`` rows."""
    num_samples = options.num_samples
    rows = options.batch_size
    if rows is None:
        bytes_per_path = 4 * horizon * config.num_layers * 2 * config.width
        rows = max(1, min(AUTO_ROWS_AT_ONCE, AUTO_CACHE_BYTES // bytes_per_path))
    at_once = max(1, rows // max(num_samples, options.context(config)))
    # Several series at a time take all their paths, so that the paths of a block are consecutive.
    paths_at_once = num_samples if at_once > 1 else min(rows, num_samples)
    chunks = [
        slice(start, min(start + paths_at_once, num_samples))
        for start in range(0, num_samples, paths_at_once)
    ]
    for start in range(0, num_series, at_once):
        yield slice(start, min(start + at_once, num_series)), chunks


def _rotary(model: LagLlama, options: SamplingOptions, horizon: int) -> Rotary:
    weight = model.head.weight
    positions = options.context(model.config) + horizon
    return rotary_angles(model.config, positions, options.rope_scaling, weight.device, weight.dtype)


def _prefill(
    model: LagLlama, scaled: ScaledWindow, calendar: Tensor, rotary: Rotary, keep_cache: bool
) -> tuple[Tensor, list[KeysValues]]:
    """Run the context through the network once a series.

    Returns
    -------
    hidden : Tensor of shape (series, width)
        The last token's.
    cache : list of KeysValues of shape (series, heads, context_length, head_dim)
    """
    weight = model.head.weight
    context = tokens(scaled, calendar, model.config)
    num_tokens = context.shape[1]
    padding = None
    if model.config.mask_padding:
        padding = padding_tokens(scaled.observed, num_tokens).to(weight.device)
    hidden, cache = model.encode(
        context.to(weight.device, weight.dtype),
        Rotary(rotary.cos[:num_tokens], rotary.sin[:num_tokens]),
        padding,
        keep_cache,
    )
    return hidden[:, -1], cache


class Decoder:
    """Draws the paths of one block of series, whose context it keeps.

    Parameters
    ----------
    model, window, calendar, horizon, options
        As in ``sample_paths``.
    """

    def __init__(
        self,
        model: LagLlama,
        window: Window,
        calendar: Tensor,
        horizon: int,
        options: SamplingOptions,
    ) -> None:
        config = model.config
        context_length = options.context(config)
        weight = model.head.weight
        scaled = scale_window(window, config)
        self.model = model
        self.horizon = horizon
        self.options = options
        self.context_length = context_length
        self.rotary = _rotary(model, options, horizon)
        self.loc, self.scale = scaled.loc, scaled.scale
        self.hidden, self.prefix = _prefill(
            model, scaled, calendar[:, :context_length], self.rotary, keep_cache=horizon > 1
        )
        self.padding: Tensor | None = None
        if config.mask_padding:
            padding = padding_tokens(scaled.observed, context_length).to(weight.device)
            self.padding = padding[:, None, None]  # (series, 1, 1, context_length)
        extended = _extend(scaled, horizon - 1)
        self.known = tokens(extended, calendar[:, context_length:], config).to(
            weight.device, weight.dtype
        )
        self.smallest = (-self.loc / self.scale).float().to(weight.device)
        self.lags = torch.tensor(config.lags, device=weight.device)
        self.known_lags: Lags | None = None
        if config.autoregressive_head:
            # Of the context's last token and of the forecast steps, (series, horizon, lags) each.
            values, observed = (
                lag_features(part, self.lags.cpu(), horizon).float().to(weight.device)
                for part in (extended.values, extended.observed)
            )
            told = observed if config.observed_features else torch.ones_like(observed)
            self.known_lags = Lags(values, told)

    def paths(self, first: int, num_samples: int) -> np.ndarray:
        """Draw ``num_samples`` paths of every series of the block.

        Parameters
        ----------
        first : int
            Number of the first path, counted through all series of the forecast.
        num_samples : int

        Returns
        -------
        float64 array of shape (series, num_samples, horizon), in data units
        """
        model, config = self.model, self.model.config
        weight = model.head.weight
        num_series = self.known.shape[0]
        drawn = torch.empty(num_series, num_samples, self.horizon, device=weight.device)
        entered = torch.empty_like(drawn, dtype=weight.dtype)
        shape = (num_series, config.num_heads, num_samples, max(self.horizon - 1, 0))
        own = [
            KeysValues(
                torch.empty(*shape, config.head_dim, device=weight.device, dtype=weight.dtype),
                torch.empty(*shape, config.head_dim, device=weight.device, dtype=weight.dtype),
            )
            for _ in self.prefix
        ]
        hidden = self.hidden[:, None]  # (series, 1, width)
        for step in range(self.horizon):
            noise = self._noise(step, first, num_samples)
            value = draw(model.distribution(hidden, self._lags_at(step - 1, drawn)), noise)
            if self.options.nonnegative:
                value = torch.maximum(value, self.smallest)
            drawn[:, :, step] = value
            if step + 1 < self.horizon:
                entered[:, :, step] = transform_lags(value, config).to(weight.dtype)
                hidden = self._step(step, entered, own)
        result = drawn.cpu().double() * self.scale[:, None] + self.loc[:, None]
        return (result.clamp_min(0.0) if self.options.nonnegative else result).numpy()

    def _noise(self, step: int, first: int, num_samples: int) -> Tensor:
        """Return ``log(u)`` and ``cos(2 * pi * v)``, float32 (series, samples, 2)."""
        num_series = self.known.shape[0]
        numbers = uniforms(self.options.seed, step, first, num_series * num_samples)
        numbers[:, 0] = np.log1p(-numbers[:, 0])  # 1 - u is never 0
        numbers[:, 1] = np.cos(2 * np.pi * numbers[:, 1])
        noise = torch.from_numpy(numbers.astype(np.float32)).to(self.known.device)
        return noise.view(num_series, num_samples, UNIFORMS_PER_DRAW)

    def _step(self, step: int, entered: Tensor, own: list[KeysValues]) -> Tensor:
        """Run the token of the step that was just drawn through the blocks.

        Parameters
        ----------
        step : int
            The token's step ahead, from 0.
        entered : Tensor of shape (series, samples, horizon)
            Drawn values as they enter a token.
        own : list of KeysValues of shape (series, heads, samples, horizon - 1, head_dim)
            Keys and values of the paths' own tokens; this step's are written.

        Returns
        -------
        Tensor of shape (series, samples, width)
        """
        model = self.model
        rotary = self.rotary.at(self.context_length + step)
        hidden = model.embedding(self.known[:, step])[:, None] + self._drawn_lags(step, entered)
        for block, prefix, mine in zip(model.layers, self.prefix, own, strict=True):
            queries, keys, values = block.project(hidden, rotary)
            mine.keys[:, :, :, step] = keys
            mine.values[:, :, :, step] = values
            steps = KeysValues(mine.keys[:, :, :, : step + 1], mine.values[:, :, :, : step + 1])
            hidden = block.combine(hidden, attend(queries, prefix, steps, self.padding))
        return hidden

    def _lags_at(self, step: int, drawn: Tensor) -> Lags | None:
        """Return the lags of one step's tokens, None to a model without an autoregressive head.

        Parameters
        ----------
        step : int
            The tokens' step ahead, from 0; -1 is the context's last token.
        drawn : float32 Tensor of shape (series, samples, horizon)
            Drawn values, in scaled units.

        Returns
        -------
        Lags of shape (series, samples or 1, lags)
        """
        if self.known_lags is None:
            return None
        values, observed = (part[:, step + 1, None] for part in self.known_lags)
        if step >= 0:
            columns = torch.nonzero(self.lags <= step).squeeze(1)
            values = values.repeat(1, drawn.shape[1], 1)
            values[:, :, columns] = drawn[:, :, step - self.lags[columns]]
        return Lags(values, observed)

    def _drawn_lags(self, step: int, entered: Tensor) -> Tensor:
        """Embed the lags that reach into the path itself, (series, samples, width)."""
        columns = torch.nonzero(self.lags <= step).squeeze(1)
        values = entered[:, :, step - self.lags[columns]]  # (series, samples, columns)
        return values @ self.model.embedding.weight[:, columns].T


def _extend(scaled: ScaledWindow, steps: int) -> ScaledWindow:
    """Append forecast steps, as observed zeros: lags that reach into a path are added to them."""
    shape = (scaled.values.shape[0], steps)
    return scaled._replace(
        values=torch.cat((scaled.values, scaled.values.new_zeros(shape)), dim=1),
        observed=torch.cat((scaled.observed, scaled.observed.new_ones(shape)), dim=1),
    )


def attend(queries: Tensor, prefix: KeysValues, own: KeysValues, padding: Tensor | None) -> Tensor:
    """Attend from each path's newest token to its series' context and to its own steps.

    The context's keys and values are those of the series, never copied per path: its part is one
    matrix product per series (Juravsky et al., Hydragen, arXiv 2402.05099).

    Parameters
    ----------
    queries : Tensor of shape (series, heads, samples, head_dim)
    prefix : KeysValues of shape (series, heads, context_length, head_dim)
    own : KeysValues of shape (series, heads, samples, steps, head_dim)
    padding : bool Tensor of shape (series, 1, 1, context_length), optional
        True where the context is not attended to.

    Returns
    -------
    Tensor of shape (series, heads, samples, head_dim)
    """
    context_length = prefix.keys.shape[2]
    queries = queries * queries.shape[-1] ** -0.5
    on_prefix = queries @ prefix.keys.transpose(2, 3)  # (series, heads, samples, context)
    if padding is not None:
        on_prefix = on_prefix.masked_fill(padding, -torch.inf)
    on_own = (own.keys @ queries.unsqueeze(-1)).squeeze(-1)  # (series, heads, samples, steps)
    weights = torch.cat((on_prefix, on_own), dim=-1).softmax(dim=-1)
    from_prefix = weights[..., :context_length] @ prefix.values
    from_own = (weights[..., None, context_length:] @ own.values).squeeze(-2)
    return from_prefix + from_own
