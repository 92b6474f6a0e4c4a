"""The contexts of a block of series, which pass through the network before any path is drawn."""

from __future__ import annotations

from dataclasses import dataclass

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
)
from sktime_lagllama.network.lag_llama import KeysValues, LagLlama
from sktime_lagllama.network.rotary import Rotary, rotary_angles
from sktime_lagllama.network.student_t import StudentT
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.path_attention import ContextKeysValues, attention_dtype


@dataclass(frozen=True)
class Context:
    """What the paths of a block of series start from: everything that is known at the cutoff.

    Tensors are on the device of the model, except for ``loc`` and ``scale``.

    Parameters
    ----------
    model : LagLlama
    horizon : int
        Steps ahead.
    loc, scale : float64 Tensor of shape (series, 1)
        Location and scale of the windows, in data units, on the CPU.
    hidden : Tensor of shape (series, width)
        The residual stream of the last token.
    keys_values : list of ContextKeysValues
        One per layer; empty if the horizon is 1.
    padding : bool Tensor of shape (heads * series, context_length, 1), optional
        True where paths must not attend to the context. None: they may attend to all of it.
    path_rotary : Rotary of shape (horizon - 1, head_dim)
        Angles of the paths' tokens. The last value of a path is never part of a token.
    known_embedding : Tensor of shape (horizon - 1, width, series)
        Embedding of the paths' tokens without the lags that reach into the path.
    lags : int64 Tensor of shape (lags,)
        The lags of the configuration.
    known_lags : Lags of shape (series, horizon, lags), optional
        For an autoregressive head: the lags of the context's last token and of the paths' tokens,
        in scaled units, with 0 for those that reach into the path.
    """

    model: LagLlama
    horizon: int
    loc: Tensor
    scale: Tensor
    hidden: Tensor
    keys_values: list[ContextKeysValues]
    padding: Tensor | None
    path_rotary: Rotary
    known_embedding: Tensor
    lags: Tensor
    known_lags: Lags | None

    def one_step_distribution(self) -> StudentT:
        """Return the exact distribution of the first step after the cutoff.

        Returns
        -------
        StudentT of shape (series, 1)
            In scaled units: in data units, its location is ``self.loc + self.scale * loc`` and its
            scale ``self.scale * scale``.
        """
        lags = None
        if self.known_lags is not None:
            lags = Lags(*(part[:, :1] for part in self.known_lags))
        return self.model.distribution(self.hidden[:, None], lags)


def prefill(
    model: LagLlama, window: Window, calendar: Tensor, horizon: int, options: SamplingOptions
) -> Context:
    """Run the context of every series through the network.

    Parameters
    ----------
    model : LagLlama
    window, calendar, horizon, options
        As in ``sampler.sample_paths``.

    Returns
    -------
    Context
    """
    config, weight = model.config, model.head.weight
    context_length = options.context(config)
    num_positions = context_length + horizon
    rotary = rotary_angles(config, num_positions, options.rope_scaling, weight.device, weight.dtype)
    scaled = scale_window(window, config)
    padding = None
    if config.mask_padding:
        padding = padding_tokens(scaled.observed, context_length).to(weight.device)
    context_tokens = tokens(scaled, calendar[:, :context_length], config)
    hidden, cache = model.encode(
        context_tokens.to(weight.device, weight.dtype),
        Rotary(*(table[:context_length] for table in rotary)),
        padding,
        keep_cache=horizon > 1,
    )
    extended = _extend(scaled, horizon - 1)
    path_tokens = tokens(extended, calendar[:, context_length:], config)
    embedding = model.embedding(path_tokens.to(weight.device, weight.dtype))
    return Context(
        model=model,
        horizon=horizon,
        loc=scaled.loc,
        scale=scaled.scale,
        hidden=hidden[:, -1],
        keys_values=[_as_left_factors(layer) for layer in cache],
        padding=_mask_of_context(padding, config.num_heads),
        path_rotary=Rotary(*(table[context_length : num_positions - 1] for table in rotary)),
        known_embedding=embedding.permute(1, 2, 0).contiguous(),
        lags=torch.tensor(config.lags, device=weight.device),
        known_lags=_known_lags(model, extended, horizon),
    )


def _extend(scaled: ScaledWindow, num_steps: int) -> ScaledWindow:
    """Append forecast steps as observed zeros; what lags read there is added to them later."""
    shape = (scaled.values.shape[0], num_steps)
    return scaled._replace(
        values=torch.cat((scaled.values, scaled.values.new_zeros(shape)), dim=1),
        observed=torch.cat((scaled.observed, scaled.observed.new_ones(shape)), dim=1),
    )


def _as_left_factors(cache: KeysValues) -> ContextKeysValues:
    """Change the layout of a layer's keys and values for products with all paths of a series."""
    dtype = attention_dtype(cache.keys.device, cache.keys.dtype)
    keys, values = (part.to(dtype).transpose(0, 1).flatten(0, 1) for part in cache)
    return ContextKeysValues(keys.contiguous(), values.transpose(1, 2).contiguous())


def _mask_of_context(padding: Tensor | None, num_heads: int) -> Tensor | None:
    """Repeat padding for every head; None if there is none.

    Parameters
    ----------
    padding : bool Tensor of shape (series, context_length), optional
    num_heads : int

    Returns
    -------
    bool Tensor of shape (heads * series, context_length, 1), optional
    """
    if padding is None or not padding.any():
        return None
    return padding.repeat(num_heads, 1)[:, :, None]


def _known_lags(model: LagLlama, extended: ScaledWindow, horizon: int) -> Lags | None:
    """Return ``Context.known_lags`` from windows that were extended by ``horizon - 1`` steps."""
    config, device = model.config, model.head.weight.device
    if not config.autoregressive_head:
        return None
    lags = torch.tensor(config.lags)
    values, observed = (
        lag_features(part, lags, horizon).float().to(device)
        for part in (extended.values, extended.observed)
    )
    return Lags(values, observed if config.observed_features else torch.ones_like(observed))
