"""The contexts of a block of series, which pass through the network before any path is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.features import (
    Lags,
    ScaledWindow,
    Window,
    lag_features,
    padding_tokens,
    scale_window,
    tokens,
)
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.network.rotary import Rotary, rotary_angles
from sktime_lagllama.network.student_t import StudentT
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.path_attention import ContextKeysValues, as_right_factors


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
        One per layer, of the tokens that any of the series needs; empty if the horizon is 1.
    padding : bool Tensor of shape (series * heads, 1, tokens), optional
        True where paths must not attend to the context. None: they may attend to all of it.
    path_rotary : Rotary of shape (horizon - 1, head_dim)
        Angles of the paths' tokens. The last value of a path is never part of a token.
    known_embedding : Tensor of shape (horizon - 1, series, width)
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


def tokens_needed(observed: Tensor, context_length: int, config: LagLlamaConfig) -> Tensor:
    """Return how many of the last tokens of each context have to be computed.

    Parameters
    ----------
    observed : bool Tensor of shape (series, steps)
    context_length : int
    config : LagLlamaConfig

    Returns
    -------
    int64 Tensor of shape (series,)
        Where padding is masked, no token attends to it, so that only the tokens from the first
        observed value on are needed; at least one. Otherwise ``context_length``.
    """
    if not config.mask_padding:
        return torch.full((len(observed),), context_length)
    padding = padding_tokens(observed, context_length)
    return (context_length - padding.sum(1)).clamp_min(1)


def prefill(
    model: LagLlama,
    window: Window,
    calendar: Tensor,
    horizon: int,
    options: SamplingOptions,
    pieces: list[slice] | None = None,
) -> Context:
    """Run the context of every series through the network.

    Parameters
    ----------
    model : LagLlama
    window, calendar, horizon, options
        As in ``sampler.sample_paths``.
    pieces : list of slice, optional
        Series whose contexts pass through the network together, without gaps or overlaps. None:
        all of them.

    Returns
    -------
    Context
    """
    config, weight = model.config, model.head.weight
    context_length = options.context(config)
    num_positions = context_length + horizon
    rotary = rotary_angles(config, num_positions, options.rope_scaling, weight.device, weight.dtype)
    context_rotary = Rotary(*(table[:context_length] for table in rotary))
    scaled = scale_window(window, config)
    context_calendar = calendar[:, :context_length].expand(len(scaled.values), -1, -1)
    encoded = _join(
        [
            _encode(
                model,
                ScaledWindow(*(part[piece] for part in scaled)),
                context_calendar[piece],
                context_rotary,
                keep_cache=horizon > 1,
            )
            for piece in pieces or [slice(None)]
        ]
    )
    extended = _extend(scaled, horizon - 1)
    path_tokens = tokens(extended, calendar[:, context_length:], config)
    embedding = model.embedding(path_tokens.to(weight.device, weight.dtype))
    return Context(
        model=model,
        horizon=horizon,
        loc=scaled.loc,
        scale=scaled.scale,
        hidden=encoded.hidden,
        keys_values=encoded.keys_values,
        padding=_mask_of_context(encoded.padding, config.num_heads),
        path_rotary=Rotary(*(table[context_length : num_positions - 1] for table in rotary)),
        known_embedding=embedding.transpose(0, 1),
        lags=torch.tensor(config.lags, device=weight.device),
        known_lags=_known_lags(model, extended, horizon),
    )


class _Encoded(NamedTuple):
    """Contexts after the layers of the network.

    Attributes
    ----------
    hidden : Tensor of shape (series, width)
        The residual stream of the last token.
    keys_values : list of ContextKeysValues
        One per layer; empty where they are not needed.
    padding : bool Tensor of shape (series, tokens)
        True for tokens that paths must not attend to.
    """

    hidden: Tensor
    keys_values: list[ContextKeysValues]
    padding: Tensor


def _encode(
    model: LagLlama, scaled: ScaledWindow, calendar: Tensor, rotary: Rotary, keep_cache: bool
) -> _Encoded:
    """Run contexts through the layers, without the tokens that none of them needs.

    Parameters
    ----------
    model : LagLlama
    scaled : ScaledWindow of shape (series, steps)
    calendar : float32 Tensor of shape (series, context_length, 6)
    rotary : Rotary of shape (context_length, head_dim)
    keep_cache : bool
        Whether keys and values are needed.

    Returns
    -------
    _Encoded
        Of as many tokens as the series that needs most of them.
    """
    config, weight = model.config, model.head.weight
    context_length = calendar.shape[1]
    num_tokens = int(tokens_needed(scaled.observed, context_length, config).max())
    padding = torch.zeros(len(scaled.observed), num_tokens, dtype=torch.bool)
    if config.mask_padding:
        padding = padding_tokens(scaled.observed, num_tokens)
    padding = padding.to(weight.device)
    first = context_length - num_tokens
    # A token keeps its position in the whole context.
    hidden, cache = model.encode(
        tokens(scaled, calendar[:, first:], config).to(weight.device, weight.dtype),
        Rotary(*(table[first:] for table in rotary)),
        padding if padding.any() else None,
        keep_cache,
        only_last=True,
    )
    return _Encoded(hidden[:, -1], [as_right_factors(layer) for layer in cache], padding)


def _join(parts: list[_Encoded]) -> _Encoded:
    """Join the contexts of several sets of series, the shorter ones padded in front."""
    if len(parts) == 1:
        return parts[0]
    num_tokens = max(part.padding.shape[1] for part in parts)
    missing = [num_tokens - part.padding.shape[1] for part in parts]
    return _Encoded(
        hidden=torch.cat([part.hidden for part in parts]),
        keys_values=[
            ContextKeysValues(
                keys=_pad_and_join([part.keys for part in layer], missing, axis=2),
                values=_pad_and_join([part.values for part in layer], missing, axis=1),
            )
            for layer in zip(*(part.keys_values for part in parts), strict=True)
        ],
        padding=_pad_and_join([part.padding for part in parts], missing, axis=1, value=True),
    )


def _pad_and_join(parts: list[Tensor], missing: list[int], axis: int, value: float = 0.0) -> Tensor:
    """Join tensors along the first axis after padding each in front along another one.

    Parameters
    ----------
    parts : list of Tensor
    missing : list of int
        Length of each tensor's padding.
    axis : int
        The axis that is padded.
    value : float, default=0.0
        Of the padding.

    Returns
    -------
    Tensor
    """
    if any(missing):
        parts = [_pad(*part, axis, value) for part in zip(parts, missing, strict=True)]
    return torch.cat(parts)


def _pad(part: Tensor, length: int, axis: int, value: float) -> Tensor:
    """Pad a tensor in front along one axis."""
    shape = list(part.shape)
    shape[axis] = length
    return torch.cat((part.new_full(shape, value), part), axis)


def _extend(scaled: ScaledWindow, num_steps: int) -> ScaledWindow:
    """Append forecast steps as observed zeros; what lags read there is added to them later."""
    shape = (scaled.values.shape[0], num_steps)
    return scaled._replace(
        values=torch.cat((scaled.values, scaled.values.new_zeros(shape)), dim=1),
        observed=torch.cat((scaled.observed, scaled.observed.new_ones(shape)), dim=1),
    )


def _mask_of_context(padding: Tensor, num_heads: int) -> Tensor | None:
    """Repeat padding for every head; None if there is none.

    Parameters
    ----------
    padding : bool Tensor of shape (series, tokens)
    num_heads : int

    Returns
    -------
    bool Tensor of shape (series * heads, 1, tokens), optional
    """
    return padding.repeat_interleave(num_heads, 0)[:, None] if padding.any() else None


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
