"""The paths of one block of series: its context runs once, then every path step by step.

Everything that has a column per path is laid out with the paths innermost, ``(..., paths)``: each
step is then a plain matrix product per layer and element-wise work on whole rows of paths, and a
path's own keys and values are never moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

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
from sktime_lagllama.model.network import NORM_EPSILON, KeysValues, LagLlama, Rotary, rotary_angles
from sktime_lagllama.model.random_numbers import draw, noise_of

if TYPE_CHECKING:
    from sktime_lagllama.model.sampling import SamplingOptions


class LayerWeights(NamedTuple):
    """One block's matrices, with the norm before each of them and the attention's scale inside.

    Attributes
    ----------
    query_key_value : Tensor of shape (3 * width, width)
    attention_output : Tensor of shape (width, width)
    gate_and_up : Tensor of shape (2 * mlp_width, width)
    down : Tensor of shape (width, mlp_width)
    """

    query_key_value: Tensor
    attention_output: Tensor
    gate_and_up: Tensor
    down: Tensor


def layer_weights(model: LagLlama) -> list[LayerWeights]:
    """Fold what multiplies a layer's inputs into its matrices.

    Parameters
    ----------
    model : LagLlama

    Returns
    -------
    list of LayerWeights, one a block
    """
    config = model.config
    folded = []
    for block in model.layers:
        projection = block.query_key_value.weight * block.attention_norm.weight
        projection[: config.width] *= config.head_dim**-0.5
        folded.append(
            LayerWeights(
                projection,
                block.attention_output.weight,
                block.gate_and_up.weight * block.mlp_norm.weight,
                block.down.weight,
            )
        )
    return folded


class Decoder:
    """Draws the paths of one block of series, whose context it keeps.

    Parameters
    ----------
    model : LagLlama
    layers : list of LayerWeights
        Of the model.
    window, calendar, horizon, options
        As in ``sampling.sample_paths``.
    """

    def __init__(
        self,
        model: LagLlama,
        layers: list[LayerWeights],
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
        self.layers = layers
        self.horizon = horizon
        self.options = options
        self.context_length = context_length
        positions = context_length + horizon
        rotary = rotary_angles(config, positions, options.rope_scaling, weight.device, weight.dtype)
        self.loc, self.scale = scaled.loc, scaled.scale
        self.hidden, cache = _prefill(
            model, scaled, calendar[:, :context_length], rotary, keep_cache=horizon > 1
        )
        self.prefix = [_for_columns(part) for part in cache]
        # Half of the angles: the other half is the same.
        half = config.head_dim // 2
        self.cos, self.sin = (part[:, :half, None] for part in rotary)  # (positions, half, 1)
        self.padding: Tensor | None = None
        if config.mask_padding:
            padding = padding_tokens(scaled.observed, context_length).to(weight.device)
            if padding.any():
                self.padding = padding[None, :, :, None]  # (1, series, context_length, 1)
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
        num_paths = num_series * num_samples
        drawn = torch.empty(num_series, num_samples, self.horizon, device=weight.device)
        # The path's values as they enter a token.
        entered = torch.empty(self.horizon, num_paths, device=weight.device, dtype=weight.dtype)
        own = torch.empty(
            *(len(self.prefix), 2, config.num_heads, max(self.horizon - 1, 0), config.head_dim),
            num_paths,
            device=weight.device,
            dtype=weight.dtype,
        )
        hidden = self.hidden[:, None]  # (series, 1, width)
        for step in range(self.horizon):
            noise = noise_of(
                self.options.seed, step, first, (num_series, num_samples), weight.device
            )
            value = draw(model.distribution(hidden, self._lags_at(step - 1, drawn)), noise)
            if self.options.nonnegative:
                value = torch.maximum(value, self.smallest)
            drawn[:, :, step] = value
            if step + 1 < self.horizon:
                entered[step] = transform_lags(value, config).to(weight.dtype).flatten()
                columns = self._step(step, entered, own, num_samples)
                hidden = columns.t().view(num_series, num_samples, -1)
        result = drawn.cpu().double() * self.scale[:, None] + self.loc[:, None]
        return (result.clamp_min(0.0) if self.options.nonnegative else result).numpy()

    def _step(self, step: int, entered: Tensor, own: Tensor, num_samples: int) -> Tensor:
        """Run the token of the step that was just drawn through the blocks.

        Parameters
        ----------
        step : int
            The token's step ahead, from 0.
        entered : Tensor of shape (horizon, paths)
            Drawn values as they enter a token.
        own : Tensor of shape (layers, 2, heads, horizon - 1, head_dim, paths)
            Keys and values of the paths' own tokens; this step's are written.
        num_samples : int

        Returns
        -------
        Tensor of shape (width, paths)
        """
        config = self.model.config
        cos = self.cos[self.context_length + step]
        sin = self.sin[self.context_length + step]
        hidden = self._embedded(step, entered, num_samples)
        for layer, prefix, (keys, values) in zip(self.layers, self.prefix, own, strict=True):
            projected = layer.query_key_value @ _normalised(hidden)
            heads = projected.view(3 * config.num_heads, config.head_dim, -1)
            _rotate_columns(heads[: 2 * config.num_heads], cos, sin)
            queries, keys[:, step], values[:, step] = heads.chunk(3)
            steps = KeysValues(keys[:, : step + 1], values[:, : step + 1])
            attended = attend(queries, prefix, steps, self.padding)
            hidden = torch.addmm(hidden, layer.attention_output, attended)
            gate, up = (layer.gate_and_up @ _normalised(hidden)).chunk(2)
            hidden = torch.addmm(hidden, layer.down, functional.silu(gate).mul_(up))
        return hidden

    def _embedded(self, step: int, entered: Tensor, num_samples: int) -> Tensor:
        """Embed a step's tokens: what is known of them, and the lags that reach into the path.

        Returns
        -------
        Tensor of shape (width, paths)
        """
        embedding = self.model.embedding
        known = embedding(self.known[:, step])  # (series, width)
        columns = torch.nonzero(self.lags <= step).squeeze(1)
        values = entered[step - self.lags[columns]]  # (columns, paths)
        repeated = known.t()[:, :, None].expand(-1, -1, num_samples).flatten(1)
        return torch.addmm(repeated, embedding.weight[:, columns], values)

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


def attend(queries: Tensor, prefix: KeysValues, own: KeysValues, padding: Tensor | None) -> Tensor:
    """Attend from each path's newest token to its series' context and to its own steps.

    The context's keys and values are those of the series, never copied per path: its part is one
    matrix product per series (Juravsky et al., Hydragen, arXiv 2402.05099).

    Parameters
    ----------
    queries : Tensor of shape (heads, head_dim, paths)
        Scaled by ``head_dim ** -0.5``.
    prefix : KeysValues
        Keys of shape (heads, series, context_length, head_dim), values transposed.
    own : KeysValues of shape (heads, steps, head_dim, paths)
    padding : bool Tensor of shape (1, series, context_length, 1), optional
        True where the context is not attended to.

    Returns
    -------
    Tensor of shape (heads * head_dim, paths)
    """
    heads, head_dim, paths = queries.shape
    series, context_length = prefix.keys.shape[1:3]
    by_series = queries.view(heads, head_dim, series, -1).transpose(1, 2)
    on_prefix = prefix.keys @ by_series  # (heads, series, context_length, samples)
    if padding is not None:
        on_prefix = on_prefix.masked_fill(padding, -torch.inf)
    on_prefix = on_prefix.transpose(1, 2).reshape(heads, context_length, paths)
    on_own = (own.keys * queries[:, None]).sum(2)  # (heads, steps, paths)
    weights = torch.cat((on_prefix, on_own), dim=1).softmax(dim=1)
    on_prefix, on_own = weights.split((context_length, own.keys.shape[1]), dim=1)
    by_series = on_prefix.view(heads, context_length, series, -1).transpose(1, 2)
    from_prefix = (prefix.values @ by_series).transpose(1, 2).reshape(heads, head_dim, paths)
    from_own = (own.values * on_own[:, :, None]).sum(1)
    return (from_prefix + from_own).view(heads * head_dim, paths)


def _normalised(hidden: Tensor) -> Tensor:
    """Divide columns by their root mean square, shape (width, paths)."""
    square = torch.linalg.vector_norm(hidden, dim=0, keepdim=True, dtype=torch.float32).square()
    return hidden * (square / hidden.shape[0] + NORM_EPSILON).rsqrt().to(hidden.dtype)


def _rotate_columns(heads: Tensor, cos: Tensor, sin: Tensor) -> None:
    """Apply ``network.rotate`` in place to shape (heads, head_dim, paths)."""
    first, second = heads.chunk(2, dim=1)
    rotated = first * cos - second * sin
    second.mul_(cos).addcmul_(first, sin)
    first.copy_(rotated)


def _for_columns(cache: KeysValues) -> KeysValues:
    """Lay a context's keys and values out for queries with the paths innermost."""
    keys, values = cache  # (series, heads, context_length, head_dim)
    return KeysValues(
        keys.transpose(0, 1).contiguous(), values.transpose(0, 1).transpose(2, 3).contiguous()
    )


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


def _extend(scaled: ScaledWindow, steps: int) -> ScaledWindow:
    """Append forecast steps, as observed zeros: lags that reach into a path are added to them."""
    shape = (scaled.values.shape[0], steps)
    return scaled._replace(
        values=torch.cat((scaled.values, scaled.values.new_zeros(shape)), dim=1),
        observed=torch.cat((scaled.observed, scaled.observed.new_ones(shape)), dim=1),
    )
