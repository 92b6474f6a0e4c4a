"""Lags, calendar features, scaling: history -> tokens."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from sktime_lagllama.network.config import LagLlamaConfig, Scaling

MINIMUM_SCALE = 1e-10
STD_VARIANCE_FLOOR = 1e-5
ROUNDING = 1e-12


class Window(NamedTuple):
    """The part of each series' past that a forecast can depend on, before scaling.

    Attributes
    ----------
    values : float64 Tensor of shape (series, max_lag + context_length)
        In data units, the cutoff last; anything where not observed.
    observed : bool Tensor of shape (series, max_lag + context_length)
        False where a value is missing, and in front of a short series.
    """

    values: Tensor
    observed: Tensor


class ScaledWindow(NamedTuple):
    """A window in scaled units.

    Attributes
    ----------
    values : float32 Tensor of shape (series, steps)
        ``(value - loc) / scale``, with unobserved values as the configuration has them.
    observed : bool Tensor of shape (series, steps)
    loc, scale : float64 Tensor of shape (series, 1)
        In data units.
    level_features : float32 Tensor of shape (series, 2)
        What tokens tell of loc and scale.
    """

    values: Tensor
    observed: Tensor
    loc: Tensor
    scale: Tensor
    level_features: Tensor


def location_and_scale(window: Window, scaling: Scaling) -> tuple[Tensor, Tensor]:
    """Estimate each series' location and scale from its observed values.

    "robust" is the lower median and the interquartile range with linear interpolation, "std" the
    mean and the standard deviation, "mean" 0 and the mean absolute value, "none" 0 and 1. Without
    an observed value: 0 and 1. A scale of zero, as constant and mostly constant series have it, is
    replaced by the first positive one of the standard deviation, the absolute location, and 1.
    (The published code takes 1e-10 there, and for every smaller scale.)

    Parameters
    ----------
    window : Window
    scaling : {"robust", "std", "mean", "none"}

    Returns
    -------
    loc, scale : float64 Tensor of shape (series, 1)
    """
    values, observed = window
    count = observed.sum(1, keepdim=True)
    zeros = values.new_zeros(values.shape[0], 1)
    if scaling == "none":
        return zeros, torch.ones_like(zeros)
    known = torch.where(observed, values, 0.0)
    mean = known.sum(1, keepdim=True) / count.clamp_min(1)
    # Of values divided by the largest, so that the squares neither overflow nor underflow.
    largest = known.abs().amax(1, keepdim=True)
    unit = torch.where(largest > 0, largest, 1.0)
    deviations = torch.where(observed, (values - mean) / unit, 0.0)
    variance = deviations.square().sum(1, keepdim=True) / count.clamp_min(1)
    deviation = unit * variance.sqrt()
    # A constant's mean is off by rounding: what is left is no deviation.
    deviation = torch.where(deviation > ROUNDING * unit, deviation, 0.0)
    if scaling == "mean":
        loc, scale = zeros, known.abs().sum(1, keepdim=True) / count.clamp_min(1)
    elif scaling == "std":
        loc, scale = mean, (deviation.square() + STD_VARIANCE_FLOOR).sqrt()
    else:
        loc, scale = _median_and_interquartile_range(window, count)
    for fallback in (deviation, loc.abs(), torch.ones_like(scale)):
        scale = torch.where(scale > 0, scale, fallback)
    return loc, torch.where(count > 0, scale, 1.0)


def _median_and_interquartile_range(window: Window, count: Tensor) -> tuple[Tensor, Tensor]:
    """Return the lower median and the interquartile range, both 0 where nothing is observed."""
    ordered = torch.where(window.observed, window.values, torch.inf).sort(dim=1).values
    last = (count - 1).clamp_min(0)

    def quantile(level: float) -> Tensor:
        position = level * last
        below = position.floor().long()
        fraction = position - below
        lower = ordered.gather(1, below)
        upper = ordered.gather(1, torch.minimum(below + 1, last))
        return lower + fraction * (upper - lower)

    median = ordered.gather(1, last // 2)
    spread = quantile(0.75) - quantile(0.25)
    empty = count == 0
    return median.masked_fill(empty, 0.0), spread.masked_fill(empty, 0.0)


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
    """Return ``(value - loc) / scale`` with unobserved values as the configuration has them.

    Parameters
    ----------
    window : Window of any number of steps
    loc, scale : float64 Tensor of shape (series, 1)
    config : LagLlamaConfig

    Returns
    -------
    float32 Tensor of the shape of the window
    """
    unobserved = loc if config.center_unobserved else torch.zeros_like(loc)
    return ((torch.where(window.observed, window.values, unobserved) - loc) / scale).float()


def _level_features(window: Window, loc: Tensor, scale: Tensor, config: LagLlamaConfig) -> Tensor:
    """Return what a token tells of its series' location and scale, float32 (series, 2)."""
    if config.level_features == "relative":
        count = window.observed.sum(1, keepdim=True)
        features = (torch.arcsinh(loc / scale), torch.log1p(count.double()))
    else:
        # No published weights have seen a scale below the minimum: they are told the minimum.
        features = (loc.abs().log1p(), scale.clamp_min(MINIMUM_SCALE).log())
    return torch.cat(features, dim=1).float()


