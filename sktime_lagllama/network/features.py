"""From a window of a series' past to tokens: scaling, lags, level and calendar features.

The published model's tokens and scaling are those of Rasul et al. (arXiv 2310.08278), sections 4.1
and 4.4. ``LagLlamaConfig`` has the variants.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from sktime_lagllama.network.config import LagLlamaConfig, Scaling

MIN_SCALE = 1e-10
"""Smallest scale that the absolute level features show; the published code has no smaller scale."""

STD_VARIANCE_OFFSET = 1e-5
"""Added to the variance before the square root, as in the published code."""

MAX_SCALED_VALUE = 1e30
"""Largest absolute value in scaled units: larger ones are cut to it, as float32 ends at 3e38."""

RELATIVE_ROUNDING_ERROR = 1e-12
"""Standard deviations below this fraction of the largest absolute value count as 0."""


class Window(NamedTuple):
    """The part of each series' past that a forecast can depend on, before scaling.

    Attributes
    ----------
    values : float64 Tensor of shape (series, max_lag + context_length)
        In data units; the value at the cutoff is the last one. Unobserved values may be any number.
    observed : bool Tensor of shape (series, max_lag + context_length)
        False where a value is missing, and before the start of a short series.
    """

    values: Tensor
    observed: Tensor


class ScaledWindow(NamedTuple):
    """A window in scaled units.

    Attributes
    ----------
    values : float32 Tensor of shape (series, steps)
        ``(value - loc) / scale``; for unobserved values see ``scale_values``.
    observed : bool Tensor of shape (series, steps)
    loc, scale : float64 Tensor of shape (series, 1)
        Location and scale of the window, in data units.
    level_features : float32 Tensor of shape (series, 2)
        What the tokens contain about loc and scale: see ``LagLlamaConfig.level_features``.
    """

    values: Tensor
    observed: Tensor
    loc: Tensor
    scale: Tensor
    level_features: Tensor


def location_and_scale(window: Window, scaling: Scaling) -> tuple[Tensor, Tensor]:
    """Estimate each series' location and scale from its observed values.

    "robust" is the lower median and the interquartile range with linear interpolation, "std" the
    mean and the standard deviation, "mean" 0 and the mean absolute value, "none" 0 and 1. A series
    without an observed value has 0 and 1. The scale of a constant or mostly constant series may be
    zero. It is then replaced by the first positive number of these: the standard deviation, the
    absolute location, and 1. (The published code replaces every scale below 1e-10 by 1e-10.)

    Parameters
    ----------
    window : Window
    scaling : {"robust", "std", "mean", "none"}

    Returns
    -------
    loc, scale : float64 Tensor of shape (series, 1)
        In data units; the scale is positive.
    """
    values, observed = window
    count = observed.sum(1, keepdim=True)
    zeros = values.new_zeros(values.shape[0], 1)
    if scaling == "none":
        return zeros, torch.ones_like(zeros)
    known = torch.where(observed, values, 0.0)
    mean = known.sum(1, keepdim=True) / count.clamp_min(1)
    # Values are divided by the largest one, so that squares neither overflow nor underflow.
    max_abs = known.abs().amax(1, keepdim=True)
    unit = torch.where(max_abs > 0, max_abs, 1.0)
    deviations = torch.where(observed, (values - mean) / unit, 0.0)
    variance = deviations.square().sum(1, keepdim=True) / count.clamp_min(1)
    deviation = unit * variance.sqrt()
    # The mean of equal values may differ from them by a rounding error, which is treated as 0.
    deviation = torch.where(deviation > RELATIVE_ROUNDING_ERROR * unit, deviation, 0.0)
    if scaling == "mean":
        loc, scale = zeros, known.abs().sum(1, keepdim=True) / count.clamp_min(1)
    elif scaling == "std":
        # Squares of large deviations would overflow.
        loc, scale = mean, torch.hypot(deviation, mean.new_tensor(STD_VARIANCE_OFFSET**0.5))
    else:
        loc, scale = _median_and_interquartile_range(window, count)
    for fallback in (deviation, loc.abs(), torch.ones_like(scale)):
        scale = torch.where(scale > 0, scale, fallback)
    return loc, torch.where(count > 0, scale, 1.0)


def _median_and_interquartile_range(window: Window, count: Tensor) -> tuple[Tensor, Tensor]:
    """Return the lower median and the interquartile range of the observed values.

    Parameters
    ----------
    window : Window of shape (series, steps)
    count : int64 Tensor of shape (series, 1)
        Number of observed values.

    Returns
    -------
    median, interquartile_range : float64 Tensor of shape (series, 1)
        0 where nothing is observed.
    """
    ordered = torch.where(window.observed, window.values, torch.inf).sort(dim=1).values
    last = (count - 1).clamp_min(0)

    def quantile(level: float) -> Tensor:
        """Return a quantile of each series, (series, 1), by linear interpolation."""
        position = level * last
        below = position.floor().long()
        fraction = position - below
        lower = ordered.gather(1, below)
        upper = ordered.gather(1, torch.minimum(below + 1, last))
        return lower + fraction * (upper - lower)

    median = ordered.gather(1, last // 2)
    interquartile_range = quantile(0.75) - quantile(0.25)
    is_empty = count == 0
    return median.masked_fill(is_empty, 0.0), interquartile_range.masked_fill(is_empty, 0.0)


def scale_window(window: Window, config: LagLlamaConfig) -> ScaledWindow:
    """Scale a window by its own location and scale.

    Parameters
    ----------
    window : Window
    config : LagLlamaConfig

    Returns
    -------
    ScaledWindow
    """
    loc, scale = location_and_scale(window, config.scaling)
    return ScaledWindow(
        values=scale_values(window, loc, scale, config),
        observed=window.observed,
        loc=loc,
        scale=scale,
        level_features=_level_features(window, loc, scale, config),
    )


def scale_values(window: Window, loc: Tensor, scale: Tensor, config: LagLlamaConfig) -> Tensor:
    """Return ``(value - loc) / scale``, cut to at most ``MAX_SCALED_VALUE`` either way.

    Unobserved values become 0 if ``config.center_unobserved``, else ``-loc / scale``.

    Parameters
    ----------
    window : Window of shape (series, steps)
        Of any number of steps.
    loc, scale : float64 Tensor of shape (series, 1)
    config : LagLlamaConfig

    Returns
    -------
    float32 Tensor of shape (series, steps)
    """
    unobserved = loc if config.center_unobserved else torch.zeros_like(loc)
    scaled = (torch.where(window.observed, window.values, unobserved) - loc) / scale
    return scaled.clamp_(-MAX_SCALED_VALUE, MAX_SCALED_VALUE).float()


def _level_features(window: Window, loc: Tensor, scale: Tensor, config: LagLlamaConfig) -> Tensor:
    """Return the level features of each series' tokens.

    Parameters
    ----------
    window : Window of shape (series, steps)
    loc, scale : float64 Tensor of shape (series, 1)
    config : LagLlamaConfig

    Returns
    -------
    float32 Tensor of shape (series, 2)
    """
    if config.level_features == "relative":
        count = window.observed.sum(1, keepdim=True)
        features = (torch.arcsinh(loc / scale), torch.log1p(count.double()))
    else:
        # The published weights were never trained on scales below the minimum.
        features = (loc.abs().log1p(), scale.clamp_min(MIN_SCALE).log())
    return torch.cat(features, dim=1).float()


class Lags(NamedTuple):
    """Lags of tokens, as the autoregressive head reads them.

    Attributes
    ----------
    values : float32 Tensor of shape (..., lags)
        In scaled units.
    observed : float32 Tensor of a shape that broadcasts to (..., lags)
        1 where a lag is observed, else 0.
    """

    values: Tensor
    observed: Tensor


def lags_of_tokens(tokens: Tensor, config: LagLlamaConfig) -> Lags:
    """Recover the scaled lags from tokens.

    Parameters
    ----------
    tokens : Tensor of shape (..., features)
    config : LagLlamaConfig

    Returns
    -------
    Lags of shape (..., lags)
        All lags count as observed if the tokens carry no mask.
    """
    num_lags = len(config.lags)
    features = tokens[..., :num_lags].float()
    values = torch.sinh(features) if config.arcsinh_lags else features
    observed = (
        tokens[..., -num_lags:].float() if config.observed_features else torch.ones_like(values)
    )
    return Lags(values, observed)


def lag_features(values: Tensor, lags: Tensor, num_tokens: int) -> Tensor:
    """Gather the lags of the last ``num_tokens`` steps.

    Parameters
    ----------
    values : Tensor of shape (series, steps)
        Any array over steps, such as values or masks, of at least ``max(lags) + num_tokens`` steps.
    lags : int64 Tensor of shape (lags,)
    num_tokens : int

    Returns
    -------
    Tensor of shape (series, num_tokens, lags)
    """
    steps = values.shape[1]
    times = torch.arange(steps - num_tokens, steps, device=values.device)
    return values[:, times[:, None] - lags]


def tokens(scaled: ScaledWindow, calendar: Tensor, config: LagLlamaConfig) -> Tensor:
    """Build the tokens of the steps that have calendar features.

    Parameters
    ----------
    scaled : ScaledWindow
        Of at least ``config.max_lag + num_tokens`` steps.
    calendar : float32 Tensor of shape (series or 1, num_tokens, 6)
        Calendar features of the window's last ``num_tokens`` steps.
    config : LagLlamaConfig

    Returns
    -------
    float32 Tensor of shape (series, num_tokens, features)
        Features in the order of the published model (lags, level, calendar), and then, if
        ``config.observed_features``, the mask of observed lags.
    """
    series, num_tokens = scaled.values.shape[0], calendar.shape[1]
    lags = torch.tensor(config.lags, device=scaled.values.device)
    parts = [
        # Transformed before they are gathered: each value is a lag of many tokens.
        lag_features(transform_lags(scaled.values, config), lags, num_tokens),
        scaled.level_features[:, None].expand(-1, num_tokens, -1),
    ]
    if config.calendar_features:
        parts.append(calendar.expand(series, -1, -1))
    if config.observed_features:
        parts.append(lag_features(scaled.observed, lags, num_tokens).float())
    return torch.cat(parts, dim=2)


def transform_lags(lags: Tensor, config: LagLlamaConfig) -> Tensor:
    """Return scaled lags in the form in which they enter a token.

    Parameters
    ----------
    lags : Tensor of any shape
        In scaled units.
    config : LagLlamaConfig

    Returns
    -------
    Tensor of the same shape
        The inverse hyperbolic sine if ``config.arcsinh_lags``, else the lags themselves.
    """
    return torch.arcsinh(lags) if config.arcsinh_lags else lags


def padding_tokens(observed: Tensor, num_tokens: int) -> Tensor:
    """Return which of the last ``num_tokens`` steps come before the first observed value.

    Parameters
    ----------
    observed : bool Tensor of shape (series, steps)
    num_tokens : int

    Returns
    -------
    bool Tensor of shape (series, num_tokens)
        True for padding.
    """
    return (observed.cumsum(1) == 0)[:, observed.shape[1] - num_tokens :]
