"""Small networks whose random weights let every part matter, windows, and their paths."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.features import Window, scale_window
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.network.student_t import StudentT
from sktime_lagllama.sampling.options import SamplingOptions
from sktime_lagllama.sampling.prefill import prefill
from sktime_lagllama.sampling.sampled_paths import SampledPaths

PUBLISHED_LIKE = LagLlamaConfig(
    context_length=8, num_layers=2, num_heads=2, head_dim=8, hidden_dim=24, lags=(0, 1, 2, 4, 7, 12)
)
BUNDLED_LIKE = replace(
    PUBLISHED_LIKE,
    level_features="relative",
    observed_features=True,
    center_unobserved=True,
    mask_padding=True,
    arcsinh_lags=True,
    autoregressive_head=True,
)
SMALL = replace(
    BUNDLED_LIKE,
    context_length=16,
    num_layers=1,
    head_dim=4,
    hidden_dim=16,
    lags=(0, 1, 2, 12),
)


def random_model(config: LagLlamaConfig, seed: int = 0) -> LagLlama:
    """Build a network with normal weights of a size that keeps activations near 1."""
    model = LagLlama(config)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            normal = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() == 2:
                parameter.copy_(normal * parameter.shape[1] ** -0.5)
            else:
                parameter.copy_((1.0 if "norm" in name else 0.0) + 0.1 * normal)
    return model.eval().requires_grad_(False)


def window_of(*rows: np.ndarray) -> Window:
    """Build a window from rows of one length, NaN where missing."""
    values = torch.from_numpy(np.stack(rows).astype(np.float64))
    observed = ~values.isnan()
    return Window(torch.where(observed, values, 0.0), observed)


def windows_of_every_kind(length: int, seed: int = 0) -> Window:
    """Build windows: complete, short, with gaps, ending in a gap, and without any value."""
    generator = np.random.default_rng(seed)
    rows = 50 + 10 * generator.standard_normal((5, length)).cumsum(axis=1)
    rows[1, :-5] = np.nan
    rows[2, generator.random(length) < 0.3] = np.nan
    rows[3, : length // 2] = np.nan
    rows[3, -3:] = np.nan
    rows[4] = np.nan
    return window_of(*rows)


def calendar_of(series: int, steps: int, seed: int = 0) -> Tensor:
    """Draw calendar features."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(series, steps, 6, generator=generator) - 0.5


def inputs_of(
    config: LagLlamaConfig, horizon: int, context_length: int | None = None
) -> tuple[Window, Tensor]:
    """Return windows of every kind, and the calendar that paths from them need."""
    context = config.context_length if context_length is None else context_length
    window = windows_of_every_kind(config.max_lag + context)
    return window, calendar_of(len(window.values), context + horizon - 1)


def one_step_distribution(
    model: LagLlama, window: Window, calendar: Tensor, options: SamplingOptions
) -> tuple[StudentT, Tensor, Tensor]:
    """Return the distribution of the first step, and the windows' loc and scale; one per series."""
    context = prefill(model, window, calendar, horizon=1, options=options)
    distribution = StudentT(*(part[:, 0] for part in context.one_step_distribution()))
    return distribution, context.loc[:, 0], context.scale[:, 0]


def assert_same_paths(
    found: SampledPaths,
    expected: SampledPaths,
    window: Window,
    config: LagLlamaConfig,
    tolerance: float = 1e-5,
) -> None:
    """Compare paths in scaled units, and relative to values that lie far out in the tails."""
    scaled = scale_window(window, config)
    window_loc, window_scale = (part[:, :, None].numpy() for part in (scaled.loc, scaled.scale))
    units = SampledPaths(
        values=window_scale + np.abs(expected.values - window_loc),
        df=expected.df,
        loc=window_scale + np.abs(expected.loc - window_loc),
        scale=expected.scale,
    )
    for part, exact, unit in zip(found, expected, units, strict=True):
        assert np.isfinite(part).all()
        assert part.shape == exact.shape
        assert (np.abs(part - exact) / unit).max() < tolerance