class Lags(NamedTuple):
    """Lags of tokens in scaled units, as an autoregression takes them.

    Attributes
    ----------
    values : float32 Tensor of shape (..., lags)
    observed : float32 Tensor of shape (..., lags), or broadcasting to it
        1 where observed, else 0.
    """

    values: Tensor
    observed: Tensor


def lags_of_tokens(tokens: Tensor, config: LagLlamaConfig) -> Lags:
    """Read the scaled lags back off tokens.

    Parameters
    ----------
    tokens : Tensor of shape (..., features)
    config : LagLlamaConfig

    Returns
    -------
    Lags of shape (..., lags)
        All of them as observed if tokens do not tell.
    """
    num_lags = len(config.lags)
    entered = tokens[..., :num_lags].float()
    values = torch.sinh(entered) if config.arcsinh_lags else entered
    observed = (
        tokens[..., -num_lags:].float() if config.observed_features else torch.ones_like(values)
    )
    return Lags(values, observed)


def lag_features(values: Tensor, lags: Tensor, num_tokens: int) -> Tensor:
    """Gather the lags of the last ``num_tokens`` steps.

    Parameters
    ----------
    values : Tensor of shape (series, steps)
        At least ``max(lags) + num_tokens`` steps.
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
        At least ``config.max_lag`` steps more than tokens.
    calendar : float32 Tensor of shape (series or 1, num_tokens, 6)
        Calendar features of the window's last ``num_tokens`` steps.
    config : LagLlamaConfig

    Returns
    -------
    float32 Tensor of shape (series, num_tokens, features)
        Features in the order of the published model: lags, level, calendar; the observed mask of
        the lags, if the configuration has it, comes last.
    """
    series, num_tokens = scaled.values.shape[0], calendar.shape[1]
    lags = torch.tensor(config.lags, device=scaled.values.device)
    parts = [
        transform_lags(lag_features(scaled.values, lags, num_tokens), config),
        scaled.level_features[:, None].expand(-1, num_tokens, -1),
    ]
    if config.calendar_features:
        parts.append(calendar.expand(series, -1, -1))
    if config.observed_features:
        parts.append(lag_features(scaled.observed, lags, num_tokens).float())
    return torch.cat(parts, dim=2)


def transform_lags(lags: Tensor, config: LagLlamaConfig) -> Tensor:
    """Return scaled lags in the form in which they enter a token."""
    return torch.arcsinh(lags) if config.arcsinh_lags else lags


def padding_tokens(observed: Tensor, num_tokens: int) -> Tensor:
    """Tell which of the last ``num_tokens`` steps come before the first observed value.

    Parameters
    ----------
    observed : bool Tensor of shape (series, steps)
    num_tokens : int

    Returns
    -------
    bool Tensor of shape (series, num_tokens)
    """
    return (observed.cumsum(1) == 0)[:, observed.shape[1] - num_tokens :]
