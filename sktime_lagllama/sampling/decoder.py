"""The paths of one block of series: its context runs once, then every path step by step."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from sktime_lagllama.network.features import (
    Lags,
    ScaledWindow,
    Window,
    lag_features,
    padding_tokens,
    scale_window,
    tokens,
    transform_lags,
)
from sktime_lagllama.network.lag_llama import KeysValues, LagLlama
from sktime_lagllama.network.rotary import Rotary, rotary_angles
from sktime_lagllama.network.student_t import StudentT
from sktime_lagllama.sampling.buffers import Memory
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.path_attention import PathAttention, Prefix, attention_dtype
from sktime_lagllama.sampling.path_layers import LayerWeights, PathLayers
from sktime_lagllama.sampling.random_numbers import draw, noise_of


class Decoder:
    """Draws the paths of one block of series, whose context it keeps.

    Parameters
    ----------
    model : LagLlama
    weights : LayerWeights, optional
        Of the model; needed for paths of more than one step.
    window, calendar, horizon, options
        As in ``sampling.sample_paths``.
    """

    def __init__(
        self,
        model: LagLlama,
        weights: LayerWeights | None,
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
        self.weights = weights
        self.horizon = horizon
        self.options = options
        positions = context_length + horizon
        rotary = rotary_angles(config, positions, options.rope_scaling, weight.device, weight.dtype)
        self.loc, self.scale = scaled.loc, scaled.scale
        self.hidden, cache = _prefill(
            model, scaled, calendar[:, :context_length], rotary, keep_cache=horizon > 1
        )
        self.prefix = [_prefix(part) for part in cache]
        # Of the paths' own tokens: the last value drawn is never an input.
        self.rotary = Rotary(*(part[context_length : positions - 1] for part in rotary))
        self.padding: Tensor | None = None
        if config.mask_padding:
            padding = padding_tokens(scaled.observed, context_length).to(weight.device)
            if padding.any():
                self.padding = padding.repeat(config.num_heads, 1)[:, :, None]
        extended = _extend(scaled, horizon - 1)
        known = tokens(extended, calendar[:, context_length:], config)
        embedded = model.embedding(known.to(weight.device, weight.dtype))
        # What is known of the tokens to come, (steps, width, series).
        self.embedded = embedded.permute(1, 2, 0).contiguous()
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

    def paths(self, first: int, num_samples: int, memory: Memory) -> np.ndarray:
        """Draw ``num_samples`` paths of every series of the block.

        Parameters
        ----------
        first : int
            Number of the first path, counted through all series of the forecast.
        num_samples : int
        memory : Memory
            For buffers.

        Returns
        -------
        float64 array of shape (series, num_samples, horizon), in data units
        """
        device, horizon = self.hidden.device, self.horizon
        shape = (len(self.hidden), num_samples)
        drawn = torch.empty(*shape, horizon, device=device)
        noise = noise_of(self.options.seed, horizon, first, shape, device)
        distribution = self.model.distribution(self.hidden[:, None], self._lags_at(-1, drawn))
        layers = self._layers(num_samples, memory)
        # The path's values as they enter a token.
        entered = self.hidden.new_empty(horizon, shape[0] * num_samples)
        for step in range(horizon):
            value = draw(distribution, noise[step])
            if self.options.nonnegative:
                value = torch.maximum(value, self.smallest)
            drawn[:, :, step] = value
            if layers is not None and step + 1 < horizon:
                entered[step] = transform_lags(value, self.model.config).flatten()
                outputs = layers.run(self._embedded(step, entered, num_samples))
                distribution = self._distribution(outputs, self._lags_at(step, drawn))
        result = drawn.cpu().double() * self.scale[:, None] + self.loc[:, None]
        return (result.clamp_min(0.0) if self.options.nonnegative else result).numpy()

    def _layers(self, num_samples: int, memory: Memory) -> PathLayers | None:
        """Return what runs the paths' tokens, None if there are none."""
        if self.weights is None:
            return None
        num_heads, num_steps = self.model.config.num_heads, self.horizon - 1
        attention = PathAttention(
            self.prefix, self.padding, num_steps, num_heads, num_samples, memory
        )
        return PathLayers(self.weights, attention, self.rotary, memory)

    def _embedded(self, step: int, entered: Tensor, num_samples: int) -> Tensor:
        """Embed a step's tokens: what is known of them, and the lags that reach into the path.

        Parameters
        ----------
        step : int
            The tokens' step ahead, from 0.
        entered : Tensor of shape (horizon, paths)
            Drawn values, as they enter a token.
        num_samples : int

        Returns
        -------
        Tensor of shape (width, paths)
        """
        columns = torch.nonzero(self.lags <= step).squeeze(1)
        values = entered[step - self.lags[columns]]  # (columns, paths)
        known = self.embedded[step, :, :, None].expand(-1, -1, num_samples).flatten(1)
        return torch.addmm(known, self.model.embedding.weight[:, columns], values)

    def _distribution(self, outputs: Tensor, lags: Lags | None) -> StudentT:
        """Return the distributions of shape (series, samples) from what the heads read.

        Parameters
        ----------
        outputs : Tensor of shape (outputs, paths)
        lags : Lags of shape (series, samples, lags), optional
        """
        by_path = outputs.t().view(len(self.hidden), -1, len(outputs))
        raw, coefficients = by_path.tensor_split([len(StudentT._fields)], -1)
        return self.model.student_t(raw, None if lags is None else coefficients, lags)

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


def _prefix(cache: KeysValues) -> Prefix:
    """Lay a context's keys and values out as left factors for columns of paths."""
    dtype = attention_dtype(cache.keys.device, cache.keys.dtype)
    keys, values = (part.to(dtype).transpose(0, 1).flatten(0, 1) for part in cache)
    return Prefix(keys.contiguous(), values.transpose(1, 2).contiguous())


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
